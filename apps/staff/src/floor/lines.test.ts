import type { CheckView, LineState } from "@dandan/client";
import { expect, test } from "vitest";
import { actsOf, discountOff, fenOf, heldCourses, readyItems, readyLines, sumRows, voidNeedsSecond } from "./lines";
import { line, order } from "./made-up";

const acts = (over: Parameters<typeof line>[0], role: Parameters<typeof actsOf>[3] = "waiter", mode: "pay_later" | "pay_first" = "pay_later"): string => {
  const l = line(over);
  return actsOf(l, order([l]), mode, role).join(" ");
};

test("every state of a line has its buttons", () => {
  const of = (state: LineState): string => acts({ state, ...(state === "held" ? { held: "asked", fired_at: null } : {}) });
  const states: LineState[] = ["awaiting_payment", "awaiting_nod", "held", "sent", "seen", "started", "ready", "served", "voided", "expired"];
  expect(Object.fromEntries(states.map((s) => [s, of(s)]))).toEqual({
    awaiting_payment: "", awaiting_nod: "", held: "fire void comp reprice move", sent: "rush void comp reprice move", seen: "rush void comp reprice move",
    started: "rush void comp reprice move remake", ready: "serve void comp reprice move remake", served: "comp reprice move remake", voided: "", expired: "",
  });
});

test("what is weighed, given away, several or paid first has other buttons", () => {
  expect(acts({ needs_weight: true, weight_g: 500 })).toBe("weigh rush void comp move");
  expect(acts({ comped: "x" })).toBe("rush void move");
  expect(acts({ quantity: 3 })).toContain("divide");
  expect(acts({ quantity: 3, set: [{ name: { zh: "", en: "" }, quantity: 1 }] })).not.toContain("divide");
  expect(acts({ quantity: 3, was_amount: 5 })).not.toContain("divide");
  expect(acts({}, "waiter", "pay_first")).toBe("rush void");
  expect(acts({}, "kitchen")).toBe("");
});

test("an order that waits or was declined offers nothing on its lines", () => {
  const l = line({ state: "sent" });
  expect(actsOf(l, order([l], { state: "awaiting_nod" }), "pay_later", "owner")).toEqual([]);
});

test("a void needs a second person once the kitchen has had the line", () => {
  expect([voidNeedsSecond(line({ held: "asked", fired_at: null })), voidNeedsSecond(line({ fired_at: null })), voidNeedsSecond(line())]).toEqual([false, false, true]);
});

test("held lines stand by course, those without one last; what waits for the soup goes by itself", () => {
  const held = (id: string, course: number | null, why: "asked" | "soup" = "asked"): ReturnType<typeof line> => line({ line: id, course, held: why, state: "held" });
  const orders = [order([held("a", 2), held("b", null), held("soup", 1, "soup"), line({ line: "c" })]), order([held("d", 2)]), order([held("e", 1)], { state: "awaiting_nod" })];
  expect(heldCourses(orders)).toEqual([{ course: 2, lines: ["a", "d"] }, { course: null, lines: ["b"] }]);
});

test("serving a line means every one of its dishes that is ready", () => {
  const item = (key: string, state: LineState): ReturnType<typeof line>["items"][number] => ({ key, station: "wok", name: { zh: "", en: "" }, quantity: 1, state });
  const orders = [order([line({ line: "a", state: "ready", items: [item("a.0", "ready"), item("a.1", "served")] }), line({ line: "b", state: "started", items: [item("b.0", "ready")] })])];
  expect(readyLines(orders)).toEqual(["a"]);
  expect(readyItems(orders, new Set(["a", "b"]))).toEqual(["a.0", "b.0"]);
});

const check = (over: Partial<CheckView>): CheckView => ({
  total: 0, paid: 0, balance: 0, due: 0, eaten: 0, discount: 0, shortfall: 0, seat_fee: 0, service_charge: 0, discounted: null, waived: { seat_fee: false, minimum_spend: false, service_charge: false }, unweighed: [], allowance: 0, state: "due", tenders: [], shares: [], refunds: [], ...over,
});

test("the sums name what the total is made of, and nothing that says nothing", () => {
  expect(sumRows(check({ total: 5000, eaten: 5000 }))).toEqual([]);
  const rows = sumRows(check({ total: 9400, eaten: 10_000, discount: 1200, seat_fee: 600, paid: 400 }));
  expect(rows.map((r) => [r.kind, r.amount])).toEqual([["eaten", 10_000], ["discount", -1200], ["seat_fee", 600], ["total", 9400], ["paid", -400]]);
  expect(sumRows(check({ waived: { seat_fee: true, minimum_spend: false, service_charge: false } })).find((r) => r.kind === "seat_fee")?.waived).toBe(true);
});

test("8.8 折 takes 12 % off; nothing off and more than all are no discounts", () => {
  expect([discountOff(8.8), discountOff(9.5), discountOff(0), discountOff(10), discountOff(-1), discountOff(Number.NaN)]).toEqual([1200, 500, 10_000, null, null, null]);
});

test("typed yuan become whole fen", () => {
  expect(["5", "5.", "5.5", "5.05", "", "-1", "1.234", "abc", " 12 "].map(fenOf)).toEqual([500, 500, 550, 505, null, null, null, null, 1200]);
});
