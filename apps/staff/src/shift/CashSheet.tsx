/** Cash into the drawer or out of it, other than for a sale: how much, and why. */
import type { Id } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useGuarded } from "../approve/useGuarded";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { parseAmount } from "../till/cash";
import { Reason } from "../till/RefundPane";
import { money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import type { Currency } from "./count";
import { AmountKeys } from "./Keys";
import { shiftPath } from "./shifts";

export interface CashSheetProps {
  shift: Id;
  direction: "in" | "out";
  currency: Currency;
  onDone: () => void;
}

export function CashSheet({ shift, direction, currency, onDone }: CashSheetProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const guarded = useGuarded();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const entry = useRef(newId());
  const amount = parseAmount(text);
  const label = (direction === "in" ? w.shift.inGo : w.shift.outGo)(money(amount, currency));
  const go = async (): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const done = await act();
    lock.current = false;
    setBusy(false);
    // Whatever came of it, the next press is another move.
    entry.current = newId();
    if (done) onDone();
  };
  const act = async (): Promise<boolean> => {
    const path = shiftPath(shift, "cash");
    const body = { entry: entry.current, direction, amount, reason: reason.trim() };
    if (direction === "in") return (await send(`shift:${shift}`, path, body, entry.current, label)).ok;
    const how = await guarded.ask({ lane: `shift:${shift}`, path, body, act: { act: "cash_out", shift, entry: entry.current, amount }, what: label });
    return how !== "given_up";
  };
  return (
    <>
      <Sheet title={direction === "in" ? w.shift.cashIn : w.shift.cashOut} onClose={onDone}>
        {direction === "out" && <p className="muted">{w.shift.outHint}</p>}
        <AmountKeys text={text} currency={currency} presets={[]} onText={setText} />
        <Reason title={w.table.reasonTitle} reasons={direction === "in" ? w.shift.inReasons : w.shift.outReasons} label={w.table.reasonOther} reason={reason} onReason={setReason} />
        <button type="button" className={direction === "in" ? "primary big" : "danger big"} disabled={busy || amount <= 0 || reason.trim() === ""} onClick={() => void go()}>
          {busy ? w.sending : amount > 0 ? label : w.shift.amount}
        </button>
      </Sheet>
      {guarded.sheet}
    </>
  );
}
