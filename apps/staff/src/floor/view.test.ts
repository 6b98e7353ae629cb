import type { CallView, Dish, FloorHouse, FloorTable, FloorView, Role, SessionView } from "@dandan/client";
import { expect, test } from "vitest";
import { floorTable, party } from "./made-up";
import { closeBar, daySummary, may, mergeFloor, openCalls, stockRows } from "./view";

const house: FloorHouse = { reservations: [], waiting: [], approvals: [], shifts: [], stations: [], unseen: [], nods: [], stopped: null };
const floor = (...tables: FloorTable[]): FloorView => ({ seq: 1, day: null, areas: [], tables, stock: [], house, printers: [], cloud: null, announcements: [], last_announcement: 0, money: { open_cases: 0, overdue_cases: 0, ways: [] } });
const call = (id: string, at: number, answered_at: number | null = null): CallView => ({ call: id, reason: "bill", at, answered_at });

test("calls wait in order over all tables and answered ones are gone", () => {
  const v = floor(floorTable("a", party({ calls: [call("late", 9), call("done", 1, 2)] })), floorTable("b", party({ calls: [call("early", 3)] })));
  expect(openCalls(v).map((c) => c.call.call)).toEqual(["early", "late"]);
});

test("a change replaces tables and stock by id, keeps the rest and the order", () => {
  const v = mergeFloor(floor(floorTable("a"), floorTable("b")), { tables: [floorTable("b", party())] }, 7);
  expect([v.seq, v.tables.map((t) => [t.id, t.sessions.length])]).toEqual([7, [["a", 0], ["b", 1]]]);
  expect(mergeFloor(v, { day: null }, 8).tables).toEqual(v.tables);
  const stocked = mergeFloor(v, { stock: [{ dish: "d", name: { zh: "鱼", en: "Fish" }, sold_out: true, remaining: null }] }, 9);
  expect(mergeFloor(stocked, { stock: [] }, 10).stock).toEqual([]);
  expect(mergeFloor(v, { house: { ...house, stopped: { why: "hours" } } }, 10).house.stopped).toEqual({ why: "hours" });
  expect(mergeFloor(v, { removed: ["a"] }, 11).tables.map((t) => t.id)).toEqual(["b"]);
});

test("the day's end names what is still open", () => {
  expect(daySummary(floor(floorTable("a"), floorTable("b", party({ balance: 300 })), floorTable("c", party({ balance: 0 }))))).toEqual({ openTables: 2, owed: 300 });
});

test("a table closes only when nothing is owed or uncertain; money on its way back is gone", () => {
  const bar = (due: number, ...states: string[]): string => closeBar({ check: { due }, payments: states.map((state) => ({ state })) } as unknown as SessionView);
  expect([bar(5), bar(0), bar(-5), bar(0, "checking"), bar(0, "waiting"), bar(0, "paid", "failed", "closed")]).toEqual(["due", "ok", "ok", "checking", "checking", "ok"]);
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
  expect([who("collect"), who("approve"), who("stock"), who("day")]).toEqual([
    "cashier,lead,manager,owner", "lead,manager,owner", "cashier,kitchen,lead,manager,owner", "manager,owner",
  ]);
  expect([who("serve"), who("seat"), who("direct"), who("cook")]).toEqual(["waiter,cashier,lead,manager,owner", "waiter,cashier,lead,manager,owner", "cashier,kitchen,lead,manager,owner", "waiter,cashier,kitchen,lead,manager,owner"]);
});

