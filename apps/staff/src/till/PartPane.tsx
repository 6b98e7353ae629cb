/** How much of what is due is paid this time. */
import type { Minor } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { parseAmount, typeAmount } from "./cash";
import { AmountPad } from "./CashPane";

export function PartPane({ due, currency, onPart }: { due: Minor; currency: "CNY" | "USD"; onPart: (amount: Minor | null) => void }): ReactNode {
  const w = useWords();
  const [text, setText] = useState("");
  const amount = parseAmount(text);
  const fits = amount > 0 && amount < due;
  return (
    <div className="cash">
      <div className="cashrow">
        <span>{w.till.due}</span>
        <b className="cashbig tnum">{money(due, currency)}</b>
      </div>
      <div className="cashrow">
        <span>{w.till.partTitle}</span>
        <b className={amount > due ? "cashshort tnum" : "cashtyped tnum"}>{text === "" ? "—" : money(amount, currency)}</b>
      </div>
      <AmountPad onKey={(key) => setText((t) => typeAmount(t, key))} />
      <p className="muted tnum">{fits ? w.till.partRest(money(due - amount, currency)) : "\u00a0"}</p>
      <div className="tbuttons">
        <button type="button" className="ghost" onClick={() => onPart(null)}>
          {w.till.partAll}
        </button>
        <button type="button" className="primary take" disabled={!fits} onClick={() => onPart(amount)}>
          {fits ? w.till.partSet(money(amount, currency)) : w.till.partTitle}
        </button>
      </div>
    </div>
  );
}
