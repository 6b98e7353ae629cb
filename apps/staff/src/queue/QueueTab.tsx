/** Parties without a table: the queue by line, and reservations by day. */
import type { Id } from "@dandan/client";
import { useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import type { Entry, Reservation } from "@dandan/client";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { usePrint } from "../manage/usePrint";
import { useSend } from "../net/hooks";
import type { Place } from "../shift/unmatched";
import { clockTime, wholeMinutes } from "../ui/labels";
import { Sheet } from "../ui/parts";
import { keptByDay, linesOf, nearness, type Line } from "./lines";
import "./queue.css";
import { ReserveSheet } from "./ReserveSheet";
import { SeatSheet } from "./SeatSheet";
import { TakeSheet } from "./TakeSheet";
import { dateOf } from "./time";

type Doing = { kind: "take" | "reserve" } | { kind: "seat-entry"; entry: Entry } | { kind: "seat-kept"; kept: Reservation } | { kind: "end-entry"; entry: Entry } | { kind: "end-kept"; kept: Reservation; why: "cancelled" | "no_show" } | null;

export function QueueTab({ context, goTo }: { context: FloorContext; goTo: (place: Place) => void }): ReactNode {
  const w = useWords();
  const { view, now, utcOffsetMin, role } = context;
  const [side, setSide] = useState<"queue" | "reservations">("queue");
  const [doing, setDoing] = useState<Doing>(null);
  if (!may(role, "seat")) return <p className="fempty">{w.queue.seatOnly}</p>;
  const lines = linesOf(view.house.waiting, now);
  const days = keptByDay(view.house.reservations, now, utcOffsetMin);
  const close = (): void => setDoing(null);
  return (
    <div className="queuetab" data-side={side}>
      <div className="segments queueside">
        <button type="button" className="ghost" aria-pressed={side === "queue"} onClick={() => setSide("queue")}>
          {w.queue.queue} {view.house.waiting.length > 0 && <span className="badge">{view.house.waiting.length}</span>}
        </button>
        <button type="button" className="ghost" aria-pressed={side === "reservations"} onClick={() => setSide("reservations")}>
          {w.queue.reservations} {view.house.reservations.length > 0 && <span className="badge">{view.house.reservations.length}</span>}
        </button>
      </div>
      <section className="queuecol qcol-queue">
        <header>
          <h2>{w.queue.queue}</h2>
          <button type="button" className="primary" disabled={view.day === null} onClick={() => setDoing({ kind: "take" })}>
            {w.queue.take}
          </button>
        </header>
        {view.day === null ? <p className="warnline">{w.queue.dayClosed}</p> : lines.length === 0 && <p className="fempty">{w.queue.empty}</p>}
        {lines.map((line) => (
          <LineList key={line.letter} line={line} context={context} onSeat={(entry) => setDoing({ kind: "seat-entry", entry })} onEnd={(entry) => setDoing({ kind: "end-entry", entry })} />
        ))}
        {lines.length > 0 && <p className="muted">{w.queue.said}</p>}
      </section>
      <section className="queuecol qcol-reservations">
        <header>
          <h2>{w.queue.reservations}</h2>
          <button type="button" className="primary" onClick={() => setDoing({ kind: "reserve" })}>
            {w.queue.add}
          </button>
        </header>
        {days.length === 0 && <p className="fempty">{w.queue.noReservations}</p>}
        {days.map((day) => {
          const date = dateOf(day.reservations[0]?.for_when ?? now, utcOffsetMin);
          return (
            <div key={day.offset}>
              <h3>{w.queue.days(day.offset, date.month, date.day, date.weekday)}</h3>
              <ul className="keptlist">
                {day.reservations.map((r) => (
                  <KeptRow key={r.reservation} kept={r} context={context} onSeat={() => setDoing({ kind: "seat-kept", kept: r })} onEnd={(why) => setDoing({ kind: "end-kept", kept: r, why })} />
                ))}
              </ul>
            </div>
          );
        })}
      </section>
      {doing?.kind === "take" && <TakeSheet onClose={close} />}
      {doing?.kind === "reserve" && <ReserveSheet context={context} onClose={close} />}
      {doing?.kind === "seat-entry" && (
        <SeatSheet context={context} who={`${doing.entry.number}${doing.entry.name === null ? "" : ` ${doing.entry.name}`}`} covers={doing.entry.covers} entry={doing.entry.entry} own={null} onClose={close} onSeated={(session) => goTo({ at: "session", session })} />
      )}
      {doing?.kind === "seat-kept" && (
        <SeatSheet context={context} who={doing.kept.name} covers={doing.kept.covers} reservation={doing.kept.reservation} own={doing.kept} onClose={close} onSeated={(session) => goTo({ at: "session", session })} />
      )}
      {doing?.kind === "end-entry" && <EndEntry entry={doing.entry} onClose={close} />}
      {doing?.kind === "end-kept" && <EndKept kept={doing.kept} why={doing.why} onClose={close} />}
    </div>
  );
}

function LineList({ line, context, onSeat, onEnd }: { line: Line; context: FloorContext; onSeat: (e: Entry) => void; onEnd: (e: Entry) => void }): ReactNode {
  const w = useWords();
  return (
    <div>
      <h3>
        {w.queue.line(line.letter)} <small className="muted tnum">{w.queue.waiting(line.entries.length)} · {w.queue.longest(line.longest)}</small>
      </h3>
      <ul className="waitlist">
        {line.entries.map((e) => (
          <EntryRow key={e.entry} entry={e} context={context} onSeat={() => onSeat(e)} onEnd={() => onEnd(e)} />
        ))}
      </ul>
    </div>
  );
}

function EntryRow({ entry, context, onSeat, onEnd }: { entry: Entry; context: FloorContext; onSeat: () => void; onEnd: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const print = usePrint();
  const [busy, setBusy] = useState(false);
  const call = (): void => {
    if (busy) return;
    setBusy(true);
    void send(`queue:${entry.entry}`, `/queue/${encodeURIComponent(entry.entry)}/call`, {}, undefined, `${w.queue.call} ${entry.number}`).then(() => setBusy(false));
  };
  return (
    <li className={entry.calls > 0 ? "waitrow waitrow-called" : "waitrow"}>
      <b className="waitnumber tnum">{entry.number}</b>
      <div className="waitwhat">
        <span>
          {w.queue.covers(entry.covers)}
          {entry.name !== null && entry.name !== undefined && ` · ${entry.name}`}
        </span>
        <small className="muted tnum">
          {w.queue.minutes(wholeMinutes(entry.at, context.now))}
          {entry.calls > 0 && entry.called_at != null && ` · ${w.queue.called(entry.calls, wholeMinutes(entry.called_at, context.now))}`}
        </small>
      </div>
      <div className="waitacts">
        <button type="button" className="ghost" disabled={busy} onClick={call}>
          {busy ? w.sending : entry.calls > 0 ? w.queue.callAgain(entry.calls) : w.queue.call}
        </button>
        <button type="button" className="primary" onClick={onSeat}>
          {w.queue.seat}
        </button>
        <button type="button" className="ghost" onClick={() => void print({ slip: "number", entry: entry.entry }, `${w.queue.print} ${entry.number}`)}>
          {w.queue.print}
        </button>
        <button type="button" className="ghost" onClick={onEnd}>
          {w.queue.passed} / {w.queue.left}
        </button>
      </div>
    </li>
  );
}

function KeptRow({ kept, context, onSeat, onEnd }: { kept: Reservation; context: FloorContext; onSeat: () => void; onEnd: (why: "cancelled" | "no_show") => void }): ReactNode {
  const w = useWords();
  const near = nearness(kept, context.now);
  const table = context.view.tables.find((t) => t.id === kept.table)?.name ?? kept.table;
  return (
    <li className={`keptrow kept-${near}`}>
      <b className="kepttime tnum">{clockTime(kept.for_when, context.utcOffsetMin)}</b>
      <div className="waitwhat">
        <span>
          <b>{kept.name}</b> {kept.phone_tail != null && <span className="muted tnum">*{kept.phone_tail}</span>} · {w.queue.covers(kept.covers)} · {table ?? w.queue.anyTable}
        </span>
        {kept.note != null && <small className="keptnote">{kept.note}</small>}
        {near !== "later" && <small className={near === "late" ? "chip chip-bad" : "chip chip-warn"}>{w.queue.nearness[near]}</small>}
      </div>
      <div className="waitacts">
        <button type="button" className="primary" disabled={context.view.day === null} onClick={onSeat}>
          {w.queue.seat}
        </button>
        <button type="button" className="ghost" onClick={() => onEnd("no_show")}>
          {w.queue.noShow}
        </button>
        <button type="button" className="ghost" onClick={() => onEnd("cancelled")}>
          {w.queue.cancelled}
        </button>
      </div>
    </li>
  );
}

function useEnd(lane: string, path: string, onClose: () => void): [boolean, (why: string) => void] {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  return [
    busy,
    (why) => {
      if (busy) return;
      setBusy(true);
      void send(lane, path, { why }).then((o) => (o.ok ? onClose() : setBusy(false)));
    },
  ];
}

const idPath = (what: string, id: Id): string => `/${what}/${encodeURIComponent(id)}/end`;

function EndEntry({ entry, onClose }: { entry: Entry; onClose: () => void }): ReactNode {
  const w = useWords();
  const [busy, end] = useEnd(`queue:${entry.entry}`, idPath("queue", entry.entry), onClose);
  return (
    <Sheet title={w.queue.endTitle(entry.number)} onClose={onClose}>
      <button type="button" className="danger big" disabled={busy} onClick={() => end("passed")}>
        {busy ? w.sending : w.queue.passed}
      </button>
      <button type="button" className="ghost big" disabled={busy} onClick={() => end("left")}>
        {w.queue.left}
      </button>
    </Sheet>
  );
}

function EndKept({ kept, why, onClose }: { kept: Reservation; why: "cancelled" | "no_show"; onClose: () => void }): ReactNode {
  const w = useWords();
  const [busy, end] = useEnd(`reservation:${kept.reservation}`, idPath("reservations", kept.reservation), onClose);
  return (
    <Sheet title={why === "no_show" ? w.queue.noShowAsk(kept.name) : w.queue.cancelAsk(kept.name)} onClose={onClose}>
      <button type="button" className="danger big" disabled={busy} onClick={() => end(why)}>
        {busy ? w.sending : why === "no_show" ? w.queue.noShow : w.queue.cancelled}
      </button>
    </Sheet>
  );
}
