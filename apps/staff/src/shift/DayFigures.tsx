/** The figures of a business day, so far or closed. */
import type { DaySummary } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { overOf, type Currency } from "./count";
import { Rows, Ways, type FigureRow } from "./Figures";

export function DayFigures({ sum, currency }: { sum: DaySummary; currency: Currency }): ReactNode {
  const w = useWords();
  const m = (n: number): string => money(n, currency);
  const some = (name: string, n: number, value = m(n)): FigureRow[] => (n === 0 ? [] : [{ name, value }]);
  const counted = (n: number, times: number): string => `${m(n)} · ${w.shift.times(times)}`;
  const over = overOf(sum.over);
  const rows: FigureRow[] = [
    { name: w.day.net, value: m(sum.net), loud: true },
    { name: w.day.gross, value: m(sum.gross) },
    ...some(w.day.comps, sum.comps, counted(sum.comps, sum.comp_count)),
    ...some(w.day.discounts, sum.discounts),
    ...some(w.day.fees, sum.fees),
    ...some(w.day.voids, sum.voids, counted(sum.voids, sum.void_count)),
    ...some(w.day.remakes, sum.remakes, w.shift.times(sum.remakes)),
    ...some(w.day.allowances, sum.allowances),
    ...some(w.day.roundedOff, sum.rounded_off),
    ...some(w.day.tips, sum.tips),
    ...some(w.day.owed, sum.owed),
    { name: w.day.over, value: over.kind === "even" ? w.shift.even : over.kind === "over" ? w.shift.over(m(over.by)) : w.shift.short(m(over.by)) },
  ];
  return (
    <>
      <ul className="daycounts">
        <Count n={sum.parties} name={w.day.parties} />
        <Count n={sum.covers} name={w.day.covers} />
        <Count n={sum.orders} name={w.day.orders} />
        <Count n={sum.dishes} name={w.day.dishes} />
        {sum.covers > 0 && <Count n={m(Math.round(sum.net / sum.covers))} name={w.day.perCover} />}
      </ul>
      <Rows rows={rows} />
      <h3>{w.day.ways}</h3>
      <Ways taken={sum.taken} back={sum.given_back} currency={currency} />
    </>
  );
}

function Count({ n, name }: { n: number | string; name: string }): ReactNode {
  return (
    <li>
      <b className="tnum">{n}</b>
      <span>{name}</span>
    </li>
  );
}
