import { expect, test } from "vitest";
import type { ExpoItem, ExpoLine, ExpoTable } from "../kitchen/types";
import { courseCard, expoBoard, mergeExpo, standingOf, tableCard } from "./view";

const MIN = 60_000;
const part = (key: string, state: ExpoItem["state"], station = "wok"): ExpoItem => ({ key, station, name: { zh: key, en: key }, quantity: 1, state });
const line = (id: string, state: ExpoLine["state"], over: Partial<ExpoLine> = {}): ExpoLine => ({
  line: id, order: "o", number: "1-1", name: { zh: id, en: id }, variant: null, options: [], note: null, quantity: 1, weight_g: null, seat: null, state, held: null,
  fired_at: 0, due_at: 8 * MIN, overdue_at: 15 * MIN, rushed: 0, remakes: 0, items: [part(`${id}.0`, state)], ...over,
});
const held = (id: string, why: "asked" | "soup" = "asked"): ExpoLine => line(id, "held", { held: why, fired_at: null, due_at: null, overdue_at: null, items: [part(`${id}.0`, "held")] });
const table = (session: string, courses: [number | null, ExpoLine[]][], over: Partial<ExpoTable> = {}): ExpoTable => ({
  session, tables: session, covers: 2, vip: false, opened_at: 0, courses: courses.map(([course, lines]) => ({ course, lines })), ...over,
});
const card = (lines: ExpoLine[]) => courseCard({ course: 1, lines }, false);

test("a course is complete when all that is left of it stands ready", () => {
  expect(card([line("a", "ready"), line("b", "ready")]).state).toBe("complete");
  expect(card([line("a", "ready"), line("b", "started")]).state).toBe("partly");
  expect(card([line("a", "sent"), line("b", "seen")]).state).toBe("waiting");
  expect(card([held("a")]).state).toBe("held");
});

test("a held line keeps its course from being complete, though what is ready may go out", () => {
  const mixed = card([line("a", "ready"), held("b")]);
  expect([mixed.state, mixed.toServe.map((i) => i.key), mixed.held?.lines.map((l) => l.line)]).toEqual(["partly", ["a.0"], ["b"]]);
});

test("why a course waits: the soup comes before the guests' word", () => {
  expect([card([held("a")]).held?.why, card([held("a"), held("b", "soup")]).held?.why, card([line("a", "sent")]).held]).toEqual(["asked", "soup", null]);
});

test("what is missing is named by station, part by part of a set meal", () => {
  const set = line("set", "started", { items: [part("soup", "ready", "wok"), part("roll", "sent", "cold"), part("noodles", "started", "wok")] });
  const c = card([set, line("x", "ready")]);
  expect(c.missing.map((m) => [m.station, m.names.map((i) => i.key)])).toEqual([["cold", ["roll"]], ["wok", ["noodles"]]]);
  expect(c.toServe.map((i) => i.key)).toEqual(["x.0", "soup"]);
  expect([c.ready, c.all]).toEqual([1, 2]);
});

test("every state has its place", () => {
  expect((["ready", "sent", "seen", "started", "held", "awaiting_nod", "awaiting_payment", "served", "voided", "expired"] as const).map((state) => standingOf({ state, held: null }))).toEqual([
    "ready", "cooking", "cooking", "cooking", "held", "held", "held", "gone", "gone", "gone",
  ]);
});

test("what can go out stands first, then what presses: rushed, cooked again, VIP", () => {
  const board = expoBoard({ seq: 1, tables: [
    table("old", [[1, [line("a", "started", { due_at: 5 * MIN })]]]),
    table("rushed", [[1, [line("b", "started", { due_at: 14 * MIN, rushed: 1 })]]]),
    table("done", [[1, [line("c", "ready", { due_at: 99 * MIN })]], [2, [held("d")]]]),
    table("vip", [[null, [line("e", "sent", { due_at: 8 * MIN })]]], { vip: true }),
    table("waits", [[2, [held("f")]]]),
  ] }, 0, false);
  expect(board.map((c) => c.table.session)).toEqual(["done", "vip", "rushed", "old", "waits"]);
});

test("only what can go out, where that is asked for", () => {
  const view = { seq: 1, tables: [table("a", [[1, [line("a", "sent")]]]), table("b", [[1, [line("b", "ready"), line("c", "sent")]]])] };
  expect(expoBoard(view, 0, true).map((c) => c.table.session)).toEqual(["b"]);
});

test("overdue and rushed are counted only while they are being cooked", () => {
  const c = tableCard(table("t", [[1, [line("a", "started", { rushed: 1 }), line("b", "ready", { rushed: 2 }), held("c")]]]), 15 * MIN);
  expect([c.overdue, c.rushed]).toEqual([1, 1]);
});

test("a change replaces whole parties and takes off those that wait for nothing", () => {
  const before = { seq: 1, tables: [table("a", []), table("b", [])] };
  const after = mergeExpo(before, { tables: [table("b", [], { tables: "B2" })], removed: ["a"] }, 4);
  expect([after.seq, after.tables.map((t) => t.tables)]).toEqual([4, ["B2"]]);
});

test("a card is called by its table, at a counter by the pick-up numbers that wait", () => {
  expect(tableCard(table("A1", [[1, [line("a", "sent")]]]), 0).title).toBe("A1");
  expect(tableCard(table("K1", [[null, [line("a", "ready", { number: "A023" }), line("b", "sent", { number: "A023" })]]]), 0).title).toBe("A023");
});
