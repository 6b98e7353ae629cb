import { expect, test } from "vitest";
import {
  MOVED_FOR_MS, RECALL_FOR_MS, ageMinutes, ageOf, allDay, boardOf, elsewhereOf, hasHappened, hasMoved, isAllergyNote, isEscalated, isRushing, layoutOf, mergeKitchen, movesBetween, nextVerb, phaseOf, rankReasons, rememberBumped, tellsAllergens, totalsOf, worstAge,
} from "./board";
import { item, ticket, view } from "./made-up";
import type { FloorStation, KitchenView, TicketItem } from "./types";

const MIN = 60_000;
const ids = (v: KitchenView): string[] => boardOf(v).map((b) => b.ticket.id);

test("an item is normal, then due, then overdue, exactly at the server's times", () => {
  const i = item("a");
  expect([0, 8 * MIN - 1, 8 * MIN, 15 * MIN - 1, 15 * MIN].map((t) => ageOf(i, t))).toEqual(["normal", "normal", "due", "due", "overdue"]);
  expect([3 * MIN, 9 * MIN, 17 * MIN].map((t) => ageMinutes(i, 0, t))).toEqual([3, 9, 2]);
});

test("the header takes the age of its worst item", () => {
  expect(worstAge([item("a"), item("b", { overdue_at: MIN, due_at: 0 })], 2 * MIN)).toBe("overdue");
  expect(worstAge([], 0)).toBe("normal");
});

test("every line state has its phase", () => {
  const phase = (over: Partial<TicketItem>): string => phaseOf(item("a", over));
  expect((["sent", "seen", "started", "ready", "served", "awaiting_payment", "expired", "held", "awaiting_nod"] as const).map((state) => phase({ state }))).toEqual([
    "cook", "cook", "cook", "done", "done", "hidden", "hidden", "hidden", "hidden",
  ]);
  expect(phase({ state: "voided", void_unseen: true })).toBe("void");
  expect(phase({ state: "voided" })).toBe("hidden");
});

test("the next step follows the state and the number of steps chosen", () => {
  expect(nextVerb(item("a"), true)).toBe("start");
  expect(nextVerb(item("a"), false)).toBe("ready");
  expect(nextVerb(item("a", { state: "started" }), true)).toBe("ready");
  expect(nextVerb(item("a", { state: "voided", void_unseen: true }), true)).toBe("acknowledge-void");
  expect(nextVerb(item("a", { state: "ready" }), true)).toBeNull();
});

test("a tapped verb is over once the feed shows it, or once the item is gone", () => {
  expect(hasHappened("start", item("a"))).toBe(false);
  expect(hasHappened("start", item("a", { state: "started" }))).toBe(true);
  expect(hasHappened("ready", item("a", { state: "started" }))).toBe(false);
  expect(hasHappened("ready", item("a", { state: "ready" }))).toBe(true);
  expect(hasHappened("recall", item("a", { state: "ready" }))).toBe(false);
  expect(hasHappened("recall", item("a", { state: "started" }))).toBe(true);
  expect(hasHappened("answer-rush", item("a", { rushed: 1 }))).toBe(false);
  expect(hasHappened("answer-rush", item("a", { rushed: 1, rush_answered: true }))).toBe(true);
  expect(hasHappened("acknowledge-void", item("a", { state: "voided", void_unseen: true }))).toBe(false);
  expect(hasHappened("remake", item("a", { state: "ready" }))).toBe(false);
  expect(hasHappened("remake", item("a", { remade: "cold" }))).toBe(true);
  expect(hasHappened("ready", undefined)).toBe(true);
});

test("tickets stand in the server's order, then by the smaller id", () => {
  const v = view(
    ticket("c", 2, [item("1")], { rank_at: 7 }), ticket("b", 1, [item("2")], { rank_at: 9 }), ticket("a", 1, [item("3")], { rank_at: 9 }), ticket("r", 9, [item("4", { rushed: 1 })], { rank_at: -600_000, rank_why: ["rushed"] }),
  );
  expect(ids(v)).toEqual(["r", "c", "a", "b"]);
});

test("a ticket says every reason that moved it forward, else when it is due", () => {
  const word = { remade: "重做 +15′", rushed: "催菜 +10′", soup: "锅底 +10′", vip: "VIP +5′" };
  const due = (at: number): string => `应出 ${at}`;
  expect(rankReasons({ rank_at: 5, rank_why: ["remade", "vip"] }, word, due)).toEqual(["重做 +15′", "VIP +5′"]);
  expect(rankReasons({ rank_at: 5, rank_why: [] }, word, due)).toEqual(["应出 5"]);
});

test("another station's dish is either cooked here or only shown because nobody saw it", () => {
  const station = (id: string, cooks: string): FloorStation => ({ id, name: { zh: id, en: id }, open: id === cooks, cooks, backlog: 0, behind_min: null, paused: false });
  const t = ticket("t", 0, []);
  const cold = item("a", { own_station: "cold" });
  expect(elsewhereOf(item("a"), t, [])).toBeNull();
  expect(elsewhereOf(cold, t, [station("cold", "wok")])).toBe("cooks-for");
  expect(elsewhereOf({ ...cold, escalated: "screen" }, t, [station("cold", "cold")])).toBe("not-seen");
});

test("what climbed unseen stays loud until a screen has painted it", () => {
  expect([isEscalated(item("a", { escalated: "waiter" })), isEscalated(item("a", { escalated: "waiter", state: "seen" })), isEscalated(item("a"))]).toEqual([true, false, false]);
});

