import { expect, test } from "vitest";
import type { Announcement } from "@dandan/client";
import { CALLED_FOR_MS, charsOf, columnsOf, gridFor, isNew, mergePickup, pageOf, queueCalls, type Entry } from "./layout";

const entry = (order: string, state: Entry["state"], ready_at: number | null = null): Entry => ({ order, number: order, state, ready_at, calls: 0 });

test("ready numbers are newest first and preparing ones keep the kitchen's order", () => {
  const { preparing, ready } = columnsOf({ entries: [entry("1", "preparing"), entry("2", "ready", 5), entry("3", "ready", 9), entry("0", "preparing")] });
  expect(ready.map((e) => e.order)).toEqual(["3", "2"]);
  expect(preparing.map((e) => e.order)).toEqual(["1", "0"]);
});

test("few numbers are huge and many still fit", () => {
  expect([0, 2, 3, 7, 13, 40].map((n) => gridFor("ready", n).columns)).toEqual([1, 1, 2, 3, 3, 4]);
  expect(gridFor("preparing", 99)).toEqual({ columns: 3, rows: 10 });
});

test("pages take turns and every number has its turn", () => {
  const list = [1, 2, 3, 4, 5];
  const grid = { columns: 1, rows: 2 };
  const seen = [0, 8000, 16_000].flatMap((t) => pageOf(list, grid, t).shown);
  expect(seen).toEqual(list);
  expect(pageOf(list, grid, 24_000)).toEqual({ shown: [1, 2], page: 1, pages: 3 });
  expect(pageOf([], grid, 5)).toEqual({ shown: [], page: 1, pages: 1 });
});

test("a number is new for twenty seconds", () => {
  expect([isNew(entry("a", "ready", 0), 19_999), isNew(entry("a", "ready", 0), 20_000), isNew(entry("a", "preparing"), 0)]).toEqual([true, false, false]);
});

test("a number just called stays on every page, and every other number still has its turn", () => {
  const list = [1, 2, 3, 4, 5, 6, 7];
  const grid = { columns: 2, rows: 2 };
  expect([0, 8000].map((t) => pageOf(list, grid, t, 1).shown)).toEqual([[1, 2, 3, 4], [1, 5, 6, 7]]);
  expect(pageOf(list, grid, 0, 9)).toEqual({ shown: [1, 2, 3, 4], page: 1, pages: 3 });
  expect(new Set([0, 8000, 16_000].flatMap((t) => pageOf(list, grid, t, 9).shown))).toEqual(new Set(list));
  expect(pageOf([1, 2], grid, 9e9, 2)).toEqual({ shown: [1, 2], page: 1, pages: 1 });
});

test("the type leaves room for four characters, and for more where a number has more", () => {
  expect(charsOf([])).toBe(4);
  expect(charsOf([entry("7", "ready"), entry("A1023", "ready")])).toBe(5);
});

const called = (number: number, at: number, entry: string): Announcement => ({ number, session: null, table_name: "", at, played_at: null, said: { kind: "queue", entry, number: entry } });

test("a party called to its table stands on the wall for two minutes, once, the latest first", () => {
  const list = [called(1, 0, "A1"), called(2, 50_000, "B7"), called(3, 60_000, "A1")];
  expect(queueCalls(list, 60_000).map((c) => c.number)).toEqual(["A1", "B7"]);
  expect(queueCalls(list, 50_000 + CALLED_FOR_MS).map((c) => c.number)).toEqual(["A1"]);
  expect(queueCalls(list, 60_000 + CALLED_FOR_MS)).toEqual([]);
});

test("a change brings the numbers whole and of the announcements only what is new", () => {
  const before = { seq: 1, entries: [entry("1", "ready")], announcements: [called(1, 0, "A1")], last_announcement: 1 };
  const after = mergePickup(before, { announcements: [called(2, 5, "A2")], last_announcement: 2, removed: ["said.1"] }, 2);
  expect([after.entries.length, after.announcements.map((a) => a.number), after.last_announcement]).toEqual([1, [2], 2]);
});
