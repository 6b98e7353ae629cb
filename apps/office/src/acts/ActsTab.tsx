/** What was done at a unit, by whom, the latest first. */
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { useRead } from "../net/hooks";
import { useClock, useOffice } from "../office";
import { Shown } from "../ui/parts";
import { label } from "../ui/when";
import type { Node } from "../units/tree";
import { actsIn, sentence } from "./acts";

export function ActsTab({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const { units, now } = useOffice();
  const read = useRead<unknown>(`/acts?unit=${encodeURIComponent(node.unit.id)}`);
  const { offsetMin } = useClock(node);
  return (
    <Shown read={read} utcOffsetMin={offsetMin}>
      {(answer) => {
        const acts = actsIn(answer);
        if (acts.length === 0) return <p className="empty">{w.acts.none}</p>;
        return (
          <ol className="actlist">
            {acts.map((act, i) => (
              <li key={`${act.at} ${i}`}>
                <time className="muted tnum">{label(act.at, now, offsetMin)}</time>
                <b>{act.by === "" ? w.acts.console : act.by}</b>
                <span>{sentence(act, w, offsetMin)}</span>
                {act.unit !== node.unit.id && <span className="muted">{units.find((u) => u.id === act.unit)?.name ?? ""}</span>}
              </li>
            ))}
          </ol>
        );
      }}
    </Shown>
  );
}
