/** What is paid for, how much of it is due, and whether anything stands in the way. Pure; the server decides again. */
import type { Id, Minor, PaymentView, SessionView, ShareView } from "@dandan/client";
import { isOpen } from "./three";

/** The check, one share of it, or (where guests pay first) one order. */
export type Payable = { kind: "check" } | { kind: "share"; share: Id } | { kind: "order"; order: Id };

type Money = Pick<SessionView, "mode" | "orders" | "check" | "payments">;

/** What stands on the till when it opens. */
export function firstPayable(view: Money): Payable {
  if (view.mode === "pay_later") return { kind: "check" };
  const order = view.orders.find((o) => o.state === "awaiting_payment");
  return order === undefined ? { kind: "check" } : { kind: "order", order: order.id };
}

const sum = <T>(list: readonly T[], of: (t: T) => Minor): Minor => list.reduce((n, t) => n + of(t), 0);

export const underWay = (view: Pick<Money, "payments">): PaymentView[] => view.payments.filter(isOpen);

/** As the server reckons it: shares being paid right now are not there to be paid. */
export function dueOf(view: Money, payable: Payable): Minor {
  const { check } = view;
  switch (payable.kind) {
    case "check": {
      if (view.mode === "pay_first") return 0;
      const rest = check.due - sum(check.shares, (s) => s.unpaid);
      return Math.max(0, rest > 0 ? rest : check.due);
    }
    case "share": {
      const share = check.shares.find((s) => s.share === payable.share);
      return share === undefined ? 0 : Math.max(0, Math.min(share.unpaid, check.due - sum(underWay(view), (p) => p.amount)));
    }
    case "order": {
      const order = view.orders.find((o) => o.id === payable.order);
      if (order === undefined || order.state !== "awaiting_payment") return 0;
      const paid = sum(check.tenders.filter((t) => t.order === order.id), (t) => t.amount);
      return Math.max(0, order.total - paid);
    }
  }
}

/** The payment that must end before this may be paid. Two may pay at once only where they pay different shares. */
export function inTheWay(view: Money, payable: Payable): PaymentView | null {
  const blocks = (p: PaymentView): boolean => payable.kind !== "share" || p.share === null || p.share === payable.share;
  return underWay(view).find(blocks) ?? null;
}

/** What to pay next once this is paid: the next unpaid share, else the check. */
export function nextPayable(view: Money, payable: Payable): Payable {
  if (payable.kind === "order") return firstPayable(view);
  const next = view.check.shares.find((s) => s.unpaid > 0 && inTheWay(view, { kind: "share", share: s.share }) === null);
  return next === undefined ? { kind: "check" } : { kind: "share", share: next.share };
}

export const isStillThere = (view: Money, payable: Payable): boolean => payable.kind !== "share" || view.check.shares.some((s) => s.share === payable.share);

/** What a request to pay carries of it. */
export interface PaidFor { order?: Id; share?: Id; partial?: boolean }
export function paidFor(payable: Payable, amount: Minor, due: Minor): PaidFor {
  const part: PaidFor = amount < due ? { partial: true } : {};
  switch (payable.kind) {
    case "check":
      return part;
    case "share":
      return { ...part, share: payable.share };
    case "order":
      return { ...part, order: payable.order };
  }
}

// ---------- tips, rounding ----------

/** Hundredths of a percent, rounded half up to a whole fen. */
export const tipOf = (amount: Minor, bp: number): Minor => Math.floor((amount * bp + 5_000) / 10_000);

/** The odd fen the house lets go of cash: only with all that is due, and never all of it. */
export function roundingOf(amount: Minor, due: Minor, unit: number): Minor {
  const odd = amount === due ? due % Math.max(1, unit) : 0;
  return odd < amount ? odd : 0;
}

// ---------- splitting ----------

export type SplitBar = "ok" | "pay_first" | "open" | "nothing";

export function splitBar(view: Money): SplitBar {
  if (view.mode === "pay_first") return "pay_first";
  if (underWay(view).length > 0) return "open";
  return view.check.due > 1 ? "ok" : "nothing";
}

/** By lines only while nothing has come: the server can't tell whose dish was paid. */
export const canSplitLines = (view: Money): boolean => splitBar(view) === "ok" && view.check.paid === 0 && view.check.allowance === 0;

/** A preview; the first few carry the odd fen, as on the server. */
export function evenShares(due: Minor, parts: number): Minor[] {
  const share = Math.floor(due / parts);
  const odd = due - share * parts;
  return Array.from({ length: parts }, (_, i) => share + (i < odd ? 1 : 0));
}

export const shareState = (share: ShareView): "paid" | "part" | "due" => (share.unpaid <= 0 ? "paid" : share.unpaid < share.amount ? "part" : "due");

export interface SplitLine { line: Id; name: { zh: string; en: string }; quantity: number; amount: Minor; guest: string }

/** Lines that cost something and are still on the check. */
export function splitLines(view: Pick<SessionView, "orders">): SplitLine[] {
  const gone = new Set(["voided", "expired"]);
  return view.orders
    .filter((o) => o.state === "accepted")
    .flatMap((o) => o.lines)
    .filter((l) => !gone.has(l.state) && l.amount > 0)
    .map((l) => ({ line: l.line, name: l.name, quantity: l.quantity, amount: l.amount, guest: l.guest_name }));
}

/** Groups picked lines by part, in order; a part without lines is left out. What nobody picked stays together as the rest. */
export function partsOf(picked: ReadonlyMap<Id, number>, nameOf: (part: number) => string): { name: string; lines: Id[] }[] {
  const parts = [...new Set(picked.values())].sort((a, b) => a - b);
  return parts.map((part) => ({ name: nameOf(part), lines: [...picked].filter(([, p]) => p === part).map(([line]) => line) }));
}
