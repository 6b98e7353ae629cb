/** Cash: what is due, what was handed over, what goes back. One tender id from the first press to the answer. */
import type { Id, Minor } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { problemText, useApi, usePending } from "../net/hooks";
import { isUndelivered } from "../net/outbox";
import { money } from "../ui/labels";
import { Pad, Sheet, Warn } from "../ui/parts";
import { forgetTender, keepTender, keptTender, type Tender } from "./tender";
import { amountText, cashOf, parseAmount, quickAmounts, typeAmount, type Due } from "./view";

type Stage = { kind: "typing" } | { kind: "sending"; tender: Tender } | { kind: "done"; tender: Tender; change: Minor } | { kind: "refused"; text: string };

export function CashSheet({ session, title, due, currency, onClose }: { session: Id; title: string; due: Due; currency: "CNY" | "USD"; onClose: () => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const pending = usePending();
  const [text, setText] = useState("");
  const [stage, setStage] = useState<Stage>({ kind: "typing" });
  // The sum on screen is fixed when the sheet opens; a later change is the server's to refuse.
  const [owed] = useState(due);
  const lock = useRef(false);

  const send = (tender: Tender): void => {
    if (lock.current) return;
    lock.current = true;
    setStage({ kind: "sending", tender });
    void api.outbox.send<{ change: Minor }>(`cash:${session}`, `/sessions/${encodeURIComponent(session)}/cash`, tender, tender.tender).then((o) => {
      lock.current = false;
      forgetTender(session);
      setStage(o.ok ? { kind: "done", tender, change: o.value.change } : { kind: "refused", text: problemText(o.problem) });
    });
  };

  // A tender whose answer never came (reload, power) is asked again with its own id before anything new is taken.
  useEffect(() => {
    const kept = keptTender(session);
    if (kept !== null) send(kept);
    // Only when the sheet opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const cash = cashOf(owed.amount, parseAmount(text));
  switch (stage.kind) {
    case "sending": {
      const late = pending.some((p) => p.key === stage.tender.tender && isUndelivered(p, performance.now()));
      return (
        <Sheet title={title} onClose={onClose}>
          <p className="cashbig tnum">{money(stage.tender.amount, currency)}</p>
          <p className={late ? "warnline" : "muted"}>{late ? w.floor.cashPending : w.sending}</p>
        </Sheet>
      );
    }
    case "done":
      return (
        <Sheet title={w.floor.cashDone} onClose={onClose}>
          <p className="muted tnum">
            {w.floor.received} {money(stage.tender.received, currency)} · {w.floor.due} {money(stage.tender.amount, currency)}
          </p>
          <p className="givechange">
            {stage.change > 0 ? w.floor.giveChange : w.floor.noChange}
            {stage.change > 0 && <b className="tnum">{money(stage.change, currency)}</b>}
          </p>
          <button type="button" className="primary big" onClick={onClose}>
            {w.floor.done}
          </button>
        </Sheet>
      );
    case "refused":
      return (
        <Sheet title={w.floor.cashFailed} onClose={onClose}>
          <p className="warnline">
            <Warn /> {stage.text}
          </p>
          <button type="button" className="big" onClick={onClose}>
            {w.back}
          </button>
        </Sheet>
      );
    case "typing":
      return (
        <Sheet title={title} onClose={onClose}>
          <div className="cashrow">
            <span>{w.floor.due}</span>
            <b className="cashbig tnum">{money(owed.amount, currency)}</b>
          </div>
          <div className="quick">
            {quickAmounts(owed.amount).map((m, i) => (
              <button key={m} type="button" className="ghost tnum" onClick={() => setText(amountText(m))}>
                {i === 0 ? w.floor.exact : money(m, currency)}
              </button>
            ))}
          </div>
          <div className="cashrow">
            <span>{w.floor.received}</span>
            <b className="cashtyped tnum">{text === "" ? "—" : money(cash.received, currency)}</b>
          </div>
          <Pad
            onDigit={(d) => setText((t) => typeAmount(t, d))}
            left={
              <button type="button" onClick={() => setText((t) => typeAmount(t, "."))}>
                .
              </button>
            }
            right={
              <button type="button" className="small" onClick={() => setText((t) => typeAmount(t, "⌫"))} aria-label={w.signIn.del}>
                ⌫
              </button>
            }
          />
          <div className="cashrow">
            <span>{text !== "" && cash.short > 0 ? "" : w.floor.change}</span>
            <b className={text !== "" && cash.short > 0 ? "cashshort tnum" : "cashbig tnum"}>{text === "" ? "—" : cash.short > 0 ? w.floor.short(money(cash.short, currency)) : money(cash.change, currency)}</b>
          </div>
          <button type="button" className="primary big" disabled={text === "" || cash.short > 0 || owed.amount <= 0} onClick={() => send(keepTender(session, owed, cash.received))}>
            {text === "" || cash.short > 0 ? w.floor.takeCash : w.floor.confirmCash(money(cash.received, currency), money(cash.change, currency))}
          </button>
        </Sheet>
      );
  }
}
