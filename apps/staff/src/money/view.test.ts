import type { BillCompared, CaseView, PaymentRow, Remedy } from "@dandan/client";
import { expect, test } from "vitest";
import { beijingDay, billDays, billState, careOf, clockOf, detailText, feeMinor, findPayments, mayRemedy, openCases } from "./view";

const row = (attempt: string, amount: number, over: Partial<PaymentRow> = {}): PaymentRow =>
  ({ attempt, amount, table: null, channel_txn: null, ...over }) as PaymentRow;
const bill = (over: Partial<BillCompared>): BillCompared => ({ channel: "wechat", day: "2026-11-21", rows: 3, matched: 3, differences: 0, cross_day: 0, paid: 0, refunded: 0, fee_e5: 0, at: 0, ...over });

test("a case's clock runs down and then up", () => {
  expect([clockOf({ due_at: 600_000 }, 0), clockOf({ due_at: 0 }, 90_000)]).toEqual([{ kind: "left", minutes: 10 }, { kind: "over", minutes: 1 }]);
});

test("a settled case is no longer open", () => {
  expect(openCases([{ resolved_at: 5 } as CaseView, { resolved_at: null } as CaseView])).toHaveLength(1);
});

test("what moves money is asked twice, and returning it is a manager's", () => {
  const all: Remedy[] = ["ask_channel", "give_up", "send_back", "retry_refund", "resolve"];
  expect(all.map(careOf)).toEqual(["tap", "confirm", "confirm", "confirm", "words"]);
  expect(all.filter((r) => mayRemedy("cashier", r))).toEqual(["ask_channel", "give_up", "resolve"]);
  expect(all.filter((r) => mayRemedy("manager", r))).toEqual(all);
  expect(all.filter((r) => mayRemedy("waiter", r))).toEqual([]);
});

test("payments are found by amount, table and either number", () => {
  const rows = [row("aaaa1111", 3850, { table: "A1", channel_txn: "4200001234" }), row("bbbb2222", 100)];
  const found = (q: string): string[] => findPayments(rows, q).map((r) => r.attempt);
  expect([found(""), found("38.5"), found("38.50"), found("a1"), found("00001234"), found("bbbb2"), found("1")]).toEqual([["aaaa1111", "bbbb2222"], ["aaaa1111"], ["aaaa1111"], ["aaaa1111"], ["aaaa1111"], ["bbbb2222"], ["bbbb2222"]]);
});

test("a bill's day is Beijing's, and the newest is yesterday's", () => {
  const now = Date.UTC(2026, 10, 22, 17, 0);
  expect(beijingDay(now)).toBe("2026-11-23");
  expect(billDays(now, 2)).toEqual(["2026-11-22", "2026-11-21"]);
});

test("a bill is clean, differs, is empty, or has not been compared", () => {
  expect([billState(null), billState(bill({ rows: 0, matched: 0 })), billState(bill({})), billState(bill({ differences: 1 })), billState(bill({ rows: 0, matched: 0, differences: 1 }))]).toEqual(["not_compared", "empty", "clean", "differs", "differs"]);
});

test("an amount in a detail reads as money, other details stand as they are", () => {
  expect([detailText("amount 39399", (m) => `¥${m / 100}`), detailText("ACQ.TRADE_NOT_EXIST", String)]).toEqual(["¥393.99", "ACQ.TRADE_NOT_EXIST"]);
});

test("fees are shown to the fen", () => {
  expect([feeMinor(600), feeMinor(23_100), feeMinor(0)]).toEqual([1, 23, 0]);
});
