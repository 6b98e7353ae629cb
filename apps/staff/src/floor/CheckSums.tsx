/** What the party owes and what that is made of. */
import type { SessionView } from "@dandan/client";
import type { ReactNode } from "react";
import { discountWords } from "../approve/Waiting";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { sumRows } from "./lines";

export function CheckSums({ check, currency }: { check: SessionView["check"]; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  return (
    <dl className="csums tnum">
      {sumRows(check).map((r) => (
        <div key={r.kind} className={`csum csum-${r.kind}`}>
          <dt>
            {w.lines.sums[r.kind]}
            {r.kind === "discount" && check.discounted !== null && <small> {discountWords(check.discounted, w, currency)}</small>}
          </dt>
          <dd>{r.waived ? w.lines.waived : money(r.amount, currency)}</dd>
        </div>
      ))}
      <div className="csum csum-due">
        <dt>{w.floor.due}</dt>
        <dd>{money(Math.max(0, check.due), currency)}</dd>
      </div>
    </dl>
  );
}
