/** Panels beside the board: totals over all tickets, what was just bumped, what is sold out. */
import type { ReactNode } from "react";
import { StockTab } from "../floor/StockTab";
import { say, useLang, useWords } from "../i18n";
import { clockTime } from "../ui/labels";
import { itemName, type AllDayRow, type Bumped, type Verb } from "./board";
import type { FloorStock } from "./types";
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

interface SoldOutProps {
  stock: readonly FloorStock[];
  /** The station this screen shows; null for all of them. */
  station: string | null;
  editable: boolean;
  onClose: () => void;
}

/** What has run out and how many are left: the cook is the first to know. */
export function SoldOut({ stock, station, editable, onClose }: SoldOutProps): ReactNode {
  const w = useWords();
  return (
    <aside className="side side-recall side-stock" aria-label={w.kitchen.soldOutTitle}>
      <h2>
        {w.kitchen.soldOutTitle}
        <button type="button" className="ghost" onClick={onClose}>
          {w.close}
        </button>
      </h2>
      <StockTab stock={stock} editable={editable} own={station} />
    </aside>
  );
}

interface RecallProps {
  list: Bumped[];
  /** Being cooked: it may have to be made again as well. */
  cooking: Bumped[];
  taps: Taps;
  utcOffsetMin: number;
  onClose: () => void;
  act: (key: string, verb: Verb) => void;
  onRemake: (what: Bumped) => void;
}

export function Recall({ list, cooking, taps, utcOffsetMin, onClose, act, onRemake }: RecallProps): ReactNode {
  const w = useWords();
  const remake = (b: Bumped): ReactNode => (
    <button type="button" className="ghost" onClick={() => onRemake(b)}>
      {w.ticket.remake}
    </button>
  );
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
        {list.map((b) => (
          <Row key={b.key} b={b} taps={taps} utcOffsetMin={utcOffsetMin}>
            <button type="button" onClick={() => act(b.key, "recall")}>
              ↩ {w.kitchen.recall}
            </button>
            <button type="button" className="ghost" onClick={() => act(b.key, "serve")}>
              {w.kitchen.serve}
            </button>
            {remake(b)}
          </Row>
        ))}
      </ul>
      {cooking.length > 0 && (
        <>
          <h2>{w.ticket.cooking}</h2>
          <ul>
            {cooking.map((b) => (
              <Row key={b.key} b={b} taps={taps} utcOffsetMin={utcOffsetMin}>
                {remake(b)}
              </Row>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}

function Row({ b: { key, item, ticket, at }, taps, utcOffsetMin, children }: { b: Bumped; taps: Taps; utcOffsetMin: number; children: ReactNode }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const tap = taps.of(key);
  return (
    <li>
      <div className="rwhat">
        <span className="tnum muted">{clockTime(at, utcOffsetMin)}</span> <b>{ticket.mode === "pay_first" ? ticket.number : ticket.table}</b>
        <div>
          {itemName(item, lang)} ×{item.quantity}
        </div>
      </div>
      {tap !== null ? <span className="muted">{tap.undelivered ? w.undeliveredWord : w.sending}</span> : <div className="racts">{children}</div>}
    </li>
  );
}
