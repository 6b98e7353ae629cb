/** The check of a party that left, or still sits: what came and went, refunds, and opening it again (反结账). */
import type { Id, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { Bill } from "../till/Bill";
import { Reason, RefundPane } from "../till/RefundPane";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { useAsked } from "./useAsked";

interface Shown {
  session: Id;
  context: FloorContext;
  reload: () => void;
}

export function PartySheet({ onClose, ...shown }: Shown & { onClose: () => void }): ReactNode {
  const w = useWords();
  return (
    <Sheet title={w.till.bill} onClose={onClose} wide>
      <PartyMoney {...shown} tender={null} />
    </Sheet>
  );
}

/** `tender` shows only that payment's refund; null shows the whole check. */
export function PartyMoney({ session, tender, context, reload }: Shown & { tender: Id | null }): ReactNode {
  const w = useWords();
  const asked = useAsked<SessionView>(`/sessions/${encodeURIComponent(session)}`);
  const [refunding, setRefunding] = useState<Id | null>(null);
  const [reopening, setReopening] = useState(false);
  const view = asked.value;
  if (view === null) return asked.failed ? <p className="muted">{w.money.failedLoad}</p> : <p className="muted">{w.loading}</p>;
  const again = (): void => {
    asked.reload();
    reload();
  };
  const picked = view.check.tenders.find((t) => t.tender === refunding);
  if (picked !== undefined) return <RefundPane view={view} tender={picked} currency={context.currency} onDone={() => { setRefunding(null); again(); }} />;
  if (reopening) return <Reopen view={view} onDone={() => { setReopening(false); again(); }} onBack={() => setReopening(false)} />;
  const only = view.check.tenders.find((t) => t.tender === tender);
  const refunds = may(context.role, "refund");
  return (
    <>
      {tender === null && <Bill view={view} currency={context.currency} utcOffsetMin={context.utcOffsetMin} payable={{ kind: "check" }} onShare={null} onRefund={refunds ? (t) => setRefunding(t.tender) : null} />}
      <div className="tbuttons">
        {only !== undefined && only.refundable > 0 && (
          <button type="button" className="ghost" disabled={!refunds} onClick={() => setRefunding(only.tender)}>
            {w.till.refund}
            {!refunds && <small> · {w.till.refundRight}</small>}
          </button>
        )}
        {view.state === "closed" && (
          <button type="button" className="ghost reopen" disabled={!may(context.role, "correct")} onClick={() => setReopening(true)}>
            {w.money.reopen}
            {!may(context.role, "correct") && <small> · {w.money.managerOnly}</small>}
          </button>
        )}
      </div>
    </>
  );
}

function Reopen({ view, onDone, onBack }: { view: SessionView; onDone: () => void; onBack: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`money:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/reopen`, { reason: reason.trim() }).then((o) => {
      lock.current = false;
      setBusy(false);
      if (!o.ok) return;
      notify(w.money.reopened(view.table.name), 4000, true);
      onDone();
    });
  };
  return (
    <div className="splits">
      <h3>{w.money.reopenTitle}</h3>
      <p className="muted">{w.money.reopenHint}</p>
      <Reason title={w.till.refundReason} reasons={w.money.reopenReasons} label={w.till.refundOther} reason={reason} onReason={setReason} />
      <div className="tbuttons">
        <button type="button" className="ghost" disabled={busy} onClick={onBack}>
          {w.back}
        </button>
        <button type="button" className="danger take" disabled={busy || reason.trim() === ""} onClick={go}>
          {busy ? w.sending : w.money.reopenGo}
        </button>
      </div>
    </div>
  );
}
