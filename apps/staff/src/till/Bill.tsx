/** The left side of the till: what is owed and why, what came, what went back. */
import type { RefundView, SessionView, ShareView, TenderView } from "@dandan/client";
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { clockTime, money } from "../ui/labels";
import { shareState, type Payable } from "./payable";

export interface BillProps {
  view: SessionView;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
  payable: Payable;
  /** Null where something is under way or the check is not split. */
  onShare: ((share: ShareView) => void) | null;
  onRefund: ((tender: TenderView) => void) | null;
  children?: ReactNode;
}

export function Bill({ view, currency, utcOffsetMin, payable, onShare, onRefund, children }: BillProps): ReactNode {
  const w = useWords();
  const { check } = view;
  const eaten = check.total + check.allowance - check.service_charge;
  return (
    <section className="tbill" aria-label={w.till.bill}>
      <dl className="tsums tnum">
        {eaten !== check.total && <Sum name={w.till.dishes} amount={money(eaten, currency)} />}
        {check.service_charge !== 0 && <Sum name={w.till.serviceCharge} amount={money(check.service_charge, currency)} />}
        {check.allowance !== 0 && <Sum name={w.till.allowance} amount={money(-check.allowance, currency)} />}
        <Sum name={w.till.total} amount={money(check.total, currency)} />
        {check.paid !== 0 && <Sum name={w.till.paid} amount={money(-check.paid, currency)} />}
        <div className={check.due > 0 ? "tdue" : "tdue tdue-none"}>
          <dt>{check.due < 0 ? w.till.overpaid : w.till.due}</dt>
          <dd>{money(Math.abs(check.due), currency)}</dd>
        </div>
      </dl>
      {check.shares.length > 0 && (
        <>
          <h3>{w.till.shares}</h3>
          <ul className="trows">
            {check.shares.map((s) => (
              <Share key={s.share} share={s} currency={currency} picked={payable.kind === "share" && payable.share === s.share} onPick={onShare} />
            ))}
          </ul>
        </>
      )}
      {children}
      {check.tenders.length > 0 && (
        <>
          <h3>{w.till.tenders}</h3>
          <ul className="trows">
            {check.tenders.map((t) => (
              <Tender key={t.tender} tender={t} currency={currency} utcOffsetMin={utcOffsetMin} onRefund={onRefund} />
            ))}
          </ul>
        </>
      )}
      {check.refunds.length > 0 && (
        <>
          <h3>{w.till.refunds}</h3>
          <ul className="trows">
            {check.refunds.map((r) => (
              <Refund key={r.refund} refund={r} currency={currency} />
            ))}
          </ul>
        </>
      )}
      <Lines view={view} currency={currency} />
    </section>
  );
}

function Sum({ name, amount }: { name: string; amount: string }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{amount}</dd>
    </div>
  );
}

function Share({ share, currency, picked, onPick }: { share: ShareView; currency: "CNY" | "USD"; picked: boolean; onPick: ((s: ShareView) => void) | null }): ReactNode {
  const w = useWords();
  const state = shareState(share);
  return (
    <li>
      <button type="button" className={`ghost tshare tshare-${state}`} aria-pressed={picked && state !== "paid"} disabled={onPick === null || state === "paid"} onClick={() => onPick?.(share)}>
        <b>{share.name}</b>
        <span className="chip">{w.till.shareStates[state]}</span>
        <span className="tnum">{money(state === "part" ? share.unpaid : share.amount, currency)}</span>
      </button>
    </li>
  );
}

function Tender({ tender, currency, utcOffsetMin, onRefund }: { tender: TenderView; currency: "CNY" | "USD"; utcOffsetMin: number; onRefund: ((t: TenderView) => void) | null }): ReactNode {
  const w = useWords();
  return (
    <li className="trow">
      <span className="trow-what">
        <b>{w.ways[tender.way]}</b>
        <small className="tnum">
          {clockTime(tender.at, utcOffsetMin)}
          {tender.reference !== null && ` · ${tender.reference}`}
          {tender.tip > 0 && ` · ${w.till.tip} ${money(tender.tip, currency)}`}
          {tender.rounded_off > 0 && ` · ${w.till.rounding(money(tender.rounded_off, currency))}`}
        </small>
      </span>
      <span className="tnum">{money(tender.amount - tender.rounded_off + tender.tip, currency)}</span>
      {onRefund !== null && tender.refundable > 0 && (
        <button type="button" className="ghost" onClick={() => onRefund(tender)}>
          {w.till.refund}
        </button>
      )}
    </li>
  );
}

function Refund({ refund, currency }: { refund: RefundView; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  return (
    <li className={`trow trefund trefund-${refund.state}`}>
      <span className="trow-what">
        <b>{w.till.refundStates[refund.state]}</b>
        <small>
          {w.ways[refund.way]} · {refund.reason || w.till.refundWhys[refund.why]}
        </small>
      </span>
      <span className="tnum">{money(-refund.amount, currency)}</span>
    </li>
  );
}

const GONE = new Set<string>(["voided", "expired"]);

function Lines({ view, currency }: { view: SessionView; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const lines = view.orders.filter((o) => o.state === "accepted" || o.state === "awaiting_payment").flatMap((o) => o.lines);
  const live = lines.filter((l) => !GONE.has(l.state));
  if (live.length === 0) return null;
  return (
    <details className="tlines" open>
      <summary>
        {w.till.dishes} · {live.length}
      </summary>
      <ul>
        {live.map((l) => (
          <li key={l.line}>
            <span>
              {say(l.name, lang)} <span className="tnum">×{l.quantity}</span>
            </span>
            <span className="tnum">{money(l.amount, currency)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
