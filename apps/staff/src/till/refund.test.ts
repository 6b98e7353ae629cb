import type { CheckView, OrderView, TenderView, Way } from "@dandan/client";
import { expect, test } from "vitest";
import { costOf, refundFor, refundLines, refundTo } from "./refund";

const check = (over: Partial<CheckView> = {}): CheckView => ({
  total: 11_000, paid: 11_000, balance: 0, due: 0, eaten: 10_000, discount: 0, shortfall: 0, seat_fee: 0, service_charge: 1000, discounted: null, waived: { seat_fee: false, minimum_spend: false, service_charge: false }, unweighed: [], allowance: 0, state: "settled", tenders: [], shares: [], refunds: [], ...over,
});
const tender = (over: Partial<TenderView> = {}): TenderView => ({
  tender: "t", way: "wechat_code", amount: 11_000, at: 0, tip: 0, rounded_off: 0, order: null, share: null, reference: null, refundable: 11_000, ...over,
});
const order = (id: string): OrderView => ({ id, state: "accepted", lines: [{ line: `${id}-1`, amount: 500, state: "sent", name: { zh: "", en: "" }, quantity: 1, guest_name: "" }, { line: `${id}-2`, amount: 700, state: "voided" }] }) as unknown as OrderView;

test("dishes go back with their part of the service charge, also after something was let go", () => {
  expect(costOf(check(), 2000)).toBe(2200);
  expect(costOf(check({ total: 10_500, allowance: 500 }), 2000)).toBe(2200);
  expect(costOf(check({ service_charge: 0, total: 10_000 }), 2000)).toBe(2000);
});

test("all dishes cost all of the check, to the fen", () => {
  const odd = check({ total: 3855 + 386, service_charge: 386 });
  expect(costOf(odd, 3855)).toBe(odd.total);
});

test("never more than can still go back of that payment", () => {
  expect(refundFor({ check: check() }, tender({ refundable: 1500 }), 2000)).toBe(1500);
});

test("a payment of one order gives back that order's dishes, and what was voided is gone", () => {
  const orders = [order("o1"), order("o2")];
  expect(refundLines({ orders }, tender()).map((l) => l.line)).toEqual(["o1-1", "o2-1"]);
  expect(refundLines({ orders }, tender({ order: "o2" })).map((l) => l.line)).toEqual(["o2-1"]);
});

test("money goes back the way it came", () => {
  const ways: Way[] = ["wechat_jsapi", "wechat_native", "wechat_h5", "wechat_code", "alipay_app", "alipay_qr", "alipay_wap", "alipay_code", "cash", "card", "house_account", "member_balance"];
  expect(ways.map(refundTo)).toEqual([...Array<string>(8).fill("channel"), "cash", "card", "house_account", "member_balance"]);
});
