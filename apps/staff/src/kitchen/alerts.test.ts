import { expect, test } from "vitest";
import { newsBetween } from "./alerts";
import { item, ticket, view as viewOf } from "./made-up";
import type { KitchenView, TicketItem } from "./types";

const view = (...items: (Partial<TicketItem> & { key?: string })[]): KitchenView => viewOf(ticket("t", 0, items.map((i) => item(i.key ?? "x", i))));

test("a new line, a new rush and a new void are news", () => {
  expect(newsBetween(view(), view({ key: "a" }))).toEqual(["ticket"]);
  expect(newsBetween(view({ key: "a" }), view({ key: "a", rushed: 1 }))).toEqual(["rush"]);
  expect(newsBetween(view({ key: "a" }), view({ key: "a", state: "voided", void_unseen: true }))).toEqual(["void"]);
});

test("progress, recalls and what was there already are not", () => {
  expect(newsBetween(view({ key: "a" }), view({ key: "a", state: "started" }))).toEqual([]);
  expect(newsBetween(view({ key: "a", state: "ready" }), view({ key: "a", state: "started" }))).toEqual([]);
  expect(newsBetween(view(), view({ key: "a", state: "started" }))).toEqual([]);
  expect(newsBetween(view({ key: "a", rushed: 1 }), view({ key: "a", rushed: 1, rush_answered: true }))).toEqual([]);
});

test("a dish that has to be cooked again is news", () => {
  expect(newsBetween(view({ key: "a", state: "ready" }), view({ key: "a", state: "sent", remade: "cold" }))).toEqual(["ticket"]);
});
