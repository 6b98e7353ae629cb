/** What happened to a payment, step by step, in plain words; an unknown step shows its own name rather than nothing. */
import type { TimelineStep } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { clockTime } from "../ui/labels";
import { beijingDay } from "./view";

export function Timeline({ steps, utcOffsetMin }: { steps: readonly TimelineStep[]; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const names: Record<string, string | undefined> = w.money.steps;
  return (
    <ol className="timeline" aria-label={w.money.timeline}>
      {steps.map((s, i) => (
        <li key={i}>
          <time className="tnum">{`${beijingDay(s.at).slice(5)} ${clockTime(s.at, utcOffsetMin)}`}</time>
          <span>
            {names[s.what] ?? s.what}
            {s.detail !== null && s.detail !== undefined && <small className="muted"> {s.detail}</small>}
          </span>
        </li>
      ))}
    </ol>
  );
}
