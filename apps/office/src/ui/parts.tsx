/** Small shared pieces: what went wrong, what is being read, sheets, and the question before something reaches stores. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { problemText, useLang, useWords } from "../i18n";
import type { Unit } from "../net/contract";
import type { Command, Read } from "../net/hooks";
import { speak } from "../session";
import { lineOf } from "../units/tree";
import { OWN_OFFSET_MIN, label } from "./when";

export function LangSwitch(): ReactNode {
  const lang = useLang();
  return (
    <button type="button" className="ghost" lang={lang === "zh" ? "en" : "zh-CN"} onClick={() => speak(lang === "zh" ? "en" : "zh")}>
      {useWords().otherLanguage}
    </button>
  );
}

/** A sheet over the page; Escape and the backdrop close it, focus goes in and comes back. */
export function Sheet({ title, onClose, children, wide = false, stays = false }: { title: string; onClose: () => void; children: ReactNode; wide?: boolean; /** a stray tap doesn't close it */ stays?: boolean }): ReactNode {
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
    <div className="backdrop" onPointerDown={(e) => !stays && e.target === e.currentTarget && onClose()}>
      <div ref={box} className={wide ? "sheet sheet-wide" : "sheet"} role="dialog" aria-modal aria-label={title} tabIndex={-1} onKeyDown={(e) => !stays && e.key === "Escape" && onClose()}>
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

/** What the last command met; nothing while all is well. */
export function Met({ command }: { command: Command }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { trouble } = command;
  if (trouble === null) return null;
  const text = trouble.kind === "refused" ? `${w.trouble.refused}${w.colon}${problemText(trouble.problem, lang)}` : w.trouble.unknown;
  return (
    <p className="warnline" role="alert">
      {text}
    </p>
  );
}

/** Until the first answer: that it is being read, or why not. Afterwards, that it is old. */
export function Shown<T>({ read, children, utcOffsetMin = OWN_OFFSET_MIN }: { read: Read<T>; children: (value: T) => ReactNode; utcOffsetMin?: number }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { value, trouble, at } = read;
  if (trouble?.kind === "refused")
    return (
      <div className="empty" role="alert">
        <p>{problemText(trouble.problem, lang)}</p>
        <button type="button" className="ghost" onClick={read.reload}>
          {w.again}
        </button>
      </div>
    );
  if (value === null)
    return trouble === null ? (
      <p className="empty" role="status">
        {w.loading}
      </p>
    ) : (
      <p className="empty warnline" role="alert">
        {w.trouble.awayRead}
      </p>
    );
  return (
    <>
      {trouble !== null && at !== null && (
        <p className="warnline" role="alert">
          {w.trouble.awaySince(label(at, at, utcOffsetMin))}
        </p>
      )}
      {children(value)}
    </>
  );
}

const NAMED = 6;

/** Asks once more: what will happen, to how many stores, and which of them hear of it later. */
export function Sure({ title, hint, yes, stores, command, danger = false, onYes, onClose }: { title: string; hint: string; yes: string; stores: readonly Unit[]; command: Command; danger?: boolean; onYes: () => void; onClose: () => void }): ReactNode {
  const w = useWords();
  const away = stores.filter((s) => lineOf(s).at !== "here").length;
  return (
    <Sheet title={title} onClose={onClose}>
      <p>{hint}</p>
      {stores.length > 0 && (
        <div className="reach">
          <b>{w.confirm.reach(stores.length)}</b>
          <span>
            {stores.slice(0, NAMED).map((s) => s.name).join(w.comma)}
            {stores.length > NAMED && ` ${w.confirm.more(stores.length)}`}
          </span>
          {away > 0 && <span className="warn">{w.confirm.away(away)}</span>}
        </div>
      )}
      <Met command={command} />
      <div className="acts">
        <button type="button" className="ghost" onClick={onClose}>
          {w.cancel}
        </button>
        <button type="button" className={danger ? "danger" : "primary"} disabled={command.busy} onClick={onYes}>
          {command.busy ? w.sending : yes}
        </button>
      </div>
    </Sheet>
  );
}

/** This machine's time, to the half minute: it only decides how a time is written. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
