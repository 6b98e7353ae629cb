/** The stores of a unit side by side over a span of business days. */
import { money } from "@staff/ui/labels";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useRead } from "../net/hooks";
import { useClock, useOffice } from "../office";
import { Shown } from "../ui/parts";
import { dateOf, label } from "../ui/when";
import { storesOf, type Node } from "../units/tree";
import { COLUMNS, PERIODS, bar, isEmpty, isMoney, isSpan, rowsIn, sorted, spanOf, totalOf, valueOf, type Column, type Period, type Sorting } from "./compare";

const EVERY_MS = 30_000;

export function CompareTab({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const { now } = useOffice();
  const { offsetMin } = useClock(node);
  const today = dateOf(now, offsetMin);
  const [period, setPeriod] = useState<Period>("today");
  const [own, setOwn] = useState(() => spanOf("week", today));
  const span = period === "own" ? own : spanOf(period, today);
  if (storesOf(node).length === 0) return <p className="empty">{w.compare.none}</p>;
  return (
    <>
      <div className="periods">
        <div className="choice" role="group" aria-label={w.compare.period}>
          {PERIODS.map((p) => (
            <button key={p} type="button" className="ghost" aria-pressed={p === period} onClick={() => setPeriod(p)}>
              {w.compare.periods[p]}
            </button>
          ))}
        </div>
        {period === "own" ? (
          <div className="spans">
            <input type="date" value={own.from} max={today} onChange={(e) => setOwn({ ...own, from: e.target.value })} aria-label={w.compare.from} />
            <span aria-hidden>–</span>
            <input type="date" value={own.to} max={today} onChange={(e) => setOwn({ ...own, to: e.target.value })} aria-label={w.compare.to} />
          </div>
        ) : (
          <span className="muted tnum">{span.from === span.to ? span.from : `${span.from} – ${span.to}`}</span>
        )}
      </div>
      {isSpan(span) ? (
        <Figures key={`${span.from} ${span.to}`} node={node} path={`/units/${node.unit.id}/compare?from=${span.from}&to=${span.to}`} offsetMin={offsetMin} />
      ) : (
        <p className="warnline" role="alert">
          {w.compare.badPeriod}
        </p>
      )}
    </>
  );
}

function Figures({ node, path, offsetMin }: { node: Node; path: string; offsetMin: number }): ReactNode {
  const read = useRead<unknown>(path, EVERY_MS);
  return (
    <Shown read={read} utcOffsetMin={offsetMin}>
      {(answer) => <Table answer={answer} node={node} offsetMin={offsetMin} />}
    </Shown>
  );
}

function Table({ answer, node, offsetMin }: { answer: unknown; node: Node; offsetMin: number }): ReactNode {
  const w = useWords();
  const { now } = useOffice();
  const [sorting, setSorting] = useState<Sorting>({ by: "net", down: true });
  const names = new Map(storesOf(node).flatMap((unit) => (unit.store == null ? [] : [[unit.store, unit.name] as const])));
  const rows = rowsIn(answer, [...names.keys()]);
  const behind = rows.filter((row) => row.behind || row.asOf === null).length;
  const largest = Math.max(0, ...rows.map((row) => row.figures.net));
  const total = totalOf(rows);
  const shown = (value: number | null, column: Column): string => (value === null ? "–" : isMoney(column) ? money(value, "CNY") : value.toLocaleString("en-US"));
  const head = (by: Sorting["by"], text: string): ReactNode => (
    <th key={by} scope="col" aria-sort={sorting.by === by ? (sorting.down ? "descending" : "ascending") : undefined} className={by === "name" ? "" : "num"}>
      <button type="button" aria-label={w.compare.sortBy(text)} onClick={() => setSorting({ by, down: sorting.by === by ? !sorting.down : by !== "name" })}>
        {text}
        <span aria-hidden>{sorting.by === by ? (sorting.down ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
  if (rows.length === 0) return <p className="empty">{w.compare.none}</p>;
  return (
    <>
      {behind > 0 && <p className="warnline">{w.compare.missing(behind)}</p>}
      <div className="scroll">
        <table className="compare">
          <thead>
            <tr>
              {head("name", w.compare.store)}
              {COLUMNS.map((column) => head(column, w.compare.figures[column]))}
            </tr>
          </thead>
          <tbody>
            {sorted(rows, names, sorting).map((row) => (
              <tr key={row.store} className={isEmpty(row) ? "quiet" : ""}>
                <th scope="row">
                  {names.get(row.store) ?? row.store}
                  <small className="muted tnum">{row.asOf === null ? w.compare.noData : `${w.compare.asOf} ${label(row.asOf, now, offsetMin)}`}</small>
                  {row.behind && <span className="tone tone-wait">{w.compare.behind}</span>}
                </th>
                {COLUMNS.map((column) => (
                  <td key={column} className={column === "net" ? "num barred" : "num"}>
                    {shown(valueOf(row.figures, column), column)}
                    {column === "net" && <i className="barline" style={{ width: `${bar(row.figures.net, largest)}%` }} aria-hidden />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {rows.length > 1 && (
            <tfoot>
              <tr>
                <th scope="row">{w.compare.total}</th>
                {COLUMNS.map((column) => (
                  <td key={column} className="num">
                    {shown(valueOf(total, column), column)}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
      <p className="muted small">{w.compare.asOfHint}</p>
    </>
  );
}
