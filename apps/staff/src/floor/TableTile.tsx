/** One table on the plan: name, state by colour, mark and word, who sits there, what it owes, what is wrong. */
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { draftOf, useDraftsVersion } from "../order/drafts";
import { clockTime, money } from "../ui/labels";
import { MARKS, type TableCard } from "./look";
import { BadgeIcon, MarkIcon, Star } from "./Marks";

export interface TileProps {
  card: TableCard;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
  picked: boolean;
  onPick: () => void;
}

export function TableTile({ card, currency, utcOffsetMin, picked, onPick }: TileProps): ReactNode {
  const w = useWords();
  const { table, look } = card;
  const loud = card.badges.some((b) => b.kind === "calls" || b.kind === "nods");
  return (
    <button type="button" className={`table look-${look}${loud ? " table-loud" : ""}`} aria-pressed={picked} data-table={table.id} onClick={onPick}>
      <span className="thead1">
        <b>{card.name}</b>
        {card.vip && (
          <span className="tvip">
            <Star /> {w.plan.vip}
          </span>
        )}
      </span>
      <span className="tstate">
        <MarkIcon mark={MARKS[look]} /> {w.plan.looks[look]}
      </span>
      {card.parties === 0 ? (
        <span className="tline muted">
          {table.locked ?? (look === "dirty" ? w.plan.dirtyFor(card.minutes) : table.reserved !== null ? w.plan.reservedFor(clockTime(table.reserved.for_when, utcOffsetMin), table.reserved.name, table.reserved.covers) : w.floor.seats(table.seats))}
        </span>
      ) : (
        <>
          <span className="tline">
            {w.floor.covers(card.covers)} · <span className="tnum">{w.minutes(card.minutes)}</span>
            {card.parties > 1 && ` · ${w.floor.parties(card.parties)}`}
          </span>
          {card.due > 0 && <span className="tmoney tnum">{money(card.due, currency)}</span>}
        </>
      )}
      <span className="tchips">
        {card.badges.map((b) => (
          <span key={b.kind} className={`chip chip-${b.kind}`}>
            <BadgeIcon kind={b.kind} /> {b.kind === "calls" ? callWord(card, w) : w.plan.badges[b.kind](b.count)}
          </span>
        ))}
        <Drafts sessions={table.sessions.map((s) => s.id)} />
      </span>
    </button>
  );
}

/** One call says what it is about; several are counted. */
function callWord(card: TableCard, w: ReturnType<typeof useWords>): string {
  const calls = card.table.sessions.flatMap((s) => s.calls.filter((c) => c.answered_at === null));
  const first = calls[0];
  return calls.length === 1 && first !== undefined ? w.floor.callReasons[first.reason] : w.plan.badges.calls(calls.length);
}

/** Dishes written down here and not sent: nobody may forget them. */
function Drafts({ sessions }: { sessions: string[] }): ReactNode {
  const w = useWords();
  useDraftsVersion();
  const drafts = sessions.map(draftOf);
  const dishes = drafts.reduce((n, d) => n + d.lines.reduce((m, l) => m + l.quantity, 0), 0);
  if (dishes === 0) return null;
  return drafts.some((d) => d.refused !== null) ? <span className="chip chip-bad">{w.plan.draftRefused}</span> : <span className="chip chip-draft">{w.plan.drafts(dishes)}</span>;
}
