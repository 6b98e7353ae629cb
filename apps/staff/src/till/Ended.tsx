/** A payment of this till before its answer came, and after it is over. */
import type { Minor, PaymentView, SessionView } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { dueOf, nextPayable, type Payable } from "./payable";
import { Change, Verdict, useNoSecondScan } from "./Status";
import { secondsSince } from "./three";
import type { Run } from "./usePay";

export function Sending({ run, late, currency }: { run: Extract<Run, { kind: "sending" }>; late: boolean; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const [now, setNow] = useState(Date.now);
  useNoSecondScan();
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <Verdict state="checking" amount={money(run.amount, currency)} what={run.way === null ? w.till.scan : w.ways[run.way]} seconds={secondsSince(run.since, now)}>
      <p className={late ? "warnline" : "verdict-hint"}>{late ? w.till.unsent : run.closesFirst ? w.till.closingFirst : w.till.starting}</p>
    </Verdict>
  );
}

export interface EndedProps {
  run: Exclude<Run, { kind: "sending" }>;
  watched: PaymentView | null;
  view: SessionView;
  payable: Payable;
  currency: "CNY" | "USD";
  onNext: (payable: Payable) => void;
  onClose: () => void;
}

export function Ended(props: EndedProps): ReactNode {
  const { run, watched, payable, currency, onNext } = props;
  const w = useWords();
  switch (run.kind) {
    case "booked":
      return (
        <Paid {...props} what={w.ways[run.way]} amount={run.amount}>
          <Change received={run.received} change={run.change} currency={currency} />
        </Paid>
      );
    case "refused":
      return run.code === "payment_settled" ? <Paid {...props} what={w.till.firstPaid} amount={null} /> : <Failed what={run.text} amount="" onAgain={() => onNext(payable)} />;
    case "watching":
      if (watched === null) return <p className="fempty">{w.loading}</p>;
      return watched.state === "paid" ? (
        <Paid {...props} what={w.ways[watched.way]} amount={watched.amount + watched.tip} />
      ) : (
        <Failed what={w.ways[watched.way]} amount={money(watched.amount + watched.tip, currency)} onAgain={() => onNext(payable)} />
      );
  }
}

function Paid({ view, payable, currency, onNext, onClose, what, amount, children }: EndedProps & { what: string; amount: Minor | null; children?: ReactNode }): ReactNode {
  const w = useWords();
  const following = nextPayable(view, payable);
  const left = dueOf(view, following);
  const share = following.kind === "share" ? view.check.shares.find((s) => s.share === following.share) : undefined;
  return (
    <Verdict state="paid" amount={amount === null ? "" : money(amount, currency)} what={what}>
      {children}
      {left > 0 && (
        <button type="button" className="primary big" onClick={() => onNext(following)}>
          {share === undefined ? w.till.collectRest(money(left, currency)) : `${w.till.next(share.name)} · ${money(left, currency)}`}
        </button>
      )}
      <button type="button" className={left > 0 ? "ghost big" : "primary big"} onClick={onClose}>
        {w.till.done}
      </button>
    </Verdict>
  );
}

function Failed({ what, amount, onAgain }: { what: string; amount: string; onAgain: () => void }): ReactNode {
  const w = useWords();
  return (
    <Verdict state="failed" amount={amount} what={what}>
      <button type="button" className="primary big" onClick={onAgain}>
        {w.till.again}
      </button>
    </Verdict>
  );
}
