/** One payment of a channel: its numbers and timeline, and its refund: at its check while that is known, else straight to the payer. */
import type { PaymentRow } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { parseAmount } from "../till/cash";
import { AmountEntry, Reason, refundToText } from "../till/RefundPane";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { PartyMoney } from "./PartySheet";
import { Timeline } from "./Timeline";

export function PaymentSheet({ row, context, reload, onClose }: { row: PaymentRow; context: FloorContext; reload: () => void; onClose: () => void }): ReactNode {
  const w = useWords();
  const [refunding, setRefunding] = useState(false);
  return (
    <Sheet title={`${row.table ?? w.money.gone} · ${w.ways[row.way]}`} onClose={onClose} wide>
      <p className="case-head">
        <b className="cashbig tnum">{money(row.amount, context.currency)}</b>
        <span className="chip">{w.money.rowStates[row.state]}</span>
        {row.refunded > 0 && <span className="chip chip-warn">{w.money.refunded(money(row.refunded, context.currency))}</span>}
      </p>
      {refunding ? (
        <RefundRow row={row} currency={context.currency} onDone={() => { setRefunding(false); reload(); }} />
      ) : row.table !== null ? (
        <PartyMoney session={row.session} tender={row.attempt} context={context} reload={reload} />
      ) : (
        row.refundable > 0 && (
          <button type="button" className="ghost big" disabled={!may(context.role, "correct")} onClick={() => setRefunding(true)}>
            {w.money.refundRow}
            {!may(context.role, "correct") && <small> · {w.money.managerOnly}</small>}
          </button>
        )
      )}
      <h3>{w.money.timeline}</h3>
      <Timeline steps={row.timeline} currency={context.currency} utcOffsetMin={context.utcOffsetMin} />
      <p className="muted case-number">
        {w.money.ourNumber} {row.attempt}
        {row.channel_txn !== null && (
          <>
            <br />
            {w.money.channelTxn} {row.channel_txn}
          </>
        )}
      </p>
    </Sheet>
  );
}

function RefundRow({ row, currency, onDone }: { row: PaymentRow; currency: "CNY" | "USD"; onDone: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [confirming, setConfirming] = useState(false);
  const [busy, setBusy] = useState(false);
  const refund = useRef(newId());
  const lock = useRef(false);
  const amount = parseAmount(text);
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`pay:${row.attempt}`, `/money/payments/${encodeURIComponent(row.attempt)}/refund`, { refund: refund.current, amount, reason: reason.trim() }, refund.current).then((o) => {
      lock.current = false;
      setBusy(false);
      if (!o.ok) {
        refund.current = newId();
        return setConfirming(false);
      }
      notify(w.till.refundDone, 3000, true);
      onDone();
    });
  };
  if (!confirming)
    return (
      <div className="splits">
        <p className="muted tnum">{w.till.refundOf(money(row.refundable, currency))}</p>
        <AmountEntry text={text} most={row.refundable} currency={currency} onText={setText} />
        <Reason title={w.till.refundReason} reasons={w.till.refundReasons} label={w.till.refundOther} reason={reason} onReason={setReason} />
        <button type="button" className="primary big take" disabled={amount <= 0 || amount > row.refundable || reason.trim() === ""} onClick={() => setConfirming(true)}>
          {w.till.refundNext}
        </button>
      </div>
    );
  return (
    <div className="confirm">
      <h3>{w.till.refundCheck}</h3>
      <p className="confirm-to">{refundToText(row.way, w)}</p>
      <b className="confirm-sum tnum">{money(amount, currency)}</b>
      <p>{reason.trim()}</p>
      <div className="tbuttons">
        <button type="button" className="ghost" disabled={busy} onClick={() => setConfirming(false)}>
          {w.back}
        </button>
        <button type="button" className="danger take" disabled={busy} onClick={go}>
          {busy ? w.sending : w.till.refundGo(money(amount, currency))}
        </button>
      </div>
    </div>
  );
}
