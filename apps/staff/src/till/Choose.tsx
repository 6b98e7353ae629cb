/** Choosing how a payable is paid: how much of it, with which tip, in which way. */
import type { Id, Minor, PaymentView, SessionView, WaysView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { CashPane } from "./CashPane";
import { CodePane } from "./CodePane";
import { HandPane, type HandWay } from "./HandPane";
import { PartPane } from "./PartPane";
import { dueOf, paidFor, roundingOf, tipOf, type Payable } from "./payable";
import { ScanPane } from "./ScanPane";
import type { Pay } from "./usePay";
import { useScanner } from "./useScanner";
import { walletOf } from "./wallet-code";
import { isScanned, type Button } from "./ways";
import { WaysPane } from "./WaysPane";

export type Pane =
  | { kind: "ways" } | { kind: "scan" } | { kind: "any" } | { kind: "cash" } | { kind: "hand"; way: HandWay } | { kind: "part" } | { kind: "split" } | { kind: "refund"; tender: Id };
export const WAYS: Pane = { kind: "ways" };

export interface ChooseProps {
  view: SessionView;
  ways: WaysView;
  payable: Payable;
  /** The payment the new one takes the place of. */
  replaces: PaymentView | null;
  byHand: boolean;
  currency: "CNY" | "USD";
  pane: Pane;
  setPane: (pane: Pane) => void;
  pay: Pay;
  onStarted: () => void;
  onEndFirst: (ask: Id, then: Pane) => void;
}

export function Choose({ view, ways, payable, replaces, byHand, currency, pane, setPane, pay, onStarted, onEndFirst }: ChooseProps): ReactNode {
  const w = useWords();
  const [part, setPart] = useState<Minor | null>(null);
  const [tipBp, setTipBp] = useState(0);
  const due = dueOf({ ...view, payments: view.payments.filter((p) => p !== replaces) }, payable);
  const amount = part !== null && part < due ? part : due;
  const tip = tipOf(amount, tipBp);
  const what = { amount, tip, ...paidFor(payable, amount, due) };
  const byChannel = { ...what, ...(replaces === null ? {} : { instead_of: replaces.ask }) };
  const scanned = (digits: string): void => {
    onStarted();
    pay.byCode(digits, byChannel);
  };
  // A cashier may simply scan: the way is then plain from the code.
  useScanner((digits) => {
    const wallet = walletOf(digits);
    if (wallet === null) notify(w.till.scanBad);
    else if (!isScanned(ways.ways, wallet)) notify(w.till.scanResting(w.channels[wallet]));
    else scanned(digits);
  }, pane.kind === "ways" && due > 0);
  const choose = (button: Button): void => {
    switch (button) {
      case "scan":
        return setPane({ kind: "scan" });
      case "wechat_native":
      case "alipay_qr":
        onStarted();
        return pay.byChannel(button, byChannel);
      case "show_any":
        return afterFirst({ kind: "any" });
      case "cash":
        return afterFirst({ kind: "cash" });
      case "card":
      case "house_account":
      case "member_balance":
        return afterFirst({ kind: "hand", way: button });
    }
  };
  // Only a channel can be told to take one payment's place; before anything else the first must have ended.
  const afterFirst = (then: Pane): void => (replaces === null ? setPane(then) : onEndFirst(replaces.ask, then));
  if (due <= 0) return <Nothing view={view} />;
  const sum = money(amount + tip, currency);
  switch (pane.kind) {
    case "scan":
      return <ScanPane ways={ways.ways} amount={sum} onCode={scanned} />;
    case "any":
      return <CodePane session={view.id} share={payable.kind === "share" ? payable.share : null} amount={money(due, currency)} />;
    case "cash":
      return (
        <CashPane amount={amount} tip={tip} odd={roundingOf(amount, due, ways.cash_rounding_fen)} currency={currency}
          onTake={(received, rounded_off) => { onStarted(); pay.byHand("cash", "cash", { ...what, received, rounded_off }); }} />
      );
    case "hand": {
      const { way } = pane;
      return <HandPane key={way} way={way} amount={amount + tip} accounts={ways.accounts} currency={currency} onTake={(reference) => { onStarted(); pay.byHand("tenders", way, { ...what, way, reference }); }} />;
    }
    case "part":
      return <PartPane due={due} currency={currency} onPart={(sum) => { setPart(sum); setPane(WAYS); }} />;
    case "ways":
    case "split":
    case "refund":
      return (
        <>
          <Head view={view} payable={payable} amount={amount} tip={tip} due={due} currency={currency} onPart={() => (amount < due ? setPart(null) : setPane({ kind: "part" }))} />
          {replaces !== null && <p className="warnline">{w.till.changeHint}</p>}
          <WaysPane ways={ways} byHand={byHand} amount={amount} tipBp={tipBp} currency={currency} onTip={setTipBp} onWay={choose} />
        </>
      );
  }
}

interface HeadProps {
  view: SessionView;
  payable: Payable;
  amount: Minor;
  tip: Minor;
  due: Minor;
  currency: "CNY" | "USD";
  onPart: () => void;
}

function Head({ view, payable, amount, tip, due, currency, onPart }: HeadProps): ReactNode {
  const w = useWords();
  return (
    <div className="till-sum">
      <span>{nameOf(view, payable, w.till)}</span>
      <b className="tnum">{money(amount + tip, currency)}</b>
      {tip > 0 && <small className="muted">{w.till.withTip(money(tip, currency))}</small>}
      {amount < due && <small className="muted">{w.till.partRest(money(due - amount, currency))}</small>}
      <button type="button" className="ghost" onClick={onPart}>
        {amount < due ? w.till.partAll : w.till.part}
      </button>
    </div>
  );
}

function nameOf(view: SessionView, payable: Payable, w: { due: string; rest: string; payShare: (n: string) => string; payOrder: (n: string) => string }): string {
  switch (payable.kind) {
    case "check":
      return view.check.shares.some((s) => s.unpaid > 0) ? w.rest : w.due;
    case "share":
      return w.payShare(view.check.shares.find((s) => s.share === payable.share)?.name ?? "");
    case "order":
      return w.payOrder(view.orders.find((o) => o.id === payable.order)?.number ?? "");
  }
}

function Nothing({ view }: { view: SessionView }): ReactNode {
  const w = useWords();
  const settled = view.check.total > 0;
  return (
    <div className="till-nothing">
      <h3>{settled ? w.till.settled : w.till.nothingDue}</h3>
      {!settled && <p className="muted">{w.till.nothingDueHint}</p>}
    </div>
  );
}
