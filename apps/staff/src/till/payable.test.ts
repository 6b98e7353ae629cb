import type { CheckView, PaymentView, SessionView, ShareView, TenderView } from "@dandan/client";
import { expect, test } from "vitest";
import { canSplitLines, dueOf, evenShares, firstPayable, inTheWay, nextPayable, paidFor, partsOf, roundingOf, splitBar, tipOf } from "./payable";

const check = (over: Partial<CheckView> = {}): CheckView => ({
  total: 10_000, paid: 0, balance: 10_000, due: 10_000, eaten: 10_000, discount: 0, shortfall: 0, seat_fee: 0, service_charge: 0, discounted: null, waived: { seat_fee: false, minimum_spend: false, service_charge: false }, unweighed: [], allowance: 0, state: "due", tenders: [], shares: [], refunds: [], ...over,
});
const payment = (over: Partial<PaymentView> = {}): PaymentView => ({
  ask: "a", way: "wechat_native", amount: 10_000, order: null, state: "waiting", asked_at: 0, paid_at: null, tip: 0, share: null, ends_at: null,
  code_url: null, jsapi: null, trade_no: null, attempt: null, browser_url: null, demo_wallet_url: null, reason: null, ...over,
});
const share = (id: string, amount: number, unpaid = amount): ShareView => ({ share: id, name: id, amount, unpaid, lines: [] });
type V = Pick<SessionView, "mode" | "orders" | "check" | "payments">;
const view = (over: Partial<V> = {}): V => ({ mode: "pay_later", orders: [], check: check(), payments: [], ...over });
const order = (id: string, state: SessionView["orders"][number]["state"], total: number): SessionView["orders"][number] => ({
  id, number: id, round: 1, state, placed_at: 0, placed_by: "", expires_at: null, total, note: null, lines: [], nod: null, declined: null,
});

test("after the meal the whole check is due; before it, the order that waits", () => {
  expect(firstPayable(view())).toEqual({ kind: "check" });
  expect(dueOf(view(), { kind: "check" })).toBe(10_000);
  const first = view({ mode: "pay_first", orders: [order("o1", "accepted", 3000), order("o2", "awaiting_payment", 2500)] });
  expect(firstPayable(first)).toEqual({ kind: "order", order: "o2" });
  expect(dueOf(first, { kind: "order", order: "o2" })).toBe(2500);
  expect(dueOf(first, { kind: "order", order: "o1" })).toBe(0);
});

test("a part of an order that was paid is not due again", () => {
  const tender = { tender: "t", order: "o2", amount: 1000 } as TenderView;
  const v = view({ mode: "pay_first", orders: [order("o2", "awaiting_payment", 2500)], check: check({ tenders: [tender] }) });
  expect(dueOf(v, { kind: "order", order: "o2" })).toBe(1500);
});

test("one payable is never open twice; different shares may be", () => {
  const split = check({ shares: [share("s1", 5000), share("s2", 5000)] });
  const one = view({ check: split, payments: [payment({ share: "s1", amount: 5000 })] });
  expect(inTheWay(one, { kind: "share", share: "s1" })?.ask).toBe("a");
  expect(inTheWay(one, { kind: "share", share: "s2" })).toBeNull();
  expect(inTheWay(one, { kind: "check" })?.ask).toBe("a");
  expect(dueOf(one, { kind: "share", share: "s2" })).toBe(5000);
  const whole = view({ check: split, payments: [payment()] });
  expect(inTheWay(whole, { kind: "share", share: "s2" })?.ask).toBe("a");
});

test("every state but a proved end is in the way", () => {
  const at = (state: PaymentView["state"]): boolean => inTheWay(view({ payments: [payment({ state })] }), { kind: "check" }) !== null;
  expect((["starting", "waiting", "checking", "paid", "failed", "closed"] as const).map(at)).toEqual([true, true, true, false, false, false]);
});

test("what nobody has as a share is paid as the rest", () => {
  expect(dueOf(view({ check: check({ shares: [share("s1", 6000)] }) }), { kind: "check" })).toBe(4000);
  expect(dueOf(view({ check: check({ shares: [share("s1", 10_000)] }) }), { kind: "check" })).toBe(10_000);
  expect(dueOf(view({ check: check({ due: -500 }) }), { kind: "check" })).toBe(0);
});

test("share by share, the next unpaid one comes by itself", () => {
  const v = view({ check: check({ shares: [share("s1", 5000, 0), share("s2", 5000)] }) });
  expect(nextPayable(v, { kind: "share", share: "s1" })).toEqual({ kind: "share", share: "s2" });
  expect(nextPayable(view({ check: check({ shares: [share("s1", 5000, 0)] }) }), { kind: "share", share: "s1" })).toEqual({ kind: "check" });
});

test("a part says that it is one", () => {
  expect(paidFor({ kind: "check" }, 100, 200)).toEqual({ partial: true });
  expect(paidFor({ kind: "share", share: "s" }, 200, 200)).toEqual({ share: "s" });
  expect(paidFor({ kind: "order", order: "o" }, 200, 200)).toEqual({ order: "o" });
});

test("cash lets go of the odd fen, only with all that is due and never of everything", () => {
  expect([roundingOf(3855, 3855, 10), roundingOf(3855, 3855, 100), roundingOf(3850, 3855, 10), roundingOf(7, 7, 10), roundingOf(3855, 3855, 0)]).toEqual([5, 55, 0, 0, 0]);
});

test("a tip is a share of what is paid, to the nearest fen", () => {
  expect([tipOf(10_000, 1000), tipOf(3855, 1500), tipOf(1, 1000)]).toEqual([1000, 578, 0]);
});

test("even shares sum to the check; the first carry the odd fen", () => {
  expect(evenShares(10_000, 3)).toEqual([3334, 3333, 3333]);
  for (const parts of [2, 3, 7, 11]) expect(evenShares(12_347, parts).reduce((a, b) => a + b)).toBe(12_347);
});

test("no split while a payment is open, where guests pay first, or where nothing is due; by lines only before any money", () => {
  expect(splitBar(view())).toBe("ok");
  expect(splitBar(view({ payments: [payment()] }))).toBe("open");
  expect(splitBar(view({ mode: "pay_first" }))).toBe("pay_first");
  expect(splitBar(view({ check: check({ due: 0 }) }))).toBe("nothing");
  expect([canSplitLines(view()), canSplitLines(view({ check: check({ paid: 100 }) }))]).toEqual([true, false]);
});

test("picked lines are grouped by part and nothing is named twice", () => {
  const picked = new Map([["l1", 2], ["l2", 1], ["l3", 2]]);
  expect(partsOf(picked, (n) => `P${n}`)).toEqual([{ name: "P1", lines: ["l2"] }, { name: "P2", lines: ["l1", "l3"] }]);
});
