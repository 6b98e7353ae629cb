/** Small shared pieces: banners, notices, the sheet, the number pad, the language switch. */
import { useEffect, useRef, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { useWords } from "../i18n";
import { undeliveredOf, usePending } from "../net/hooks";
import { dismiss, useNotices } from "./notice";

export function StaleBanner({ seconds, first, hint }: { seconds: number | null; first: boolean; hint?: string }): ReactNode {
  const w = useWords();
  if (seconds === null) return null;
  return (
    <div className="stale" role="alert">
      <Warn />
      <div>
        <b>{first ? `${w.kitchen.connecting} ${w.signIn.seconds(seconds)}` : w.stale(seconds)}</b>
        <span>{hint ?? w.staleHint}</span>
      </div>
    </div>
  );
}

export function Notices(): ReactNode {
  const w = useWords();
  return (
    <div className="notices" role="status" aria-live="polite">
      {useNotices().map((n) => (
        <button key={n.id} type="button" className={n.good ? "notice-good" : ""} onClick={() => dismiss(n.id)} aria-label={`${n.text} · ${w.close}`}>
          {n.text}
        </button>
      ))}
    </div>
  );
}

/** From here on the page says when the sign-in ends, so that it is renewed before the rush and not in it. */
const ENDS_SOON_MIN = 60;

export function Connection({ online }: { online: boolean }): ReactNode {
  const w = useWords();
  const late = undeliveredOf(usePending()).length;
  const ends = Math.floor(((useSettings().staff?.expiresAt ?? Infinity) - Date.now()) / 60_000);
  return (
    <span className="connection">
      {ends < ENDS_SOON_MIN && <span className="chip chip-warn">{w.signIn.endsSoon(Math.max(0, ends))}</span>}
      {late > 0 && <span className="chip chip-bad">{w.undelivered(late)}</span>}
      <span className={online ? "dot dot-on" : "dot dot-off"} aria-hidden />
      <span className="connection-word">{online ? w.online : w.offline}</span>
    </span>
  );
}

export function LangSwitch(): ReactNode {
  const { lang } = useSettings();
  return (
    <button type="button" className="ghost" lang={lang === "zh" ? "en" : "zh"} onClick={() => change({ lang: lang === "zh" ? "en" : "zh" })}>
      {useWords().otherLanguage}
    </button>
  );
}

/** A sheet over the page; Escape and the backdrop close it, focus goes in and comes back. */
export function Sheet({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ReactNode; wide?: boolean }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const w = useWords();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div className="backdrop" onPointerDown={(e) => e.target === e.currentTarget && onClose()}>
      <div ref={box} className={wide ? "sheet sheet-wide" : "sheet"} role="dialog" aria-modal aria-label={title} tabIndex={-1} onKeyDown={(e) => e.key === "Escape" && onClose()}>
        <header>
          <h2>{title}</h2>
          <button type="button" className="ghost" onClick={onClose}>
            {w.close}
          </button>
        </header>
        {children}
      </div>
    </div>
  );
}

/** Big keys 1-9, 0 and two of the caller's own. */
export function Pad({ onDigit, left, right }: { onDigit: (digit: string) => void; left: ReactNode; right: ReactNode }): ReactNode {
  return (
    <div className="pad">
      {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((d) => (
        <button key={d} type="button" onClick={() => onDigit(d)}>
          {d}
        </button>
      ))}
      {left}
      <button type="button" onClick={() => onDigit("0")}>
        0
      </button>
      {right}
    </div>
  );
}

export const Warn = (): ReactNode => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden>
    <path d="M12 3 1.8 21h20.4z" fill="currentColor" />
    <path d="M12 10v5M12 17.4v.2" stroke="var(--icon-ink, #000)" strokeWidth="2.2" strokeLinecap="round" />
  </svg>
);

export const NoEntry = (): ReactNode => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden>
    <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="3" />
    <path d="m5 5 14 14" stroke="currentColor" strokeWidth="3" />
  </svg>
);
