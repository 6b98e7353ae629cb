/** What is owed and by whom: the check's rows, its shares, tips. Fen stay integers; the server decides what is due. */
import type { CheckView, Id, Minor, OrderView, PaymentView, RefundView, SessionView, ShareView } from "@dandan/client";
import { awaiting, isOpen, type Payable } from "./pay";

/** What may be asked now for the order (pay-first), the share, or the rest of the check. Zero: nothing. */
export function due(view: SessionView, { order, share }: Payable): Minor {
  if (view.mode === "pay_first") return orderDue(view, view.orders.find((o) => o.id === order) ?? null);
  const mine = view.check.shares.find((s) => s.share === share);
  if (mine) return Math.max(0, Math.min(mine.unpaid, view.check.due - underWay(view)));
  const rest = view.check.due - view.check.shares.reduce((n, s) => n + s.unpaid, 0);
  return Math.max(0, rest > 0 ? rest : view.check.due);
}

function orderDue(view: SessionView, order: OrderView | null): Minor {
  if (!order || order.state !== "awaiting_payment") return 0;
  const paid = view.check.tenders.filter((t) => t.order === order.id).reduce((n, t) => n + t.amount, 0);
  return Math.max(0, order.total - paid);
}

/** What others are paying this moment is no longer there to be paid. */
const underWay = (view: SessionView): Minor => view.payments.filter(isOpen).reduce((n, p) => n + p.amount, 0);

/** What the page's big button is about, before anybody chose a share. */
export const wholeOf = (view: SessionView): Payable => ({ order: view.mode === "pay_first" ? (awaiting(view)?.id ?? null) : null, share: null });

export type ShareState = "unpaid" | "paying" | "paid";

export function shareState(share: ShareView, payments: readonly PaymentView[]): ShareState {
  if (payments.some((p) => isOpen(p) && p.share === share.share)) return "paying";
  return share.unpaid > 0 ? "unpaid" : "paid";
}

/** What nobody has as a share, while the check is split. */
export const unshared = ({ due: owed, shares }: CheckView): Minor => Math.max(0, owed - shares.reduce((n, s) => n + s.unpaid, 0));

/** An even share's name is "2/3"; a guest without a name is a number. */
export function evenName(name: string): { part: number; of: number } | null {
  const found = /^(\d+)\/(\d+)$/.exec(name);
  return found ? { part: Number(found[1]), of: Number(found[2]) } : null;
}

export interface SplitChoices {
  /** the most equal parts; 1: it can't be split */
  mostParts: number;
  byGuest: boolean;
}

/** How the check may be split now. By guest only before any money came; nothing while somebody pays. */
export function splitChoices(view: SessionView): SplitChoices {
  const { check } = view;
  if (view.mode === "pay_first" || check.due <= 0 || view.payments.some(isOpen)) return { mostParts: 1, byGuest: false };
  const guests = new Set(view.orders.flatMap((o) => o.lines).filter((l) => l.state !== "voided" && l.comped === null && l.amount > 0).map((l) => l.guest_name));
  return { mostParts: Math.min(20, check.due), byGuest: guests.size > 1 && check.tenders.length === 0 && check.allowance === 0 };
}

/** The dearest of `parts` equal parts: the first few carry the odd fen. */
export const evenPart = (amount: Minor, parts: number): Minor => Math.ceil(amount / parts);

/** A tip offered, half a fen up; never more than what is paid. */
export const tipOf = (amount: Minor, bp: number): Minor => Math.min(amount, Math.floor((amount * bp + 5_000) / 10_000));

/** "10%", "12.5%". */
export const percent = (bp: number): string => `${Math.floor(bp / 100)}${bp % 100 === 0 ? "" : `.${String(bp % 100).padStart(2, "0").replace(/0$/, "")}`}%`;

/** Reads an amount a person typed, to the fen; null where it is none. No floating point on the way. */
export function readAmount(text: string): Minor | null {
  const found = /^\s*[¥$]?\s*(\d{1,7})(?:[.。](\d{1,2}))?\s*$/.exec(text);
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/** What is charged besides the dishes. */
export type Fee = "shortfall" | "seat_fee" | "service";

export type BillRow =
  | { kind: "dishes" | "allowance" | "total"; amount: Minor }
  | { kind: "discount"; amount: Minor; by: CheckView["discounted"] }
  | { kind: Fee; amount: Minor; waived: boolean }
  | { kind: "paid"; key: Id; way: CheckView["tenders"][number]["way"]; amount: Minor; tip: Minor; roundedOff: Minor }
  | { kind: "refund"; key: Id; way: RefundView["way"]; amount: Minor; state: RefundView["state"] }
  | { kind: "due"; amount: Minor };

/** The check as rows, top to bottom. Dishes are spelled out only where something was added to or taken off them. */
export function billRows(check: CheckView): BillRow[] {
  const parts: BillRow[] = [
    ...(check.discount !== 0 ? [{ kind: "discount", amount: -check.discount, by: check.discounted } as const] : []),
    ...fee("shortfall", check.shortfall, check.waived.minimum_spend),
    ...fee("seat_fee", check.seat_fee, check.waived.seat_fee),
    ...fee("service", check.service_charge, check.waived.service_charge),
    ...(check.allowance !== 0 ? [{ kind: "allowance", amount: -check.allowance } as const] : []),
  ];
  if (parts.length > 0) parts.unshift({ kind: "dishes", amount: check.eaten });
  const paid = check.tenders.map((t): BillRow => ({ kind: "paid", key: t.tender, way: t.way, amount: t.amount, tip: t.tip, roundedOff: t.rounded_off }));
  const refunds = check.refunds.map((r): BillRow => ({ kind: "refund", key: r.refund, way: r.way, amount: -r.amount, state: r.state }));
  return [...parts, { kind: "total", amount: check.total }, ...paid, ...refunds, { kind: "due", amount: Math.max(0, check.due) }];
}

/** A fee that was let go is shown as such, so that nobody looks for it. */
const fee = (kind: Fee, amount: Minor, waived: boolean): BillRow[] => (amount !== 0 || waived ? [{ kind, amount, waived }] : []);

/** Something was added to the dishes or taken off, paid before, or went back: then the sum is spelled out. */
export const hasParts = (check: CheckView): boolean => billRows(check).length > 2;

/** Ordered dishes the scale has still to weigh; the check names their lines. */
export const unweighed = (view: SessionView): OrderView["lines"] => {
  const lines = new Set(view.check.unweighed);
  return view.orders.flatMap((o) => o.lines).filter((l) => lines.has(l.line));
};

/** True where the server would not take money because of these lines, and one of them is still not weighed. */
export const waitsForScale = (view: SessionView, refusedFor: readonly Id[]): boolean => refusedFor.some((line) => view.check.unweighed.includes(line));
