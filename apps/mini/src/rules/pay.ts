import type { CheckView, Id, OrderView, PaymentView, SessionView, StoreView, Way } from "@dandan/client";

/** Total by type: a new state does not compile until it has a button. */
export const checkButton: Record<CheckView["state"], "none" | "pay" | "wait" | "showReceipt"> = {
  empty: "none",
  due: "pay",
  checking: "wait",
  settled: "showReceipt",
};

/** What the page says of a payment, and what may be done. `wait` never offers a second payment. */
export type PayStep = "starting" | "show" | "wait" | "done" | "again";
export const payStep: Record<PaymentView["state"], PayStep> = {
  starting: "starting",
  waiting: "show",
  checking: "wait",
  paid: "done",
  failed: "again",
  closed: "again",
};

export const isOpen = (p: PaymentView): boolean => payStep[p.state] === "starting" || payStep[p.state] === "show" || payStep[p.state] === "wait";

export interface PayIntent {
  store: string;
  session: Id;
  token: string;
  ask: Id;
  way: Way;
  amount: number;
  order: Id | null;
  openid: string | null;
  /** set once the server has answered */
  sent: boolean;
}

/** The payment the page is about: one that is open (whoever began it), else the newest for what is being paid. */
export function currentPayment(view: SessionView, order: Id | null, mine: Id | null): PaymentView | null {
  const open = view.payments.filter((p) => isOpen(p) && (order === null || p.order === order));
  const own = view.payments.find((p) => p.ask === mine) ?? null;
  return open.find((p) => p.ask === mine) ?? open[0] ?? own;
}

/** What is to be paid now: the order in pay-first, else the balance of the check. */
export function due(view: SessionView, order: OrderView | null): number {
  return view.mode === "pay_first" && order ? (order.state === "awaiting_payment" ? order.total : 0) : view.check.balance;
}

/** The order that waits for its money first, in pay-first. */
export const awaiting = (view: SessionView): OrderView | null => view.orders.find((o) => o.state === "awaiting_payment") ?? null;

/** Ways this phone can pay. Cash is taken by a person, so it is an errand, not a payment of this app. */
const waysOn: Record<"weapp" | "alipay" | "h5", readonly Exclude<Way, "cash">[]> = {
  weapp: ["wechat_jsapi"],
  alipay: ["alipay_qr"],
  h5: ["wechat_native", "alipay_qr"],
};

/** Of those, the ones in service at this restaurant; all of them until it has said which. */
export function offered(phone: keyof typeof waysOn, store: StoreView | null): readonly Exclude<Way, "cash">[] {
  return waysOn[phone].filter((way) => store === null || store.ways.includes(way));
}

export function secondsLeft(until: number | null, now: number): number | null {
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}

export function minutesSeconds(seconds: number): string {
  const rest = seconds % 60;
  return `${(seconds - rest) / 60}:${rest < 10 ? "0" : ""}${rest}`;
}
