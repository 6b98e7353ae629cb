import { expect, test } from "vitest";
import { newsBetween } from "./alerts";
import type { KitchenView, TicketItem } from "./types";

const view = (...items: Partial<TicketItem>[]): KitchenView =>
  ({ seq: 1, stations: [], tickets: [{ id: "t", items: items.map((i) => ({ state: "sent", rushed: 0, rush_answered: false, void_unseen: false, ...i })) }] }) as unknown as KitchenView;

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
