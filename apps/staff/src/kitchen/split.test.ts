import { expect, test } from "vitest";
import { boardOf, hasMoved, layoutOf } from "./board";
import { FOOT_PX, UNMEASURED, countOff, cutRows, partsOf, type Sizes } from "./split";
import { item, ticket as ticketAt, view } from "./made-up";
import type { Ticket, TicketItem } from "./types";

const ticket = (id: string, items: TicketItem[]): Ticket => ticketAt(id, 0, items);
const many = (n: number): TicketItem[] => Array.from({ length: n }, (_, i) => item(`i${i}`));
const sized = (items: readonly TicketItem[], row: number, room: number): Sizes => ({ room, heads: { t: 80 }, rows: Object.fromEntries(items.map((i) => [i.key, row])) });

test("what fits stays one card, and the strip below is only reserved where there is one", () => {
  expect(cutRows([100, 100], 50, 44, 250)).toEqual([2]);
  expect(cutRows([100, 100], 50, 44, 249)).toEqual([1, 1]);
  expect(cutRows([], 50, 44, 10)).toEqual([0]);
});

test("cards are filled in order and a line taller than a column still gets a card of its own", () => {
  expect(cutRows([60, 60, 60, 60, 60], 50, 40, 210)).toEqual([2, 2, 1]);
  expect(cutRows([60, 900, 60], 50, 40, 210)).toEqual([1, 1, 1]);
});

test("no card is ever taller than the column while its lines are not", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const heights = Array.from({ length: 1 + (seed % 40) }, (_, i) => 60 + ((seed * 7919 + i * 104729) % 200));
    const counts = cutRows(heights, 90, FOOT_PX, 600);
    let from = 0;
    counts.forEach((n, card) => {
      const used = 90 + heights.slice(from, from + n).reduce((a, b) => a + b, 0) + (card < counts.length - 1 ? FOOT_PX : 0);
      expect(n).toBeGreaterThan(0);
      expect(used).toBeLessThanOrEqual(600);
      from += n;
    });
    expect(from).toBe(heights.length);
  }
});

test("25 dishes are all on some card, once and in order, and each card tells how many come later", () => {
  const items = many(25);
  const parts = partsOf(boardOf(view(ticket("t", items))), sized(items, 73, 634));
  expect(parts.flatMap((p) => p.cook.map((i) => i.key))).toEqual(items.map((i) => i.key));
  expect(parts.map((p) => [p.part, p.parts, p.cook.length, p.later])).toEqual([[1, 4, 6, 19], [2, 4, 6, 13], [3, 4, 6, 7], [4, 4, 7, 0]]);
  expect(parts.every((p) => p.whole.cook.length === 25)).toBe(true);
});

test("voids come first, and only the card with the rush on it says so", () => {
  const items = [item("a"), item("r", { rushed: 1 }), item("v", { state: "voided", void_unseen: true })];
  const parts = partsOf(boardOf(view(ticket("t", items))), sized(items, 100, 250));
  expect(parts.map((p) => [p.voids.map((i) => i.key), p.cook.map((i) => i.key), p.rushing])).toEqual([[["v"], [], false], [[], ["a"], false], [[], ["r"], true]]);
});

test("a line taller than a column stands alone and is drawn smaller", () => {
  const items = many(3);
  const parts = partsOf(boardOf(view(ticket("t", items))), { room: 300, heads: { t: 80 }, rows: { i0: 60, i1: 900, i2: 60 } });
  expect(parts.map((p) => [p.cook.map((i) => i.key), p.tight])).toEqual([[["i0"], 0], [["i1"], 2], [["i2"], 0]]);
  expect(partsOf(boardOf(view(ticket("t", items))), { room: 300, heads: { t: 80 }, rows: { i0: 60, i1: 240, i2: 60 } })[1]?.tight).toBe(1);
});

test("before anything is measured every ticket is one card", () => {
  expect(partsOf(boardOf(view(ticket("t", many(99)))), UNMEASURED)).toHaveLength(1);
});

test("a ticket cut anew counts as a move under the finger", () => {
  const items = many(6);
  const board = boardOf(view(ticket("t", items)));
  const before = layoutOf(partsOf(board, sized(items, 100, 350)));
  expect(hasMoved(before, layoutOf(partsOf(board, sized(items, 100, 350))))).toBe(false);
  expect(hasMoved(before, layoutOf(partsOf(board, sized(items, 100, 450))))).toBe(true);
});

test("two hidden cards of one ticket are one hidden ticket", () => {
  const off = { ticket: "t", rushing: false, fresh: false };
  expect(countOff([{ ...off, fresh: true }, { ...off, fresh: true, rushing: true }, { ...off, ticket: "u" }])).toEqual({ tickets: 2, rushed: 1, fresh: 1 });
});
