/** Money back: what for, how much, why; then one page that says to whom and how much before anything moves. */
import type { Id, Minor, SessionView, TenderView, Way } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords, type Words } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { money } from "../ui/labels";
import { amountText, parseAmount, typeAmount } from "./cash";
import { AmountPad } from "./CashPane";
import { refundFor, refundLines, refundTo } from "./refund";

export const refundToText = (way: Way, w: Words): string => {
  const to = refundTo(way);
  return to === "channel" ? w.till.refundTo.channel(w.ways[way]) : w.till.refundTo[to];
};

export interface RefundPaneProps {
  view: SessionView;
  tender: TenderView;
  currency: "CNY" | "USD";
  onDone: () => void;
}

export function RefundPane({ view, tender, currency, onDone }: RefundPaneProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const candidates = refundLines(view, tender);
  const [by, setBy] = useState<"lines" | "amount">(candidates.length > 0 ? "lines" : "amount");
  const [lines, setLines] = useState<ReadonlySet<Id>>(new Set());
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [slip, setSlip] = useState("");
  const [confirming, setConfirming] = useState(false);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const refund = useRef(newId());
  const dishes = candidates.filter((l) => lines.has(l.line));
  const amount = by === "lines" ? (dishes.length === 0 ? 0 : refundFor(view, tender, dishes.reduce((n, l) => n + l.amount, 0))) : parseAmount(text);
  const fits = amount > 0 && amount <= tender.refundable && reason.trim() !== "" && (tender.way !== "card" || slip.trim() !== "");
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const body = { refund: refund.current, tender: tender.tender, amount, lines: by === "lines" ? [...lines] : [], reason: reason.trim(), ...(slip.trim() === "" ? {} : { reference: slip.trim() }) };
    void send(`money:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/refunds`, body, refund.current).then((o) => {
      lock.current = false;
      setBusy(false);
      if (o.ok) return onDone();
      refund.current = newId();
      setConfirming(false);
    });
  };
  if (confirming)
    return (
      <div className="confirm">
        <h3>{w.till.refundCheck}</h3>
        <p className="confirm-to">{refundToText(tender.way, w)}</p>
        <b className="confirm-sum tnum">{money(amount, currency)}</b>
        <p>
          {reason.trim()}
          {by === "lines" && ` · ${dishes.length}`}
        </p>
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
  return (
    <div className="splits">
      <p className="muted tnum">{w.till.refundOf(money(tender.refundable, currency))}</p>
      <div className="segments">
        <button type="button" className="ghost" aria-pressed={by === "lines"} disabled={candidates.length === 0} onClick={() => setBy("lines")}>
          {w.till.byLines}
        </button>
        <button type="button" className="ghost" aria-pressed={by === "amount"} onClick={() => setBy("amount")}>
          {w.till.byAmount}
        </button>
      </div>
      {by === "lines" ? <LineList candidates={candidates} picked={lines} currency={currency} onPick={setLines} /> : <AmountEntry text={text} most={tender.refundable} currency={currency} onText={setText} />}
      <Reason reasons={w.till.refundReasons} label={w.till.refundOther} reason={reason} onReason={setReason} title={w.till.refundReason} />
      {tender.way === "card" && <input value={slip} onChange={(e) => setSlip(e.target.value)} placeholder={w.till.refundSlip} aria-label={w.till.refundSlip} maxLength={24} />}
      <button type="button" className="primary big take" disabled={!fits} onClick={() => setConfirming(true)}>
        {amount > 0 ? `${w.till.refundNext} · ${money(amount, currency)}` : w.till.refundNext}
      </button>
    </div>
  );
}

function LineList({ candidates, picked, currency, onPick }: { candidates: ReturnType<typeof refundLines>; picked: ReadonlySet<Id>; currency: "CNY" | "USD"; onPick: (s: ReadonlySet<Id>) => void }): ReactNode {
  const lang = useLang();
  const toggle = (line: Id): void => {
    const next = new Set(picked);
    if (!next.delete(line)) next.add(line);
    onPick(next);
  };
  return (
    <ul className="trows picks">
      {candidates.map((l) => (
        <li key={l.line}>
          <button type="button" className="ghost tshare" aria-pressed={picked.has(l.line)} onClick={() => toggle(l.line)}>
            <b>
              {say(l.name, lang)} <span className="tnum">×{l.quantity}</span>
            </b>
            <span className="tnum">{money(l.amount, currency)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function AmountEntry({ text, most, currency, onText }: { text: string; most: Minor; currency: "CNY" | "USD"; onText: (text: string) => void }): ReactNode {
  const w = useWords();
  const amount = parseAmount(text);
  return (
    <>
      <div className="cashrow">
        <button type="button" className="ghost" onClick={() => onText(amountText(most))}>
          {w.till.refundAll}
        </button>
        <b className={amount > most ? "cashshort tnum" : "cashtyped tnum"}>{text === "" ? "—" : money(amount, currency)}</b>
      </div>
      <AmountPad onKey={(key) => onText(typeAmount(text, key))} />
    </>
  );
}

/** Quick reasons, or one's own words. */
export function Reason({ title, reasons, label, reason, onReason }: { title: string; reasons: readonly string[]; label: string; reason: string; onReason: (r: string) => void }): ReactNode {
  return (
    <div className="why">
      <b>{title}</b>
      <div className="reasons">
        {reasons.map((r) => (
          <button key={r} type="button" className="ghost" aria-pressed={reason === r} onClick={() => onReason(r)}>
            {r}
          </button>
        ))}
      </div>
      <input value={reason} onChange={(e) => onReason(e.target.value)} placeholder={label} aria-label={label} maxLength={60} />
    </div>
  );
}
