/** Opens and closes the business day. What does not add up is listed by the server and signed for, never dropped. */
import type { Problem } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { clockTime, money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import type { FloorContext } from "./FloorPage";
import { daySummary, may, summarise, type Unmatched } from "./view";

type Asking = { kind: "close" } | { kind: "sign"; unmatched: Unmatched[] } | null;

const unmatchedOf = (problem: Problem): Unmatched[] => (problem as Problem & { unmatched?: Unmatched[] }).unmatched ?? [];

export function DayTab({ context }: { context: FloorContext }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<Asking>(null);
  const lock = useRef(false);
  const { day } = context.view;
  const allowed = may(context.role, "day");
  const { openTables, owed } = daySummary(context.view);
  const go = async (verb: "open" | "close", body: object): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const outcome = await api.outbox.send("day", `/day/${verb}`, body);
    lock.current = false;
    setBusy(false);
    if (!outcome.ok && outcome.problem.code === "day_unmatched") return setAsking({ kind: "sign", unmatched: unmatchedOf(outcome.problem) });
    setAsking(null);
    if (!outcome.ok) notify(`${w.floor.refused}${w.colon}${problemText(outcome.problem)}`);
  };
  const open = openTables === 0 ? w.floor.closeDayClear : w.floor.closeDayOpen(openTables, money(owed, context.currency));
  return (
    <div className="day">
      <h2>{day === null ? w.floor.dayClosed : w.floor.day(day.number)}</h2>
      <p className="muted">{day === null ? w.floor.dayClosedHint : `${w.floor.dayOpenedAt(clockTime(day.opened_at, context.utcOffsetMin))} · ${open}`}</p>
      {day === null ? (
        <button type="button" className="primary big" disabled={!allowed || busy} onClick={() => void go("open", {})}>
          {busy ? w.sending : w.floor.openDay}
        </button>
      ) : (
        <button type="button" className="danger big" disabled={!allowed || busy} onClick={() => setAsking({ kind: "close" })}>
          {w.floor.closeDay}
        </button>
      )}
      {!allowed && <p className="muted">{w.floor.managerOnly}</p>}
      {asking?.kind === "close" && (
        <Sheet title={w.floor.closeDayTitle} onClose={() => setAsking(null)}>
          <p className={openTables === 0 ? "" : "warnline"}>{open}</p>
          <button type="button" className="danger big" disabled={busy} onClick={() => void go("close", {})}>
            {busy ? w.sending : w.floor.closeDay}
          </button>
        </Sheet>
      )}
      {asking?.kind === "sign" && (
        <Sheet title={w.floor.unmatchedTitle} onClose={() => setAsking(null)}>
          <UnmatchedList list={asking.unmatched} currency={context.currency} />
          <button type="button" className="danger big" disabled={busy} onClick={() => void go("close", { accept_unmatched: true })}>
            {busy ? w.sending : w.floor.signAndClose}
          </button>
        </Sheet>
      )}
    </div>
  );
}

function UnmatchedList({ list, currency }: { list: Unmatched[]; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const { tables, payments, unserved } = summarise(list);
  return (
    <ul className="unmatched">
      {tables.map((t, i) => (
        <li key={`t${i}`}>{w.floor.unmatchedTable(t.table, money(t.balance, currency))}</li>
      ))}
      {payments.map((amount, i) => (
        <li key={`p${i}`}>{w.floor.unmatchedPayment(money(amount, currency))}</li>
      ))}
      {unserved > 0 && <li>{w.floor.unmatchedUnserved(unserved)}</li>}
    </ul>
  );
}
