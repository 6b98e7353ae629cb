import { expect, test } from "vitest";
import { bar, isEmpty, isSpan, perCover, rowsIn, sorted, spanOf, totalOf } from "./compare";

const told = (store: string, net: number, covers: number, asOf: object = { at_ms: 5, behind: 0, cut_off: false }): object => ({ store, days: 1, net, received: net, orders: 3, covers, discounts: 0, voids: 0, refunded: 0, as_of: asOf });
const names = new Map([["a", "店10"], ["b", "店2"], ["c", "店3"]]);
const rows = rowsIn([told("a", 1000, 3), told("b", 2500, 0, { at_ms: 9, behind: 4, cut_off: false })], ["a", "b", "c"]);

test("every store has a row; of which nothing is counted one of nothing", () => {
  expect(rows.map((r) => [r.store, r.figures.net, r.asOf, r.behind])).toEqual([["a", 1000, 5, false], ["b", 2500, 9, true], ["c", 0, null, false]]);
  expect(rows.map(isEmpty)).toEqual([false, false, true]);
});

test("a store whose box isn't heard from may have more", () => {
  expect(rowsIn([told("a", 1, 1, { at_ms: 5, behind: 0, cut_off: true })], ["a"])[0]?.behind).toBe(true);
});

test("what is no figure counts nothing, and another brand's store isn't shown", () => {
  expect(rowsIn([{ store: "a", net: "12", covers: 1.5 }, told("z", 5, 5)], ["a"]).map((r) => [r.store, r.figures.net, r.figures.covers])).toEqual([["a", 0, 0]]);
  expect(rowsIn({ no: "list" }, ["a"]).map(isEmpty)).toEqual([true]);
});

test("the total is the sum, to the fen, and per head of the sum", () => {
  const total = totalOf(rows);
  expect([total.net, total.orders, total.covers]).toEqual([3500, 6, 3]);
  expect(perCover(total)).toBe(1167);
  expect(perCover({ ...total, covers: 0 })).toBeNull();
});

test("sorted by figure or name; who has no figure comes last either way", () => {
  const by = (by: Parameters<typeof sorted>[2]["by"], down: boolean): string[] => sorted(rows, names, { by, down }).map((r) => r.store);
  expect(by("net", true)).toEqual(["b", "a", "c"]);
  expect(by("net", false)).toEqual(["c", "a", "b"]);
  expect(by("per_cover", true)).toEqual(["a", "b", "c"]);
  expect(by("per_cover", false)).toEqual(["a", "b", "c"]);
  expect(by("name", false)).toEqual(["b", "c", "a"]);
});

test("a bar is nothing for nothing and for less than nothing", () => {
  expect([bar(50, 200), bar(200, 200), bar(0, 200), bar(-5, 200), bar(null, 200), bar(0, 0)]).toEqual([25, 100, 0, 0, 0, 0]);
});

test("periods count both ends", () => {
  expect(spanOf("week", "2026-11-23")).toEqual({ from: "2026-11-17", to: "2026-11-23" });
  expect(spanOf("yesterday", "2026-03-01")).toEqual({ from: "2026-02-28", to: "2026-02-28" });
  expect(isSpan({ from: "2026-11-23", to: "2026-11-22" })).toBe(false);
  expect(isSpan({ from: "", to: "2026-11-22" })).toBe(false);
  expect(isSpan({ from: "2025-11-23", to: "2026-11-23" })).toBe(true);
  expect(isSpan({ from: "2025-11-22", to: "2026-11-23" })).toBe(false);
});
