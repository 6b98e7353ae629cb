import { expect, test } from "vitest";
import { batchesOf, chosenParts, portions } from "./batch";
import { boardOf } from "./board";
import { item, ticket, view } from "./made-up";

const MIN = 60_000;
const mild = { name: { zh: "微辣", en: "Mild" }, quantity: 1, kind: "method" as const };
const large = { zh: "大份", en: "Large" };
const rows = (...tickets: Parameters<typeof view>): [string, number, number][] => batchesOf(boardOf(view(...tickets)), 0).map((b) => [b.item.name.zh, b.quantity, b.parts.length]);

test("the same dish of several tables is one row with all its portions", () => {
  const fish = (key: string, quantity: number) => ({ ...item(key, { quantity }), name: { zh: "鱼", en: "fish" } });
  expect(rows(ticket("a", 1, [fish("1", 2)]), ticket("b", 2, [fish("2", 1), item("饭")]))).toEqual([["鱼", 3, 2], ["饭", 1, 1]]);
});

test("another size, option, wish, weight or a note for the whole order is another row", () => {
  const dish = (key: string, over: Parameters<typeof item>[1] = {}) => item(key, { name: { zh: "鱼", en: "fish" }, ...over });
  const one = ticket("a", 1, [dish("1"), dish("2", { options: [mild] }), dish("3", { note: "少盐" }), dish("4", { variant: large }), dish("5", { weight_g: 500 }), dish("6", { note: " " })]);
  expect(rows(one).map((r) => r[2])).toEqual([2, 1, 1, 1, 1]);
  expect(rows(one, ticket("b", 1, [dish("7")], { note: "先上软的" })).map((r) => r[2])).toEqual([2, 1, 1, 1, 1, 1]);
});

test("what is ready or voided is in no row", () => {
  expect(rows(ticket("a", 1, [item("1", { state: "ready" }), item("2", { state: "voided", void_unseen: true })]))).toEqual([]);
});

test("the most pressing dish comes first, and so does the most pressing table of a dish", () => {
  const late = ticket("late", 0, [item("b", { due_at: 5 * MIN })]);
  const rushed = ticket("rushed", 0, [item("a", { due_at: 12 * MIN, rushed: 1 })]);
  const again = ticket("again", 0, [item("c", { due_at: 16 * MIN, remade: "cold" })]);
  const vip = ticket("vip", 0, [item("b2", { name: { zh: "b", en: "b" }, due_at: 9 * MIN })], { vip: true });
  const batches = batchesOf(boardOf(view(late, rushed, again, vip)), 0);
  expect(batches.map((b) => b.item.name.zh)).toEqual(["c", "a", "b"]);
  expect(batches[2]?.parts.map((p) => p.ticket.id)).toEqual(["vip", "late"]);
});

test("buttons act on the tables chosen, or on all where none is", () => {
  const two = batchesOf(boardOf(view(ticket("a", 1, [item("x", { name: { zh: "鱼", en: "" }, quantity: 2 })]), ticket("b", 1, [item("y", { name: { zh: "鱼", en: "" } })]))), 0)[0];
  if (two === undefined) throw new Error("one batch");
  expect(portions(chosenParts(two, new Set()))).toBe(3);
  expect(chosenParts(two, new Set(["y"])).map((p) => p.item.key)).toEqual(["y"]);
  expect(portions(chosenParts(two, new Set(["gone"])))).toBe(3);
});
