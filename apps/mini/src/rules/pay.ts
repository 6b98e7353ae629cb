/** Payments as a person may see them. There are three answers and no fourth: paid, failed, and "checking, don't pay again". */
import type { CheckView, Id, OrderView, PaymentView, Problem, SessionView, Way } from "@dandan/client";

/** Total by type: a new state does not compile until it has a button. */
export const checkButton: Record<CheckView["state"], "none" | "pay" | "wait" | "showReceipt"> = {
  empty: "none",
  due: "pay",
  checking: "wait",
  settled: "showReceipt",
};

/** `failed` means proved: no money moved, it is safe to try again. Everything without proof is `checking`. */
export type Verdict = "paid" | "failed" | "checking";
export const verdict: Record<PaymentView["state"], Verdict> = {
  starting: "checking",
  waiting: "checking",
  checking: "checking",
  paid: "paid",
  failed: "failed",
  closed: "failed",
};

export const isOpen = (p: PaymentView): boolean => verdict[p.state] === "checking";

/** A way that this app can start by itself. */
export type ChannelWay = Exclude<Way, "cash" | "card" | "house_account" | "member_balance" | "wechat_code" | "alipay_code">;

export interface PayIntent {
  store: string;
  session: Id;
  token: string;
  ask: Id;
  way: ChannelWay;
  amount: number;
  tip: number;
  order: Id | null;
  share: Id | null;
  partial: boolean;
  /** openid or Alipay's buyer id, for the ways that need one */
  payer: string | null;
  /** the payment that must be proved closed before this one opens */
  insteadOf: Id | null;
  /** when the person chose, by this phone's clock */
  at: number;
  /** set once the server has answered */
  sent: boolean;
  /** the wallet's page has been opened once by itself; a reload must not open it again */
  opened: boolean;
  /** the wallet, or the person, says that it is paid: a reason to say "don't pay again", never a proof */
  claimed: boolean;
  /** this page was left for the wallet's; on the way back the server is asked at once */
  away: boolean;
}

/** What is being paid: an order in pay-first, a share of a split check, or (neither) what is left of the check. */
export interface Payable {
  order: Id | null;
  share: Id | null;
}

/** True where a payment stands in the way of another for `payable`: only different shares are paid side by side. */
const inTheWay = (p: PaymentView, payable: Payable): boolean => payable.share === null || p.share === null || p.share === payable.share;

/** The payment the page is about: an open one in the way (this phone's first), else this phone's last, until put away. */
export function currentPayment(view: SessionView, payable: Payable, mine: Id | null, putAway: Id | null = null): PaymentView | null {
  const own = view.payments.find((p) => p.ask === mine) ?? null;
  if (own && isOpen(own)) return own;
  const open = view.payments.find((p) => isOpen(p) && inTheWay(p, payable) && (payable.order === null || p.order === payable.order));
  return open ?? (own && own.ask !== putAway ? own : null);
}

/** The other payment went through after all, or can't be proved closed yet: nothing new was begun. */
export const switchRefused = (problem: Problem): "settled" | "open" | null =>
  problem.code === "payment_settled" ? "settled" : problem.code === "payment_open" ? "open" : null;

/** The order that waits for its money first, in pay-first. */
export const awaiting = (view: SessionView): OrderView | null => view.orders.find((o) => o.state === "awaiting_payment") ?? null;

export function secondsLeft(until: number | null, now: number): number | null {
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}

/** Seconds a payment has run; clocks that disagree never show a negative number. */
export const secondsSince = (at: number, now: number): number => Math.max(0, Math.floor((now - at) / 1000));

export function minutesSeconds(seconds: number): string {
  const rest = seconds % 60;
  return `${(seconds - rest) / 60}:${rest < 10 ? "0" : ""}${rest}`;
}
