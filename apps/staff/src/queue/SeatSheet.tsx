/** Which free table somebody from the queue or a reservation sits down at; a tap opens it for them. */
import type { Id } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { seatsFor } from "./lines";

export interface SeatSheetProps {
  context: FloorContext;
  who: string;
  covers: number;
  entry?: Id;
  reservation?: Id;
  /** The reservation's own table stands first. */
  own: { reservation: Id; table?: string | null } | null;
  onClose: () => void;
  onSeated: (session: Id) => void;
}

export function SeatSheet({ context, who, covers, entry, reservation, own, onClose, onSeated }: SeatSheetProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const send = useSend();
  const [busy, setBusy] = useState<string | null>(null);
  const session = useRef(newId());
  const [opened, setOpened] = useState(false);
  // The table is shown once the floor has the party.
  const sits = opened && context.view.tables.some((t) => t.sessions.some((s) => s.id === session.current));
  useEffect(() => {
    if (sits) onSeated(session.current);
  }, [sits, onSeated]);
  const tables = seatsFor(context.view.tables, covers, own === null ? null : { reservation: own.reservation, table: own.table ?? null });
  const open = (table: Id, name: string): void => {
    if (busy !== null) return;
    setBusy(table);
    const body = { session: session.current, covers, ...(entry === undefined ? {} : { entry }), ...(reservation === undefined ? {} : { reservation }) };
    void send(`table:${table}`, `/tables/${encodeURIComponent(table)}/open`, body, undefined, `${who} → ${name}`).then((o) => {
      if (!o.ok) {
        session.current = newId();
        return setBusy(null);
      }
      notify(w.queue.seated(name), 4000, true);
      setOpened(true);
    });
  };
  return (
    <Sheet title={w.queue.seatTitle(who)} onClose={onClose} wide>
      <p className="muted">{w.queue.seatHint(covers)}</p>
      {tables.length === 0 && <p className="warnline">{w.queue.seatNone}</p>}
      <div className="seatgrid">
        {tables.map((t) => (
          <button key={t.id} type="button" className={t.seats < covers ? "ghost seat-small" : "ghost"} disabled={busy !== null} onClick={() => open(t.id, t.name)}>
            <b>{t.name}</b>
            <span>{busy === t.id ? w.sending : w.queue.seats(t.seats)}</span>
            <small className="muted">{t.id === own?.table ? w.queue.kept : t.seats < covers ? w.queue.small : areaOf(context, t.area, lang)}</small>
          </button>
        ))}
      </div>
    </Sheet>
  );
}

function areaOf(context: FloorContext, area: string, lang: "zh" | "en"): string {
  const found = context.view.areas.find((a) => a.id === area);
  return found === undefined ? "" : say(found.name, lang);
}
