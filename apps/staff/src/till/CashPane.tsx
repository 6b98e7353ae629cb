/** Cash: what is due, what is let go, what was handed over, what goes back. */
import type { Minor } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { ShiftBanner } from "../shift/ShiftBanner";
import { money } from "../ui/labels";
import { Pad } from "../ui/parts";
import { amountText, cashOf, parseAmount, quickAmounts, typeAmount } from "./cash";

export interface CashPaneProps {
  amount: Minor;
  tip: Minor;
  /** What the house would let go of this amount. */
  odd: Minor;
  currency: "CNY" | "USD";
  onTake: (received: Minor, roundedOff: Minor) => void;
}

export function CashPane({ amount, tip, odd, currency, onTake }: CashPaneProps): ReactNode {
  const w = useWords();
  const [text, setText] = useState("");
  const [rounds, setRounds] = useState(true);
  const letGo = rounds ? odd : 0;
  const due = amount - letGo + tip;
  const cash = cashOf(due, parseAmount(text));
  const short = text !== "" && cash.short > 0;
  return (
    <div className="cash">
      <ShiftBanner always />
      <div className="cashrow">
        <span>
          {w.till.due}
          {tip > 0 && <small className="muted"> {w.till.withTip(money(tip, currency))}</small>}
        </span>
        <b className="cashbig tnum">{money(due, currency)}</b>
      </div>
      {odd > 0 && (
        <button type="button" className="ghost round" aria-pressed={rounds} onClick={() => setRounds(!rounds)}>
          <span className={rounds ? "tick tick-on" : "tick"} aria-hidden />
          {w.till.rounding(money(odd, currency))}
        </button>
      )}
      <div className="quick">
        {quickAmounts(due).map((m, i) => (
          <button key={m} type="button" className="ghost tnum" onClick={() => setText(amountText(m))}>
            {i === 0 ? w.till.exact : money(m, currency)}
          </button>
        ))}
      </div>
      <div className="cashrow">
        <span>{w.till.received}</span>
        <b className="cashtyped tnum">{text === "" ? "—" : money(cash.received, currency)}</b>
      </div>
      <AmountPad onKey={(key) => setText((t) => typeAmount(t, key))} />
      <div className="cashrow">
        <span>{short ? "" : w.till.change}</span>
        <b className={short ? "cashshort tnum" : "cashbig tnum"}>{text === "" ? "—" : short ? w.till.short(money(cash.short, currency)) : money(cash.change, currency)}</b>
      </div>
      <button type="button" className="primary big take" disabled={text === "" || short} onClick={() => onTake(cash.received, letGo)}>
        {text === "" || short ? w.till.typeReceived : w.till.confirmCash(money(cash.received, currency), money(cash.change, currency))}
      </button>
    </div>
  );
}

export function AmountPad({ onKey }: { onKey: (key: string) => void }): ReactNode {
  const w = useWords();
  return (
    <Pad
      onDigit={onKey}
      left={
        <button type="button" onClick={() => onKey(".")}>
          .
        </button>
      }
      right={
        <button type="button" className="small" onClick={() => onKey("⌫")} aria-label={w.signIn.del}>
          ⌫
        </button>
      }
    />
  );
}
