/** One table: who sits there, or what it takes to seat somebody. */
import type { FloorTable, Id } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import type { FloorContext } from "./FloorPage";
import { FreeTable } from "./FreeTable";
import { MARKS, lookOf } from "./look";
import { MarkIcon, Star } from "./Marks";
import { PartyPanel } from "./PartyPanel";

export interface PanelProps {
  table: FloorTable;
  /** The party to show first, where several stand at one counter. */
  session: Id | null;
  context: FloorContext;
  onClose: () => void;
  /** Goes to another table, after a move. */
  onPick: (table: Id) => void;
}

export function TablePanel({ table, session, context, onClose, onPick }: PanelProps): ReactNode {
  const w = useWords();
  const [picked, setPicked] = useState<Id | null>(session);
  const party = table.sessions.find((s) => s.id === picked) ?? table.sessions[0];
  const look = lookOf(table);
  return (
    <aside className="fpanel" aria-label={table.name}>
      <header className="phead">
        <h2>{party !== undefined && party.tables !== "" ? party.tables : table.name}</h2>
        <span className={`pstate look-${look}`}>
          <MarkIcon mark={MARKS[look]} /> {w.plan.looks[look]}
        </span>
        {party?.vip === true && (
          <span className="tvip">
            <Star /> {w.plan.vip}
          </span>
        )}
        <button type="button" className="ghost" onClick={onClose}>
          {w.close}
        </button>
      </header>
      {table.sessions.length > 1 && (
        <nav className="parties">
          {table.sessions.map((s, i) => (
            <button key={s.id} type="button" className="ghost" aria-current={s === party ? "true" : undefined} onClick={() => setPicked(s.id)}>
              {i + 1} · {w.floor.covers(s.covers)} · {money(s.due, context.currency)}
            </button>
          ))}
        </nav>
      )}
      {party === undefined ? (
        <FreeTable table={table} context={context} />
      ) : (
        <PartyPanel key={party.id} table={table} party={party} context={context} onPick={onPick} />
      )}
    </aside>
  );
}
