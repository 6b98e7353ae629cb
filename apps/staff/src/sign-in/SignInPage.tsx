/** Staff sign-in: pick a name card, enter the PIN. Screens on a wall may go on without a person. */
import type { SignInAnswer, StaffCard } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { change, settings, useSettings } from "../device/settings";
import { useWords, type Words } from "../i18n";
import { Api, firstPage } from "../net/api";
import { useStore } from "../net/hooks";
import { go } from "../route";
import { LangSwitch, Pad, Warn } from "../ui/parts";
import { PIN_LEAST, PIN_MOST, pinTrouble, waitText, type PinTrouble } from "./pin";
import "./sign-in.css";

const HOMES = [null, "kitchen", "expo", "pickup", "floor"] as const;

export default function SignInPage(): ReactNode {
  const w = useWords();
  const { store, device, lang, home } = useSettings();
  const storeView = useStore();
  const [cards, setCards] = useState<StaffCard[] | null>(null);
  const [unreachable, setUnreachable] = useState(false);
  const [card, setCard] = useState<StaffCard | null>(null);

  useEffect(() => {
    if (store === null || device === null) return;
    const api = new Api(store, device.token);
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<StaffCard[]>("/staff");
      if (!live) return;
      setUnreachable(answer.kind !== "ok");
      if (answer.kind === "ok") setCards(answer.value);
      else setTimeout(() => live && void load(), 3000);
    };
    void load();
    return () => {
      live = false;
    };
  }, [store, device]);

  return (
    <main className="page light entry">
      <div className="entry-top">
        <b className="brand">{storeView === null ? w.app : storeView.name[lang] || storeView.name.zh}</b>
        <span className="muted">{device?.name}</span>
        <LangSwitch />
      </div>
      {card === null ? (
        <div className="entry-box entry-wide">
          <h1>{w.signIn.title}</h1>
          {unreachable && (
            <p className="trouble" role="alert">
              <Warn /> {w.signIn.unreachable}
            </p>
          )}
          {cards === null && !unreachable && <p className="muted">{w.loading}</p>}
          {cards?.length === 0 && <p className="muted">{w.signIn.noStaff}</p>}
          <div className="cards">
            {cards?.map((c) => (
              <button key={c.id} type="button" className="name-card" onClick={() => setCard(c)}>
                <b>{c.name}</b>
                <span>{w.roles[c.role]}</span>
              </button>
            ))}
          </div>
          <h2 className="muted">{w.signIn.forPage}</h2>
          <div className="screens">
            {HOMES.map((h) => (
              <button key={h ?? "role"} type="button" className="ghost" aria-pressed={home === h} onClick={() => change({ home: h })}>
                {h === null ? w.signIn.byRole : w.pages[h]}
              </button>
            ))}
          </div>
        </div>
      ) : (
        <PinPad card={card} onBack={() => setCard(null)} />
      )}
    </main>
  );
}

function troubleText(trouble: PinTrouble, seconds: number, w: Words, lang: "zh" | "en"): string {
  switch (trouble.kind) {
    case "locked":
      return w.signIn.locked(waitText(seconds, w.signIn));
    case "wrong":
      return w.signIn.wrong;
    case "unreachable":
      return w.signIn.unreachable;
    case "other":
      return trouble[lang];
  }
}

function PinPad({ card, onBack }: { card: StaffCard; onBack: () => void }): ReactNode {
  const w = useWords();
  const { lang, store, device } = useSettings();
  const [pin, setPin] = useState("");
  const [trouble, setTrouble] = useState<PinTrouble | null>(null);
  const [lockedFor, setLockedFor] = useState(0);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);

  useEffect(() => {
    if (lockedFor <= 0) return;
    const timer = setTimeout(() => {
      setLockedFor(lockedFor - 1);
      if (lockedFor === 1) setTrouble(null);
    }, 1000);
    return () => clearTimeout(timer);
  }, [lockedFor]);

  const digit = (d: string): void => {
    if (lockedFor > 0 || busy) return;
    if (pin === "") setTrouble(null);
    setPin((p) => (p + d).slice(0, PIN_MOST));
  };
  const back = (): void => setPin((p) => p.slice(0, -1));

  async function enter(): Promise<void> {
    if (lock.current || lockedFor > 0 || pin.length < PIN_LEAST || store === null || device === null) return;
    lock.current = true;
    setBusy(true);
    const answer = await new Api(store, device.token).signIn(card.id, pin);
    lock.current = false;
    setBusy(false);
    if (answer.kind === "ok") return welcome(answer.value);
    const next = pinTrouble(answer);
    setTrouble(next);
    if (next.kind !== "unreachable") setPin("");
    if (next.kind === "locked") setLockedFor(Math.ceil(next.seconds));
  }

  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (/^[0-9]$/.test(e.key)) digit(e.key);
      else if (e.key === "Backspace") back();
      else if (e.key === "Enter" && !(e.target instanceof HTMLButtonElement)) void enter();
      else if (e.key === "Escape") onBack();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return (
    <div className="entry-box pin-box">
      <button type="button" className="ghost" onClick={onBack}>
        {w.back}
      </button>
      <h1>{w.signIn.enterPin(card.name)}</h1>
      <div className="pin-dots" role="img" aria-label={w.signIn.digits(pin.length)}>
        {Array.from({ length: Math.max(PIN_LEAST, pin.length) }, (_, i) => (
          <i key={i} className={i < pin.length ? "on" : ""} />
        ))}
      </div>
      <p className={trouble === null ? "trouble trouble-none" : "trouble"} role="alert">
        {trouble !== null && (
          <>
            <Warn /> {troubleText(trouble, lockedFor, w, lang)}
          </>
        )}
      </p>
      <div className={lockedFor > 0 ? "pin-pad locked" : "pin-pad"} inert={lockedFor > 0}>
        <Pad
          onDigit={digit}
          left={
            <button type="button" className="small" onClick={back} aria-label={w.signIn.del}>
              ⌫
            </button>
          }
          right={
            <button type="button" className="primary small" disabled={busy || pin.length < PIN_LEAST} onClick={() => void enter()}>
              {busy ? "…" : w.yes}
            </button>
          }
        />
      </div>
    </div>
  );
}

function welcome(answer: SignInAnswer): void {
  change({ staff: { token: answer.token, card: answer.staff, expiresAt: answer.expires_at } });
  go(settings().home ?? firstPage[answer.staff.role]);
}
