/** The figures of a shift or a day: rows of words and sums, and the money by way of paying. */
import type { WaySum } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { overOf, type Currency } from "./count";

export interface FigureRow {
  name: string;
  value: string;
  /** A part of the row above. */
  part?: boolean;
  loud?: boolean;
}

export function Rows({ rows }: { rows: readonly FigureRow[] }): ReactNode {
  return (
    <dl className="figures">
      {rows.map((r) => (
        <div key={r.name} className={`${r.part === true ? "figure-part" : ""}${r.loud === true ? " figure-loud" : ""}`}>
          <dt>{r.name}</dt>
          <dd className="tnum">{r.value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Ways({ taken, back, currency }: { taken: readonly WaySum[]; back: readonly WaySum[]; currency: Currency }): ReactNode {
  const w = useWords();
  const ways = [...new Set([...taken, ...back].map((s) => s.way))];
  if (ways.length === 0) return <p className="muted">{w.shift.nothingTaken}</p>;
  return (
    <table className="wayrows">
      <tbody>
        {ways.map((way) => {
          const came = taken.find((s) => s.way === way);
          const went = back.find((s) => s.way === way);
          return (
            <tr key={way}>
              <th scope="row">
                {w.ways[way]} {came !== undefined && <small className="muted tnum">{w.shift.times(came.count)}</small>}
              </th>
              <td className="tnum wayback">{went === undefined ? "" : `${w.shift.back} ${money(went.amount, currency)}`}</td>
              <td className="tnum">
                <b>{money(came?.amount ?? 0, currency)}</b>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Over, short or exact: a word and a sign, not the colour alone. */
export function OverNote({ over, currency }: { over: number; currency: Currency }): ReactNode {
  const w = useWords();
  const how = overOf(over);
  if (how.kind === "even") return <p className="over over-even">✓ {w.shift.even}</p>;
  return <p className={`over over-${how.kind} tnum`}>{how.kind === "over" ? `＋ ${w.shift.over(money(how.by, currency))}` : `－ ${w.shift.short(money(how.by, currency))}`}</p>;
}
