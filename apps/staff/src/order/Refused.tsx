/** The house said no: what is different, line by line. Nothing of the draft is lost; the waiter takes it as it is now or changes it. */
import type { Menu } from "@dandan/client";
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import { acceptDifferences, isDead, type Draft } from "./draft";

export function Refused({ draft, menu, currency, change }: { draft: Draft; menu: Menu; currency: "CNY" | "USD"; change: (step: (draft: Draft) => Draft) => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { refused } = draft;
  if (refused === null) return null;
  const dishOf = (id: string): string => say(menu.dishes.find((d) => d.id === id)?.name ?? { zh: id, en: id }, lang);
  const close = (): void => change((d) => ({ ...d, refused: null }));
  const differs = refused.differences.length > 0;
  return (
    <Sheet title={differs ? w.take.differs : w.take.refused} onClose={close}>
      <p>{differs ? w.take.differsHint : refused[lang]}</p>
      <ul className="differences">
        {refused.differences.map((d) => {
          const line = draft.lines.find((l) => l.line === d.line);
          return (
            <li key={d.line} className={isDead(d.problem) ? "diff-dead" : ""}>
              <b>
                {line === undefined ? say(d.name, lang) : dishOf(line.dish)} {line !== undefined && `×${line.quantity}`}
              </b>
              <span>
                {w.take.problems[d.problem]}
                {d.left !== null && ` · ${w.take.left(d.left)}`}
              </span>
              <span className="tnum">{d.now === null ? money(d.was, currency) : w.take.wasNow(money(d.was, currency), money(d.now, currency))}</span>
            </li>
          );
        })}
        {refused.dishes.map((id) => (
          <li key={id}>
            <b>{dishOf(id)}</b>
          </li>
        ))}
      </ul>
      {differs ? (
        <div className="pbuttons">
          <button type="button" className="ghost big" onClick={close}>
            {w.take.backToEdit}
          </button>
          <button type="button" className="primary big" onClick={() => change(acceptDifferences)}>
            {w.take.acceptDiffers}
          </button>
        </div>
      ) : (
        <button type="button" className="primary big" onClick={close}>
          {w.take.backToEdit}
        </button>
      )}
    </Sheet>
  );
}
