/** Picks another table. */
import type { FloorTable, Id } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { byName } from "../ui/labels";
import { MARKS, lookOf } from "./look";
import { MarkIcon } from "./Marks";

export function PickTable({ tables, picked, none, onPick }: { tables: FloorTable[]; picked: Id | null; none: string; onPick: (table: FloorTable) => void }): ReactNode {
  const w = useWords();
  if (tables.length === 0) return <p className="fempty">{none}</p>;
  return (
    <div className="picktables">
      {[...tables].sort((a, b) => byName(a.name, b.name)).map((t) => (
        <button key={t.id} type="button" className={`look-${lookOf(t)}`} aria-pressed={picked === t.id} onClick={() => onPick(t)}>
          <b>{t.sessions[0]?.tables || t.name}</b>
          <small>
            <MarkIcon mark={MARKS[lookOf(t)]} /> {t.sessions[0] === undefined ? w.floor.seats(t.seats) : w.floor.covers(t.sessions[0].covers)}
          </small>
        </button>
      ))}
    </div>
  );
}
