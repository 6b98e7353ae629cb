/** What was tapped here and is not sent yet, on every page: an amber bar, the list behind it, and the guard before the page is left. */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { deviceOutbox } from "../net/device-outbox";
import { isQuiet, isUndelivered, isUnsent, mayDiscard, type Pending, type Refused } from "../net/intents";
import { notify } from "./notice";
import { Sheet, Warn } from "./parts";
import { whatOf } from "./unsent-what";
import "./unsent.css";

export function useUnsent(): { pending: readonly Pending[]; refused: readonly Refused[] } {
  const box = deviceOutbox();
  return { pending: useSyncExternalStore(box.subscribe, box.pending), refused: useSyncExternalStore(box.subscribe, box.refused) };
}

/** Of these a reload would interrupt the sending. */
export const useUnsentCount = (): number => useUnsent().pending.filter(isUnsent).length;

export function UnsentBar(): ReactNode {
  const w = useWords();
  const { pending, refused } = useUnsent();
  const [open, setOpen] = useState(false);
  const asked = pending.filter((p) => !isQuiet(p));
  useTick(asked.length > 0);
  useLeaveGuard(asked.filter(isUnsent).length > 0);
  // A tap that is answered at once must not make the page jump.
  const late = asked.filter((p) => isUndelivered(p, Date.now()));
  const bar = late.length > 0 || refused.length > 0;
  useStill(bar);
  return (
    <>
      {bar && (
        <button type="button" className="unsent-bar" onClick={() => setOpen(true)}>
          <Warn />
          <b className="tnum">{late.length > 0 ? w.unsent.bar(late.length) : w.unsent.barRefused(refused.length)}</b>
          <span>{late.length > 0 ? w.unsent.barHint : w.unsent.barRefusedHint}</span>
        </button>
      )}
      {open && <UnsentSheet pending={asked} refused={refused} onClose={() => setOpen(false)} />}
    </>
  );
}

export function UnsentSheet({ pending, refused, onClose }: { pending: readonly Pending[]; refused: readonly Refused[]; onClose: () => void }): ReactNode {
  const w = useWords();
  return (
    <Sheet title={w.unsent.title} onClose={onClose} wide>
      {pending.length > 0 && <p className="muted">{w.unsent.hint}</p>}
      {pending.length === 0 && refused.length === 0 && <p>{w.unsent.none}</p>}
      <ul className="unsent-list">
        {pending.map((p) => (
          <PendingRow key={p.key} p={p} />
        ))}
      </ul>
      {pending.length > 0 && (
        <button type="button" className="primary" onClick={() => deviceOutbox().retryNow()}>
          {w.unsent.retry}
        </button>
      )}
      {refused.length > 0 && (
        <>
          <h3>{w.unsent.refusedTitle}</h3>
          <p className="muted">{w.unsent.refusedHint}</p>
          <ul className="unsent-list">
            {refused.map((r) => (
              <RefusedRow key={r.key} r={r} />
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}

function PendingRow({ p }: { p: Pending }): ReactNode {
  const w = useWords();
  const [asking, setAsking] = useState(false);
  const what = p.what ?? w.unsent.what[whatOf(p.path)];
  const state = p.state === "sign-in" && p.by !== null ? w.unsent.needs(p.by.name) : w.unsent.states[p.state];
  const discard = async (): Promise<void> => {
    setAsking(false);
    if (!(await deviceOutbox().discard(p.key))) notify(w.unsent.tooLate);
  };
  return (
    <li data-intent={p.key}>
      <div className="unsent-what">
        <b>{what}</b>
        <span className="tnum">{useTime(p.since)}</span>
      </div>
      <p>
        {state}
        {p.attempts > 0 && ` · ${w.unsent.tries(p.attempts)}`}
        {p.by !== null && ` · ${w.unsent.by(p.by.name)}`}
      </p>
      {!p.kept && <p className="unsent-loose">{w.unsent.notKept}</p>}
      {mayDiscard(p) && !asking && (
        <button type="button" className="ghost" onClick={() => setAsking(true)}>
          {w.unsent.discard}
        </button>
      )}
      {asking && (
        <div className="unsent-ask">
          <span>{w.unsent.discardAsk(what)}</span>
          <button type="button" className="danger" onClick={() => void discard()}>
            {w.unsent.discard}
          </button>
          <button type="button" className="ghost" onClick={() => setAsking(false)}>
            {w.cancel}
          </button>
        </div>
      )}
    </li>
  );
}

function RefusedRow({ r }: { r: Refused }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
    <li data-intent={r.key}>
      <div className="unsent-what">
        <b>{r.what ?? w.unsent.what[whatOf(r.path)]}</b>
        <span className="tnum">{useTime(r.at)}</span>
      </div>
      <p>
        {say(r.problem.texts, lang)}
        {r.by !== null && ` · ${w.unsent.by(r.by.name)}`}
      </p>
      <button type="button" className="ghost" onClick={() => void deviceOutbox().dismiss(r.key)}>
        {w.unsent.seen}
      </button>
    </li>
  );
}

/** The device's own clock: with the date when it was not today. */
function useTime(at: number): string {
  const { code } = useWords();
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return today ? time.toLocaleTimeString(code) : time.toLocaleString(code);
}

function useTick(on: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [on]);
}

const STILL_FOR_MS = 350;

/** The page has just moved by the bar's height: a finger on its way was aimed at what stood there before. */
function useStill(bar: boolean): void {
  const before = useRef(bar);
  useLayoutEffect(() => {
    if (before.current === bar) return;
    before.current = bar;
    document.body.classList.add("moving");
    const timer = setTimeout(() => document.body.classList.remove("moving"), STILL_FOR_MS);
    return () => clearTimeout(timer);
  }, [bar]);
}

/** The browser asks before the page is left. Nothing would be lost, but nothing would be sent either while it is closed. */
function useLeaveGuard(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const guard = (e: BeforeUnloadEvent): void => e.preventDefault();
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [on]);
}
