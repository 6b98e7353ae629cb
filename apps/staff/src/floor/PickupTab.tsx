/** The counter's side of pick-up: find a number, call it again, mark it collected. Made for fifty of them at noon. */
import type { Ms } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useFeed, useNow, useSend } from "../net/hooks";
import { columnsOf, mergePickup, type Entry } from "../pickup/layout";
import { byName, clockTime, wholeMinutes } from "../ui/labels";
import "./back.css";

export function PickupTab({ utcOffsetMin }: { utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const { feed, view } = useFeed("/pickup/feed", mergePickup);
  const { now } = useNow(feed);
  const [search, setSearch] = useState("");
  if (view === null) return <p className="fempty">{w.loading}</p>;
  const { preparing, ready } = columnsOf(view);
  const q = search.trim().toLowerCase();
  const found = (e: Entry): boolean => q === "" || e.number.toLowerCase().includes(q);
  // At the counter the longest waiting comes first; the wall shows the newest first.
  const waiting = [...ready].reverse().filter(found);
  const cooking = preparing.filter(found).sort((a, b) => byName(a.number, b.number));
  return (
    <div className="pickups">
      <section>
        <header className="pickhead">
          <h2>
            {w.floor.pickupReady} <span className="chip tnum">{ready.length}</span>
          </h2>
          <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={w.pickupTab.find} aria-label={w.pickupTab.find} />
        </header>
        {ready.length === 0 && <p className="muted">{w.floor.pickupEmpty}</p>}
        {q !== "" && waiting.length + cooking.length === 0 && <p className="warnline">{w.pickupTab.noNumber(search.trim())}</p>}
        {ready.length > 1 && <p className="muted">{w.pickupTab.oldest}</p>}
        <ul className="readygrid">
          {waiting.map((e) => (
            <Ready key={e.order} entry={e} now={now} utcOffsetMin={utcOffsetMin} />
          ))}
        </ul>
      </section>
      <section>
        <h2>
          {w.floor.pickupPreparing} <span className="chip tnum">{preparing.length}</span>
        </h2>
        <ul className="numbers">
          {cooking.map((e) => (
            <li key={e.order}>{e.number}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Ready({ entry, now, utcOffsetMin }: { entry: Entry; now: Ms; utcOffsetMin: number }): ReactNode {
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
        {entry.ready_at !== null && `${clockTime(entry.ready_at, utcOffsetMin)} · ${w.pickupTab.waited(wholeMinutes(entry.ready_at, now))}`}
        {entry.calls > 0 && ` · ${w.floor.called(entry.calls)}`}
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
