/** The two panels beside the board: totals over all tickets, and what was just bumped. */
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { clockTime } from "../ui/labels";
import { itemName, type AllDayRow, type Bumped, type Verb } from "./board";
import type { Taps } from "./useTaps";

export function AllDay({ rows }: { rows: AllDayRow[] }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
    <aside className="side" aria-label={w.kitchen.allDay}>
      <h2>{w.kitchen.allDay}</h2>
      {rows.length === 0 && <p className="muted">{w.kitchen.allDayEmpty}</p>}
      <ul>
        {rows.map((row) => (
          <li key={row.key} className={row.overdue ? "age-overdue-text" : ""}>
            <b className="tnum">{row.quantity}</b>
            <div>
              <span>
                {say(row.name, lang)} {row.variant !== null && <em>{say(row.variant, lang)}</em>}
              </span>
              <small>
                {row.overdue && <strong>{w.kitchen.ages.overdue} </strong>}
                {row.weightG > 0 && `${w.kitchen.grams(row.weightG)} `}
                {row.started > 0 && `${w.kitchen.started} ${row.started} `}
                {row.differences.map((d) => (
                  <span key={d.text.zh} className={d.avoid ? "diff-avoid" : "diff"}>
                    {say(d.text, lang)}×{d.quantity}
                  </span>
                ))}
              </small>
            </div>
          </li>
        ))}
      </ul>
    </aside>
  );
}

export function Recall({ list, taps, utcOffsetMin, onClose, act }: { list: Bumped[]; taps: Taps; utcOffsetMin: number; onClose: () => void; act: (key: string, verb: Verb) => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
    <aside className="side side-recall" aria-label={w.kitchen.recallTitle}>
      <h2>
        {w.kitchen.recallTitle}
        <button type="button" className="ghost" onClick={onClose}>
          {w.close}
        </button>
      </h2>
      {list.length === 0 && <p className="muted">{w.kitchen.recallEmpty}</p>}
      <ul>
        {list.map(({ key, item, ticket, at }) => {
          const tap = taps.of(key);
          return (
            <li key={key}>
              <div className="rwhat">
                <span className="tnum muted">{clockTime(at, utcOffsetMin)}</span> <b>{ticket.mode === "pay_first" ? ticket.number : ticket.table}</b>
                <div>
                  {itemName(item, lang)} ×{item.quantity}
                </div>
              </div>
              {tap !== null ? (
                <span className="muted">{tap.undelivered ? w.undeliveredWord : w.sending}</span>
              ) : (
                <>
                  <button type="button" onClick={() => act(key, "recall")}>
                    ↩ {w.kitchen.recall}
                  </button>
                  <button type="button" className="ghost" onClick={() => act(key, "serve")}>
                    {w.kitchen.serve}
                  </button>
                </>
              )}
            </li>
          );
        })}
      </ul>
    </aside>
  );
}
