/** Money typed on the page's own keys: what stands there, presets, and the pad. */
import type { Minor } from "@dandan/client";
import type { ReactNode } from "react";
import { amountText, parseAmount, typeAmount } from "../till/cash";
import { AmountPad } from "../till/CashPane";
import { money } from "../ui/labels";
import type { Currency } from "./count";

export interface AmountKeysProps {
  text: string;
  currency: Currency;
  presets: readonly { amount: Minor; label: string }[];
  onText: (text: string) => void;
}

export function AmountKeys({ text, currency, presets, onText }: AmountKeysProps): ReactNode {
  return (
    <>
      <p className="amountline cashbig tnum">{text === "" ? "—" : money(parseAmount(text), currency)}</p>
      {presets.length > 0 && (
        <div className="quick presets">
          {presets.map((p) => (
            <button key={p.label} type="button" className="ghost" aria-pressed={text !== "" && parseAmount(text) === p.amount} onClick={() => onText(amountText(p.amount))}>
              {p.label}
            </button>
          ))}
        </div>
      )}
      <AmountPad onKey={(key) => onText(typeAmount(text, key))} />
    </>
  );
}
