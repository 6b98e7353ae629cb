/** A table nobody sits at: open it, for whom it is kept, clean it, lock it. */
import type { FloorTable, Id } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { clockTime } from "../ui/labels";
import type { FloorContext } from "./FloorPage";
import { ReasonSheet } from "./ReasonSheet";
import { may } from "./view";

/** For whom a table is opened: nobody the house knew of, a reservation or somebody from the queue. */
type For = { reservation: Id } | { entry: Id } | Record<string, never>;

export function FreeTable({ table, context }: { table: FloorTable; context: FloorContext }): ReactNode {
  const w = useWords();
  const send = useSend();
  const { role, view, utcOffsetMin } = context;
  const [covers, setCovers] = useState<number | null>(null);
  const [locking, setLocking] = useState(false);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  // One session id for this visit to the panel: a second press or a retry opens the same table session.
  const session = useRef(newId());
  const lane = `table:${table.id}`;
  const path = `/tables/${encodeURIComponent(table.id)}`;
  const act = (verb: string, body: object): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    setLocking(false);
    void send(lane, `${path}/${verb}`, body).then((o) => {
      // Opened: stay busy until the feed shows it, so that nobody opens it a second time.
      if (o.ok && verb === "open") return;
      lock.current = false;
      setBusy(false);
      if (verb === "open") session.current = newId();
    });
  };
  const open = (n: number, who: For): void => act("open", { session: session.current, covers: n, ...who });
  const seats = may(role, "seat");
  const kept = view.house.reservations.filter((r) => r.table === table.id);
  const here = table.reserved === null || kept.some((r) => r.reservation === table.reserved?.reservation) ? kept : [table.reserved, ...kept];
  if (table.locked !== null)
    return (
      <div className="opener">
        <p className="warnline">{w.table.lockedFor(table.locked)}</p>
        <button type="button" className="primary big" disabled={busy || !seats} onClick={() => act("unlock", {})}>
          {busy ? w.sending : w.table.unlock}
        </button>
      </div>
    );
  if (table.dirty_since !== null)
    return (
      <div className="opener">
        <p className="warnline">{w.table.dirty}</p>
        <button type="button" className="primary big" disabled={busy || !seats} onClick={() => act("clean", {})}>
          {busy ? w.sending : w.table.cleaned}
        </button>
      </div>
    );
  if (view.day === null) return <p className="fempty">{w.floor.dayClosed}</p>;
  return (
    <div className="opener">
      {here.map((r) => (
        <div key={r.reservation} className="okept">
          <span>
            {w.table.reserved(clockTime(r.for_when, utcOffsetMin), r.name, r.covers)}
            {r.phone_tail !== null && <span className="tnum"> · …{r.phone_tail}</span>}
            {r.note !== null && <small>{r.note}</small>}
          </span>
          <button type="button" className="primary" disabled={busy} onClick={() => open(covers ?? r.covers, { reservation: r.reservation })}>
            {w.table.seatReservation(r.name)}
          </button>
        </div>
      ))}
      {view.house.waiting.length > 0 && (
        <section className="owaiting" aria-label={w.table.seatWaiting}>
          <h3>{w.table.seatWaiting}</h3>
          <div className="owait">
            {view.house.waiting.slice(0, 6).map((e) => (
              <button key={e.entry} type="button" className="ghost" disabled={busy} onClick={() => open(e.covers, { entry: e.entry })}>
                <b>{e.number}</b> {w.floor.covers(e.covers)} {e.name}
              </button>
            ))}
          </div>
        </section>
      )}
      <h3>{w.floor.howMany}</h3>
      <CoversPad most={Math.max(12, table.seats)} seats={table.seats} value={covers} onPick={setCovers} />
      <button type="button" className="primary big" disabled={covers === null || busy} onClick={() => covers !== null && open(covers, {})}>
        {busy ? w.sending : covers === null ? w.floor.howMany : w.floor.open(covers)}
      </button>
      {seats && (
        <button type="button" className="ghost" disabled={busy} onClick={() => setLocking(true)}>
          {w.table.lock}
        </button>
      )}
      {locking && <ReasonSheet title={w.table.lockTitle(table.name)} reasons={w.table.lockReasons} go={w.table.lockGo} busy={busy} onGo={(reason) => act("lock", { reason })} onClose={() => setLocking(false)} />}
    </div>
  );
}

/** Taps for usual parties; a field for the others. */
export function CoversPad({ most, seats, value, onPick }: { most: number; seats: number; value: number | null; onPick: (n: number | null) => void }): ReactNode {
  const w = useWords();
  return (
    <>
      <div className="covers">
        {Array.from({ length: most }, (_, i) => i + 1).map((n) => (
          <button key={n} type="button" aria-pressed={value === n} className={n > seats ? "over-seats" : ""} onClick={() => onPick(n)}>
            {n}
          </button>
        ))}
      </div>
      <input
        className="coversmore"
        inputMode="numeric"
        placeholder={w.table.coversPad}
        aria-label={w.table.coversPad}
        value={value !== null && value > most ? value : ""}
        onChange={(e) => {
          const n = Number.parseInt(e.target.value, 10);
          onPick(Number.isFinite(n) && n >= 1 ? Math.min(99, n) : null);
        }}
      />
    </>
  );
}
