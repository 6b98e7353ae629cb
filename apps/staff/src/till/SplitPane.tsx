/** Splits what is due: evenly, by guest, or by picking dishes. */
import type { Id, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { money } from "../ui/labels";
import { canSplitLines, dueOf, evenShares, partsOf, splitLines, type SplitLine } from "./payable";

type How = "evenly" | "guests" | "lines";
type Body = { evenly: number } | { by_guest: true } | { parts: { name: string; lines: Id[] }[] };

export interface SplitPaneProps {
  view: SessionView;
  currency: "CNY" | "USD";
  onDone: () => void;
}

export function SplitPane({ view, currency, onDone }: SplitPaneProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const [how, setHow] = useState<How>("evenly");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  // One first share for this visit: a lost reply asked again is the same split.
  const first = useRef(newId());
  const go = (body: Body): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`money:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/split`, { first: first.current, ...body }).then((o) => {
      lock.current = false;
      setBusy(false);
      if (o.ok) onDone();
      else first.current = newId();
    });
  };
  const byLines = canSplitLines(view);
  return (
    <div className="splits">
      <div className="segments">
        {(["evenly", "guests", "lines"] as const).map((h) => (
          <button key={h} type="button" className="ghost" aria-pressed={how === h} disabled={h !== "evenly" && !byLines} onClick={() => setHow(h)}>
            {h === "evenly" ? w.till.splitEvenly : h === "guests" ? w.till.splitGuests : w.till.splitLines}
          </button>
        ))}
      </div>
      {!byLines && <p className="muted">{w.till.splitLinesPaid}</p>}
      {how === "evenly" && <Evenly view={view} currency={currency} busy={busy} go={go} />}
      {how === "guests" && <Guests view={view} currency={currency} busy={busy} go={go} />}
      {how === "lines" && <Lines view={view} currency={currency} busy={busy} go={go} />}
    </div>
  );
}

interface Part {
  view: SessionView;
  currency: "CNY" | "USD";
  busy: boolean;
  go: (body: Body) => void;
}

function Evenly({ view, currency, busy, go }: Part): ReactNode {
  const w = useWords();
  const due = dueOf({ ...view, check: { ...view.check, shares: [] } }, { kind: "check" });
  const [parts, setParts] = useState(Math.min(Math.max(2, view.covers), 12));
  const shares = evenShares(due, parts);
  const [most = 0, least = 0] = [shares[0], shares[shares.length - 1]];
  return (
    <>
      <div className="covers">
        {Array.from({ length: 11 }, (_, i) => i + 2).map((n) => (
          <button key={n} type="button" aria-pressed={parts === n} disabled={n > due} onClick={() => setParts(n)}>
            {n}
          </button>
        ))}
      </div>
      <p className="split-each tnum">
        {w.till.splitParts(parts)} · {most === least ? money(most, currency) : `${money(most, currency)} / ${money(least, currency)}`}
      </p>
      <button type="button" className="primary big take" disabled={busy || parts > due} onClick={() => go({ evenly: parts })}>
        {busy ? w.sending : w.till.splitGo(parts)}
      </button>
    </>
  );
}

const sumOf = (lines: readonly SplitLine[]): number => lines.reduce((n, l) => n + l.amount, 0);

function Guests({ view, currency, busy, go }: Part): ReactNode {
  const w = useWords();
  const lines = splitLines(view);
  const guests = [...new Set(lines.map((l) => l.guest))];
  if (guests.length < 2) return <p className="fempty">{w.till.splitGuestsOne}</p>;
  return (
    <>
      <ul className="trows">
        {guests.map((g) => (
          <li key={g} className="trow">
            <b>{g}</b>
            <span className="tnum">{money(sumOf(lines.filter((l) => l.guest === g)), currency)}</span>
          </li>
        ))}
      </ul>
      <p className="muted">{w.till.splitGuestsHint}</p>
      <button type="button" className="primary big take" disabled={busy} onClick={() => go({ by_guest: true })}>
        {busy ? w.sending : w.till.splitGo(guests.length)}
      </button>
    </>
  );
}

const MOST_PARTS = 6;

function Lines({ view, currency, busy, go }: Part): ReactNode {
  const w = useWords();
  const lang = useLang();
  const lines = splitLines(view);
  const [part, setPart] = useState(1);
  const [picked, setPicked] = useState<ReadonlyMap<Id, number>>(new Map());
  const toggle = (line: Id): void => {
    const next = new Map(picked);
    if (next.get(line) === part) next.delete(line);
    else next.set(line, part);
    setPicked(next);
  };
  const parts = partsOf(picked, w.till.splitPart);
  const rest = lines.filter((l) => !picked.has(l.line));
  const shares = parts.length + (rest.length > 0 ? 1 : 0);
  const highest = Math.max(0, ...picked.values());
  return (
    <>
      <p className="muted">{w.till.splitTap}</p>
      <div className="parts">
        {Array.from({ length: Math.min(MOST_PARTS, Math.max(2, highest + 1)) }, (_, i) => i + 1).map((n) => (
          <button key={n} type="button" className="ghost" aria-pressed={part === n} onClick={() => setPart(n)}>
            {w.till.splitPart(n)}
            <small className="tnum">{money(sumOf(lines.filter((l) => picked.get(l.line) === n)), currency)}</small>
          </button>
        ))}
      </div>
      <ul className="trows picks">
        {lines.map((l) => {
          const mine = picked.get(l.line);
          return (
            <li key={l.line}>
              <button type="button" className="ghost tshare" aria-pressed={mine === part} onClick={() => toggle(l.line)}>
                <b>
                  {say(l.name, lang)} <span className="tnum">×{l.quantity}</span>
                </b>
                {mine !== undefined && <span className="chip">{w.till.splitPart(mine)}</span>}
                <span className="tnum">{money(l.amount, currency)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" className="primary big take" disabled={busy || shares < 2} onClick={() => go({ parts })}>
        {busy ? w.sending : w.till.splitGo(shares)}
      </button>
    </>
  );
}
