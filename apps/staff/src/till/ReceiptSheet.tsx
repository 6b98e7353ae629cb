/**
 * A guest's receipt (回执) while the house is cut off: a scanner types it into the field, or the camera reads it. The house checks the
 * cloud's signature itself, so nothing outside is needed.
 */
import type { ReceiptAnswer } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords, type Words } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { money } from "../ui/labels";
import { Sheet, Warn } from "../ui/parts";
import { hasCamera, useCamera } from "../ui/useCamera";
import { looksLikeReceipt, receiptText, receiptTone } from "./receipt";
import "./receipt.css";

type Told = { kind: "answer"; answer: ReceiptAnswer } | { kind: "refused"; text: string };

export function ReceiptSheet({ currency, onTaken, onClose }: { currency: "CNY" | "USD"; onTaken?: () => void; onClose: () => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const field = useRef<HTMLInputElement>(null);
  const busy = useRef(false);
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [told, setTold] = useState<Told | null>(null);
  const [filming, setFilming] = useState(false);
  // Back to the scanner's field after every answer: a disabled field takes no focus, so only once it has been drawn again.
  useEffect(() => {
    if (!sending && !filming) field.current?.focus();
  }, [sending, filming]);
  const take = (typed: string): void => {
    const said = receiptText(typed);
    if (busy.current || said === "") return;
    setFilming(false);
    setText("");
    if (!looksLikeReceipt(said)) return setTold({ kind: "refused", text: w.till.receiptOther });
    busy.current = true;
    setSending(true);
    setTold(null);
    void api.outbox.send<ReceiptAnswer>("receipts", "/till/receipts", { text: said }).then((o) => {
      busy.current = false;
      setSending(false);
      setTold(o.ok ? { kind: "answer", answer: o.value } : { kind: "refused", text: problemText(o.problem) });
      if (o.ok) onTaken?.();
    });
  };
  const picture = useCamera(filming, take, () => {
    setFilming(false);
    setTold({ kind: "refused", text: w.till.receiptNoCamera });
  });
  return (
    <Sheet title={w.till.receiptTitle} onClose={onClose} wide>
      <p className="muted">{w.till.receiptHint}</p>
      <form className="receipt-form" onSubmit={(e) => { e.preventDefault(); take(text); }}>
        <input ref={field} className="receipt-text" value={text} onChange={(e) => setText(e.target.value)} disabled={sending} placeholder={w.till.receiptField} aria-label={w.till.receiptField}
          autoComplete="off" autoCapitalize="off" autoCorrect="off" spellCheck={false} inputMode="text" maxLength={1000} />
        <button type="submit" className="primary big" disabled={sending || text.trim() === ""}>
          {sending ? w.sending : w.till.receiptGo}
        </button>
      </form>
      {hasCamera() && (
        <button type="button" className="ghost big" aria-pressed={filming} disabled={sending} onClick={() => setFilming(!filming)}>
          {filming ? w.till.receiptCameraStop : w.till.receiptCamera}
        </button>
      )}
      {filming && <video ref={picture} className="receipt-picture" muted playsInline aria-label={w.till.receiptCamera} />}
      <div role="status" aria-live="assertive">
        {told !== null && <Result told={told} currency={currency} w={w} />}
      </div>
    </Sheet>
  );
}

function Result({ told, currency, w }: { told: Told; currency: "CNY" | "USD"; w: Words }): ReactNode {
  if (told.kind === "refused")
    return (
      <div className="receipt-told receipt-bad">
        <b>
          <Warn /> {w.till.receiptRefused}
        </b>
        <span>{told.text}</span>
      </div>
    );
  const { outcome, amount, channel, table } = told.answer;
  const where = table === null ? w.channels[channel] : `${table} · ${w.channels[channel]}`;
  return (
    <div className={`receipt-told receipt-${receiptTone[outcome]}`}>
      <b>{w.till.receiptOutcomes[outcome]}</b>
      <span className="receipt-sum tnum">{money(amount, currency)}</span>
      <span>{where}</span>
      <span>{w.till.receiptNext[outcome]}</span>
    </div>
  );
}