test("a party that moved is marked with its old table for a while", () => {
  const at = (table: string): KitchenView => view(ticket("a", 1, [item("1")], { table }), ticket("b", 1, [item("2")]));
  const moved = movesBetween(at("5"), at("A1"), new Map(), 1000);
  expect([...moved]).toEqual([["a", { before: "5", at: 1000 }]]);
  expect(movesBetween(at("A1"), at("A1"), moved, 2000)).toBe(moved);
  expect(movesBetween(at("A1"), at("A1"), moved, 1000 + MOVED_FOR_MS).size).toBe(0);
});

test("a bumped dish is not rushed any more", () => {
  expect(isRushing(item("a", { rushed: 1, state: "ready" }))).toBe(false);
});

test("a ticket leaves when all is bumped and stays while a void is not acknowledged", () => {
  expect(ids(view(ticket("a", 1, [item("1", { state: "ready" })])))).toEqual([]);
  expect(ids(view(ticket("a", 1, [item("1", { state: "voided", void_unseen: true })])))).toEqual(["a"]);
  expect(ids(view(ticket("a", 1, [item("1", { state: "voided" })])))).toEqual([]);
});

test("pay-first tickets lead with the pick-up number, tables with the table, and a later round is an add-on", () => {
  const [first, second] = boardOf(view(ticket("a", 1, [item("1")], { mode: "pay_first", number: "A023" }), ticket("b", 2, [item("2")], { round: 2 })));
  expect([first?.title, first?.addOn, second?.title, second?.addOn]).toEqual(["A023", false, "12", true]);
});

test("a change replaces whole tickets, adds new ones and removes", () => {
  const before = view(ticket("a", 1, [item("1")]), ticket("b", 2, [item("2")]));
  const after = mergeKitchen(before, { tickets: [ticket("b", 2, [item("2", { state: "started" })]), ticket("c", 3, [item("3")])], removed: ["a"] }, 5);
  expect(after.seq).toBe(5);
  expect(ids(after)).toEqual(["b", "c"]);
  expect(after.tickets[0]?.items[0]?.state).toBe("started");
});

test("what is sold out stays until a change brings the whole list anew", () => {
  const gone = { dish: "d1", name: { zh: "鱼", en: "Fish" }, sold_out: true, remaining: null };
  const before: KitchenView = { ...view(), stock: [gone] };
  expect(mergeKitchen(before, { tickets: [] }, 5).stock).toEqual([gone]);
  expect(mergeKitchen(before, { stock: [] }, 5).stock).toEqual([]);
});

test("all-day counts portions to cook over tickets and tells how they differ", () => {
  const avoid = { name: { zh: "不要香菜", en: "no coriander" }, quantity: 1, kind: "avoid" as const };
  const board = boardOf(view(
    ticket("a", 1, [item("鱼", { quantity: 2, options: [avoid] }), item("饭", { state: "ready" })]),
    ticket("b", 2, [item("鱼", { state: "started" }), item("虾", { weight_g: 600, quantity: 2 })]),
  ));
  const rows = allDay(board, 0);
  expect(rows.map((r) => [r.name.zh, r.quantity, r.started, r.weightG])).toEqual([["鱼", 3, 1, 0], ["虾", 2, 0, 1200]]);
  expect(rows[0]?.differences).toEqual([{ text: avoid.name, quantity: 2, avoid: true }]);
  expect(totalsOf(board, 20 * MIN)).toEqual({ tickets: 2, dishes: 5, overdue: 3, rushed: 0 });
});

test("the recall list keeps what was bumped even after its ticket left, newest first, for thirty minutes", () => {
  const bumped = view(ticket("a", 1, [item("1", { state: "ready", ready_at: 100 }), item("2", { state: "ready", ready_at: 200 })]));
  const seen = rememberBumped([], bumped, 300);
  expect(seen.map((b) => b.key)).toEqual(["2", "1"]);
  expect(rememberBumped(seen, view(), 300).map((b) => b.key)).toEqual(["2", "1"]);
  expect(rememberBumped(seen, view(ticket("a", 1, [item("1", { state: "started" })])), 300).map((b) => b.key)).toEqual(["2"]);
  expect(rememberBumped(seen, view(), 200 + RECALL_FOR_MS)).toEqual([]);
});

test("notes about allergies are found in both languages", () => {
  expect(["花生过敏", "Allergic to nuts", "少放盐", null].map(isAllergyNote)).toEqual([true, true, false, false]);
});

test("what a dish contains is told only where somebody avoids something", () => {
  const contains = { allergens: ["peanut" as const] };
  const avoid = { name: { zh: "不放花生", en: "No peanuts" }, quantity: 1, kind: "avoid" as const };
  expect([item("a", contains), item("a", { ...contains, note: "花生过敏" }), item("a", { ...contains, options: [avoid] }), item("a", { options: [avoid] })].map(tellsAllergens)).toEqual([
    false, true, true, false,
  ]);
});

test("a ticket added at the end moves nothing; one taken off or put in front does", () => {
  const before = layoutOf(boardOf(view(ticket("a", 1, [item("1"), item("2")]), ticket("b", 2, [item("3")]))));
  expect(before).toEqual(["a", "1", "2", "b", "3"]);
  expect(hasMoved(before, [...before, "c", "4"])).toBe(false);
  expect(hasMoved(before, ["a", "2", "b", "3"])).toBe(true);
  expect(hasMoved(before, ["r", "9", ...before])).toBe(true);
  expect(hasMoved([], before)).toBe(false);
});
