/** The counter's side of pick-up: call a number again, mark it collected. */
import type { PickupView, Seq } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useFeed, useSend } from "../net/hooks";
import { columnsOf, type Entry } from "../pickup/layout";
import { clockTime } from "../ui/labels";

const mergePickup = (view: PickupView, change: Partial<PickupView>, seq: Seq): PickupView => ({ ...view, ...change, seq });

export function PickupTab({ utcOffsetMin }: { utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const { view } = useFeed("/pickup/feed", mergePickup);
  if (view === null) return <p className="fempty">{w.loading}</p>;
  const { preparing, ready } = columnsOf(view);
  // At the counter the longest waiting comes first; the wall shows the newest first.
  const waiting = [...ready].reverse();
  return (
    <div className="pickups">
      <section>
        <h2>
          {w.floor.pickupReady} <span className="chip tnum">{ready.length}</span>
        </h2>
        {ready.length === 0 && <p className="muted">{w.floor.pickupEmpty}</p>}
        <ul>
          {waiting.map((e) => (
            <Ready key={e.order} entry={e} utcOffsetMin={utcOffsetMin} />
          ))}
        </ul>
      </section>
      <section>
        <h2>
          {w.floor.pickupPreparing} <span className="chip tnum">{preparing.length}</span>
        </h2>
        <ul className="numbers">
          {preparing.map((e) => (
            <li key={e.order}>{e.number}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Ready({ entry, utcOffsetMin }: { entry: Entry; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState<"call" | "collected" | null>(null);
  const act = (what: "call" | "collected"): void => {
    if (busy !== null) return;
    setBusy(what);
    const verb = what === "call" ? "call-again" : "collected";
    void send(`order:${entry.order}`, `/pickup/${encodeURIComponent(entry.order)}/${verb}`).then(() => setBusy(null));
  };
  return (
    <li className="readyrow">
      <b className="readynumber tnum">{entry.number}</b>
      <span className="muted tnum">
        {entry.ready_at !== null && clockTime(entry.ready_at, utcOffsetMin)} · {w.floor.called(entry.calls)}
      </span>
      <button type="button" className="ghost" disabled={busy !== null} onClick={() => act("call")}>
        {busy === "call" ? w.sending : w.floor.callAgain}
      </button>
      <button type="button" className="primary" disabled={busy !== null} onClick={() => act("collected")}>
        {busy === "collected" ? w.sending : w.floor.collected}
      </button>
    </li>
  );
}
