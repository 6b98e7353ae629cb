/** A new reservation: who, how many, when, at which table. */
import type { Ms } from "@dandan/client";
import { useMemo, useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { byName, clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { CoversPad } from "./CoversPad";
import { dateOf, dayOffset, dayStart, slots, typedTime, usual } from "./time";

/** How far ahead one tap reaches. */
const DAYS = 8;

export function ReserveSheet({ context, onClose }: { context: FloorContext; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const { utcOffsetMin, view } = context;
  // The times to choose from must not move under the finger.
  const [now] = useState(context.now);
  const [name, setName] = useState("");
  const [tail, setTail] = useState("");
  const [covers, setCovers] = useState<number | null>(null);
  const [offset, setOffset] = useState(() => dayOffset(usual(now), now, utcOffsetMin));
  const [at, setAt] = useState<Ms | null>(null);
  const [typed, setTyped] = useState("");
  const [table, setTable] = useState("");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const reservation = useRef(newId());
  const times = useMemo(() => slots(now, utcOffsetMin, offset), [now, utcOffsetMin, offset]);
  const day = (o: number): string => {
    const date = dateOf(dayStart(now, utcOffsetMin, o), utcOffsetMin);
    return w.queue.days(o, date.month, date.day, date.weekday);
  };
  const when = typed === "" ? at : typedTime(typed, now, utcOffsetMin, offset);
  const fits = name.trim() !== "" && covers !== null && when !== null && (tail === "" || tail.length === 4);
  const go = (): void => {
    if (lock.current || covers === null || when === null) return;
    lock.current = true;
    setBusy(true);
    const id = reservation.current;
    const body = {
      reservation: id, name: name.trim(), covers, for_when: when,
      ...(tail === "" ? {} : { phone_tail: tail }), ...(table === "" ? {} : { table }), ...(note.trim() === "" ? {} : { note: note.trim() }),
    };
    void send(`reservation:${id}`, "/reservations", body, id, `${w.queue.addTitle} ${name.trim()}`).then((o) => {
      lock.current = false;
      setBusy(false);
      reservation.current = newId();
      if (!o.ok) return;
      notify(w.queue.saved, 4000, true);
      onClose();
    });
  };
  return (
    <Sheet title={w.queue.addTitle} onClose={onClose} wide>
      <div className="reserve">
        <div className="reservepart">
          <input value={name} onChange={(e) => setName(e.target.value)} placeholder={w.queue.name} aria-label={w.queue.name} maxLength={24} autoComplete="off" />
          <input value={tail} onChange={(e) => setTail(e.target.value.replace(/\D/g, "").slice(0, 4))} inputMode="numeric" placeholder={w.queue.tail} aria-label={w.queue.tail} autoComplete="off" />
          <h3>{w.queue.takeTitle}</h3>
          <CoversPad covers={covers} onCovers={setCovers} />
        </div>
        <div className="reservepart">
          <div className="daypick" role="group" aria-label={w.queue.when}>
            {Array.from({ length: DAYS }, (_, o) => (
              <button
                key={o}
                type="button"
                className="ghost"
                aria-pressed={o === offset}
                onClick={() => {
                  setOffset(o);
                  setAt((before) => (before === null ? null : before + (o - offset) * 86_400_000));
                }}
              >
                {day(o)}
              </button>
            ))}
          </div>
          <div className="timepick" role="group" aria-label={w.queue.time}>
            {times.length === 0 && <p className="muted">{w.queue.noSlots}</p>}
            {times.map((t) => (
              <button
                key={t}
                type="button"
                className="ghost tnum"
                aria-pressed={when === t}
                onClick={() => {
                  setTyped("");
                  setAt(t);
                }}
              >
                {clockTime(t, utcOffsetMin)}
              </button>
            ))}
          </div>
          <input value={typed} onChange={(e) => setTyped(e.target.value)} placeholder={w.queue.typeTime} aria-label={w.queue.typeTime} inputMode="numeric" maxLength={5} />
          <select value={table} onChange={(e) => setTable(e.target.value)} aria-label={w.queue.table}>
            <option value="">{w.queue.anyTable}</option>
            {[...view.tables].sort((a, b) => byName(a.name, b.name)).map((t) => (
              <option key={t.id} value={t.id}>
                {t.name} · {w.queue.seats(t.seats)}
              </option>
            ))}
          </select>
          <input value={note} onChange={(e) => setNote(e.target.value)} placeholder={w.queue.note} aria-label={w.queue.note} maxLength={60} />
        </div>
      </div>
      <button type="button" className="primary big" disabled={busy || !fits} onClick={go}>
        {busy ? w.sending : fits && when !== null && covers !== null ? w.queue.saveFor(day(offset), clockTime(when, utcOffsetMin), covers) : w.queue.save}
      </button>
    </Sheet>
  );
}
