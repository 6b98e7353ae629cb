import type { CallView, UnseenDish } from "@dandan/client";
import { expect, test } from "vitest";
import { cardOf, lookOf, MARKS, ordered, sumsOf, unseenFor } from "./look";
import { floorTable, party } from "./made-up";

const call = (id: string, answered_at: number | null = null): CallView => ({ call: id, reason: "water", at: 0, answered_at });

test("no two looks share a mark, so that nobody needs the colour", () => {
  const marks = Object.values(MARKS);
  expect(new Set(marks).size).toBe(marks.length);
});

test("money without a certain answer is seen before anything else", () => {
  expect(lookOf({ ...floorTable("1", party({ checking: true })), state: "bill_asked" })).toBe("checking");
  expect(lookOf({ ...floorTable("1"), state: "dirty" })).toBe("dirty");
});

test("a card sums its parties, counts from the first, and shows only what is there, loudest first", () => {
  const t = floorTable("1", party({ covers: 2, opened_at: 60_000, due: 100, unseen: 1, held: 2, calls: [call("a"), call("b", 5)] }), party({ covers: 3, opened_at: 120_000, due: -50, ready: 4 }));
  const card = cardOf(t, 300_000);
  expect([card.parties, card.covers, card.minutes, card.due]).toEqual([2, 5, 4, 100]);
  expect(card.badges).toEqual([{ kind: "calls", count: 1 }, { kind: "unseen", count: 1 }, { kind: "ready", count: 4 }, { kind: "held", count: 2 }]);
});

test("a merged party goes by all its tables; a table without one by its own name", () => {
  expect([cardOf(floorTable("1", party({ tables: "1+2" })), 0).name, cardOf(floorTable("3"), 0).name]).toEqual(["1+2", "3"]);
});

test("what guests wait for comes before what only the house has to do; held dishes are no trouble", () => {
  const cards = [
    cardOf(floorTable("1", party({ held: 9 })), 0),
    cardOf({ ...floorTable("2"), state: "dirty", dirty_since: 0 }, 0),
    cardOf(floorTable("3", party({ overdue: 5 })), 0),
    cardOf(floorTable("4", party({ calls: [call("a")] })), 0),
    cardOf({ ...floorTable("5", party()), state: "bill_asked" }, 0),
  ];
  expect(ordered(cards, "trouble").map((c) => c.name)).toEqual(["4", "5", "3", "2", "1"]);
  expect(ordered(cards, "plan").map((c) => c.name)).toEqual(["1", "2", "3", "4", "5"]);
});

test("equal trouble: who has waited longest; equal calm: as the tables stand", () => {
  const cards = [cardOf(floorTable("2", party({ ready: 1, opened_at: 500_000 })), 600_000), cardOf(floorTable("10", party({ ready: 1, opened_at: 0 })), 600_000), cardOf(floorTable("9", party({ opened_at: 0 })), 600_000), cardOf(floorTable("7"), 600_000)];
  expect(ordered(cards, "trouble").map((c) => c.name)).toEqual(["10", "2", "7", "9"]);
});

test("a party at two tables is counted once", () => {
  const both = party({ id: "x", covers: 6 });
  expect(sumsOf([floorTable("1", both), floorTable("2", both), floorTable("3")].map((t) => cardOf(t, 0)))).toMatchObject({ free: 1, taken: 2, covers: 6 });
});

test("unseen dishes reach waiters first and the till later", () => {
  const list = (["screen", "printer", "waiter", "till"] as const).map((step) => ({ key: step, step }) as UnseenDish);
  expect(unseenFor(list, "waiter").map((d) => d.key)).toEqual(["waiter", "till"]);
  expect(unseenFor(list, "cashier").map((d) => d.key)).toEqual(["till"]);
});
