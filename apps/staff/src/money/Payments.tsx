/** The last days' payments, found by amount, table or number; each with what happened to it and its way back. */
import type { PaymentRow } from "@dandan/client";
import { useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { useWords } from "../i18n";
import { clockTime, money } from "../ui/labels";
import { latelyClosed } from "./lately";
import { PartySheet } from "./PartySheet";
import { PaymentSheet } from "./PaymentSheet";
import { beijingDay, findPayments } from "./view";

const PAGE = 60;

export function Payments({ rows, context, reload }: { rows: readonly PaymentRow[]; context: FloorContext; reload: () => void }): ReactNode {
  const w = useWords();
  const [search, setSearch] = useState("");
  const [picked, setPicked] = useState<string | null>(null);
  const [party, setParty] = useState<string | null>(null);
  const found = findPayments(rows, search);
  const shown = rows.find((r) => r.attempt === picked);
  const closed = latelyClosed();
  return (
    <div className="money-list">
      <input className="money-search" type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={w.money.search} aria-label={w.money.search} />
      {search === "" && closed.length > 0 && (
        <div className="lately">
          <span className="muted">{w.money.lately}</span>
          {closed.slice(0, 6).map((l) => (
            <button key={l.session} type="button" className="ghost" onClick={() => setParty(l.session)}>
              {l.table} <small className="tnum">{clockTime(l.at, context.utcOffsetMin)}</small>
            </button>
          ))}
        </div>
      )}
      {found.length === 0 && <p className="fempty">{w.money.noPayments}</p>}
      <ul className="trows">
        {found.slice(0, PAGE).map((r) => (
          <li key={r.attempt}>
            <button type="button" className={`ghost payrow payrow-${r.state}`} onClick={() => setPicked(r.attempt)}>
              <time className="tnum">
                {dayText(r.started_at, context.now, w.money)}
                {clockTime(r.started_at, context.utcOffsetMin)}
              </time>
              <b>{r.table ?? w.money.gone}</b>
              <span className="payrow-way">{w.ways[r.way]}</span>
              <span className={r.state === "paid" ? "chip" : r.state === "checking" ? "chip chip-warn" : "chip payrow-dim"}>{w.money.rowStates[r.state]}</span>
              <span className="tnum payrow-sum">
                {money(r.amount, context.currency)}
                {r.refunded > 0 && <small>{w.money.refunded(money(r.refunded, context.currency))}</small>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {shown !== undefined && <PaymentSheet row={shown} context={context} reload={reload} onClose={() => setPicked(null)} />}
      {party !== null && <PartySheet session={party} context={context} reload={reload} onClose={() => setParty(null)} />}
    </div>
  );
}

const dayText = (at: number, now: number, w: { yesterday: string }): string => {
  const day = beijingDay(at);
  if (day === beijingDay(now)) return "";
  return day === beijingDay(now - 86_400_000) ? `${w.yesterday} ` : `${day.slice(5)} `;
};
