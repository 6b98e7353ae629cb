/** What happened to a payment, step by step, in plain words; an unknown step shows its own name rather than nothing. */
import type { TimelineStep } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { clockTime, money } from "../ui/labels";
import { beijingDay, detailText } from "./view";

export function Timeline({ steps, currency, utcOffsetMin }: { steps: readonly TimelineStep[]; currency: "CNY" | "USD"; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const names: Record<string, string | undefined> = w.money.steps;
  return (
    <ol className="timeline" aria-label={w.money.timeline}>
      {steps.map((s, i) => (
        <li key={i}>
          <time className="tnum">{`${beijingDay(s.at).slice(5)} ${clockTime(s.at, utcOffsetMin)}`}</time>
          <span>
            {names[s.what] ?? s.what}
            {s.detail !== null && <small className="muted"> {detailText(s.detail, (m) => w.money.seenAmount(money(m, currency)))}</small>}
          </span>
        </li>
      ))}
    </ol>
  );
}
