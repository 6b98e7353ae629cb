/** Opens a shift with what is in the drawer now. */
import type { Minor, ShiftView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { parseAmount } from "../till/cash";
import { money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import { floatPresets, type Currency } from "./count";
import { AmountKeys } from "./Keys";
import "./shift.css";

export function OpenSheet({ currency, last, onClose }: { currency: Currency; last: Minor | null; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  // One id for this visit: a second press or a retry opens the same shift.
  const shift = useRef(newId());
  const float = parseAmount(text);
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send<ShiftView>("shift", "/shifts", { shift: shift.current, float }, shift.current, w.shift.openTitle).then((o) => {
      lock.current = false;
      setBusy(false);
      shift.current = newId();
      if (o.ok) onClose();
    });
  };
  const presets = floatPresets(last).map((amount) => ({ amount, label: amount === last ? w.shift.lastFloat(money(amount, currency)) : money(amount, currency) }));
  return (
    <Sheet title={w.shift.openTitle} onClose={onClose}>
      <p className="muted">{w.shift.openHint}</p>
      <AmountKeys text={text} currency={currency} presets={presets} onText={setText} />
      <button type="button" className="primary big" disabled={busy || text === ""} onClick={go}>
        {busy ? w.sending : text === "" ? w.shift.openHint : w.shift.openGo(money(float, currency))}
      </button>
    </Sheet>
  );
}
