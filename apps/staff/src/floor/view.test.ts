import type { CallView, Dish, FloorTable, FloorView, KitchenView, OrderLineView, Role, SessionView } from "@dandan/client";
import { expect, test } from "vitest";
import {
  canVoid, cardOf, closeBar, daySummary, itemsToServe, may, mergeFloor, openCalls, stateOf, stockRows, summarise, tablesOf,
} from "./view";

type S = FloorTable["sessions"][number];
const session = (over: Partial<S> = {}): S => ({ id: "s", covers: 2, opened_at: 0, total: 0, paid: 0, balance: 0, due: 0, checking: false, unseen: 0, overdue: 0, calls: [], ...over });
const table = (id: string, ...sessions: S[]): FloorTable => ({ id, name: id, area: "hall", seats: 4, sessions });
const floor = (...tables: FloorTable[]): FloorView => ({ seq: 1, day: null, areas: [], tables, stock: [], money: { open_cases: 0, overdue_cases: 0, announcements: [], ways: [], last_announcement: 0 } });
const call = (id: string, at: number, answered_at: number | null = null): CallView => ({ call: id, reason: "bill", at, answered_at });

test("a table is free, seated, checking or paid", () => {
  const states = [table("a"), table("a", session()), table("a", session({ total: 5, balance: 5 })), table("a", session({ total: 5, balance: 5, checking: true })), table("a", session({ total: 5, paid: 5 }))];
  expect(states.map(stateOf)).toEqual(["free", "seated", "seated", "checking", "paid"]);
});

test("a card sums its parties and counts minutes from the first", () => {
  const t = table("a", session({ covers: 2, opened_at: 60_000, balance: 100, unseen: 1, calls: [call("x", 1), call("y", 2, 3)] }), session({ covers: 3, opened_at: 120_000, balance: 50, overdue: 2 }));
  expect(cardOf(t, 300_000)).toMatchObject({ parties: 2, covers: 5, minutes: 4, balance: 150, unseen: 1, overdue: 2, calls: [{ call: "x" }] });
});

test("calls wait in order over all tables and answered ones are gone", () => {
  const v = floor(table("a", session({ calls: [call("late", 9), call("done", 1, 2)] })), table("b", session({ calls: [call("early", 3)] })));
  expect(openCalls(v).map((c) => c.call.call)).toEqual(["early", "late"]);
});

test("a change replaces tables and stock by id, keeps the rest and the order", () => {
  const v = mergeFloor(floor(table("a"), table("b")), { tables: [table("b", session())] }, 7);
  expect([v.seq, v.tables.map((t) => [t.id, t.sessions.length])]).toEqual([7, [["a", 0], ["b", 1]]]);
  expect(mergeFloor(v, { day: null }, 8).tables).toEqual(v.tables);
  const stocked = mergeFloor(v, { stock: [{ dish: "d", name: { zh: "鱼", en: "Fish" }, sold_out: true, remaining: null }] }, 9);
  expect(mergeFloor(stocked, { stock: [] }, 10).stock).toEqual([]);
  expect(mergeFloor(v, { removed: ["a"] }, 11).tables.map((t) => t.id)).toEqual(["b"]);
});

test("tables stand in natural order within their area", () => {
  expect(tablesOf(floor(table("10"), table("2")), "hall").map((t) => t.name)).toEqual(["2", "10"]);
});

test("the day's end names what is still open", () => {
  expect(daySummary(floor(table("a"), table("b", session({ balance: 300 })), table("c", session({ balance: 0 }))))).toEqual({ openTables: 2, owed: 300 });
});

test("a table closes only when nothing is owed or uncertain; money on its way back is gone", () => {
  const bar = (due: number, ...states: string[]): string => closeBar({ check: { due }, payments: states.map((state) => ({ state })) } as unknown as SessionView);
  expect([bar(5), bar(0), bar(-5), bar(0, "checking"), bar(0, "waiting"), bar(0, "paid", "failed", "closed")]).toEqual(["due", "ok", "ok", "checking", "checking", "ok"]);
});

test("every line state says whether it can be voided", () => {
  const line = (state: OrderLineView["state"]): OrderLineView => ({ state }) as OrderLineView;
  const states = ["awaiting_payment", "sent", "seen", "started", "ready", "served", "voided", "expired"] as const;
  expect(states.map((s) => canVoid(line(s), "lead"))).toEqual([false, true, true, true, true, false, false, false]);
  expect((["waiter", "cashier", "kitchen", "manager"] as const).map((role) => canVoid(line("sent"), role))).toEqual([false, false, false, true]);
});

test("stock is found by name, code and pinyin, or shows only what is limited", () => {
  const dish = (id: string, zh: string, pinyin: string): Dish => ({ id, code: id, name: { zh, en: zh }, pinyin }) as Dish;
  const dishes = [dish("102", "宫保鸡丁", "gbjd"), dish("9", "鱼香肉丝", "yxrs")];
  const stock = [{ dish: "9", name: { zh: "", en: "" }, sold_out: true, remaining: null }];
  const found = (q: string, only = false): string[] => stockRows(dishes, stock, q, only).map((r) => r.dish.id);
  expect([found(""), found("gb"), found("鱼"), found("10"), found("", true)]).toEqual([["9", "102"], ["102"], ["9"], ["102"], ["9"]]);
});

test("rights by role", () => {
  const roles: Role[] = ["waiter", "cashier", "kitchen", "lead", "manager", "owner"];
  const who = (right: Parameters<typeof may>[1]): string => roles.filter((r) => may(r, right)).join();
  expect([who("charge"), who("refund"), who("correct")]).toEqual(["waiter,cashier,lead,manager,owner", "lead,manager,owner", "manager,owner"]);
  expect([who("collect"), who("void"), who("stock"), who("day")]).toEqual([
    "cashier,lead,manager,owner", "lead,manager,owner", "cashier,kitchen,lead,manager,owner", "manager,owner",
  ]);
});

test("serving a line means every one of its items that was bumped", () => {
  const kitchen = { tickets: [{ items: [{ key: "aa.0", state: "ready" }, { key: "aa.1", state: "started" }] }, { items: [{ key: "aa.2", state: "ready" }, { key: "bb.0", state: "ready" }] }] } as unknown as KitchenView;
  expect(itemsToServe(kitchen, new Set(["aa"]))).toEqual(["aa.0", "aa.2"]);
  expect(itemsToServe(kitchen, new Set(["aa", "bb"]))).toHaveLength(3);
});

test("what does not add up at the day's end is summed, and nothing of it is lost", () => {
  const list = [{ open_table: { session: "s", table: "5", balance: 100 } }, { open_payment: { session: "s", ask: "a", amount: 70 } }, { unserved: { order: "o", line: "l" } }];
  expect(summarise([...list, { something_new: {} } as never])).toEqual({ tables: [{ session: "s", table: "5", balance: 100 }], payments: [70], unserved: 2 });
});

