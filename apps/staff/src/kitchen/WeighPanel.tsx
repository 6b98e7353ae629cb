/** The real weight of a weighed dish (称重): ordered by an estimate, billed by what the scale says. */
import { useState, type ReactNode } from "react";
import { useLang, useWords } from "../i18n";
import { Pad } from "../ui/parts";
import { itemName } from "./board";
import type { TicketItem } from "./types";

/** The server's own limits. Units: grams. */
const LEAST = 10;
const MOST = 50_000;

export const isWeight = (grams: number): boolean => Number.isInteger(grams) && grams >= LEAST && grams <= MOST;

export function WeighPanel({ item, title, onGo, onClose }: { item: TicketItem; title: string; onGo: (grams: number) => void; onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [digits, setDigits] = useState("");
  const grams = Number(digits === "" ? "0" : digits);
  return (
    <aside className="side side-recall" aria-label={w.ticket.weigh}>
      <h2>
        <span>
          {title} · {w.ticket.weighTitle(itemName(item, lang))}
        </span>
        <button type="button" className="ghost" onClick={onClose}>
          {w.cancel}
        </button>
      </h2>
      {item.weight_g !== null && <p className="muted">{w.ticket.weighHint(item.weight_g)}</p>}
      <p className="weigh-read tnum" role="status">
        {digits === "" ? "0" : digits} <small>{w.ticket.grams}</small>
      </p>
      <Pad
        onDigit={(d) => setDigits((old) => (old.length >= 5 ? old : `${old}${d}`.replace(/^0+/, "")))}
        left={
          <button type="button" className="small" onClick={() => setDigits("")}>
            {w.floor.clear}
          </button>
        }
        right={
          <button type="button" className="small" onClick={() => setDigits((old) => old.slice(0, -1))} aria-label={w.signIn.del}>
            ⌫
          </button>
        }
      />
      {digits !== "" && !isWeight(grams) && <p className="muted">{w.ticket.weighRange}</p>}
      <button type="button" className="primary weigh-go" disabled={!isWeight(grams)} onClick={() => onGo(grams)}>
        {w.ticket.weighGo(grams)}
      </button>
    </aside>
  );
}
