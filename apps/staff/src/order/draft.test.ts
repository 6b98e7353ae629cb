import type { Difference, Dish, Menu, Problem, Quote, Selection } from "@dandan/client";
import { expect, test } from "vitest";
import { line, order } from "../floor/made-up";
import { acceptDifferences, add, again, emptyDraft, holdCourse, lacksSoup, orderBody, perHeadLacking, priced, quoteLines, readDraft, refuse, setLine, setQuantity, totalOf, withPerHead, type Draft } from "./draft";

const t = (zh: string): { zh: string; en: string } => ({ zh, en: zh });
const dish = (id: string, price: number, over: Partial<Dish> = {}): Dish => ({ id, code: id, category: "c", station: "wok", name: t(id), description: null, image: "", charge: "item", variants: [{ id: "std", name: t(""), price }], groups: [], set_groups: [], allergens: [], hours: null, daily_count: null, due_min: 1, overdue_min: 2, pinyin: id, popular: false, ...over });
const SPICE = { id: "g", name: t("辣"), kind: "method" as const, min: 1, max: 1, options: [{ id: "mild", name: t("微辣"), price: 200, max: 1, excludes: [] }] };
const MENU: Menu = { version: 3, hash: "", currency: "CNY", stations: [], categories: [], dishes: [dish("a", 1000), dish("b", 2000, { groups: [SPICE] }), dish("fish", 8800, { charge: "weight" }), dish("soup", 5000, { pot: "soup" }), dish("beef", 4000, { pot: "for_pot" }), dish("dip", 500, { charge: "cover" })] };
const pick = (id: string, over: Partial<Selection> = {}): Selection => ({ dish: id, variant: "std", quantity: 1, weight_g: null, options: [], set: [], note: null, ...over });
const blank = (): Draft => emptyDraft("s", "order-1", 0);
let n = 0;
const ids = (): string => `id${++n}`;

test("the same again is one line with more of it; another course, note or weight is a line of its own", () => {
  let d = add(blank(), "1", pick("a"));
  d = add(d, "2", pick("a", { quantity: 2 }));
  expect(d.lines.map((l) => [l.line, l.quantity])).toEqual([["1", 3]]);
  d = add({ ...d, course: 2 }, "3", pick("a"));
  d = add(d, "4", pick("a", { note: "少盐" }));
  d = add(d, "5", pick("fish", { weight_g: 500 }));
  d = add(d, "6", pick("fish", { weight_g: 500 }));
  expect(d.lines.map((l) => l.line)).toEqual(["1", "3", "4", "5", "6"]);
});

test("none of it takes the line off, and nobody orders more than ninety-nine", () => {
  const d = add(blank(), "1", pick("a"));
  expect(setQuantity(d, "1", 0).lines).toEqual([]);
  expect(setQuantity(d, "1", 500).lines[0]?.quantity).toBe(99);
});

test("a course is held as a whole", () => {
  const d = add({ ...add({ ...blank(), course: 1 }, "1", pick("a")), course: 2 }, "2", pick("a"));
  expect(holdCourse(d, 2, true).lines.map((l) => l.hold)).toEqual([false, true]);
});

test("a quote is asked without course and seat; the order says them only where they are", () => {
  const d = setLine(add({ ...blank(), course: 2, seat: 1 }, "1", pick("a")), "1", { hold: true });
  const both = add({ ...d, course: null, seat: null }, "2", pick("b"));
  expect(Object.keys(quoteLines(d.lines)[0] ?? {})).not.toContain("course");
  const body = orderBody(both, priced(both.lines, null, MENU), 3);
  expect(body.lines[0]).toMatchObject({ course: 2, seat: 1, hold: true, unit_price: 1000 });
  expect(Object.keys(body.lines[1] ?? {})).not.toContain("hold");
  expect([body.order, body.total, body.note]).toEqual(["order-1", 3000, null]);
});

test("the server's price counts; without one the menu's is an estimate", () => {
  const d = add(add(blank(), "1", pick("b", { options: [{ option: "mild", quantity: 1 }], quantity: 2 })), "2", pick("fish", { weight_g: 620 }));
  expect(priced(d.lines, null, MENU).map((l) => l.amount)).toEqual([4400, 10_912]);
  const quote: Quote = { menu_version: 3, total: 1, lines: [{ line: "1", unit_price: 2500, amount: 5000, problem: null }, { line: "2", unit_price: 0, amount: 0, problem: "sold_out" }] };
  expect(totalOf(priced(d.lines, quote, MENU))).toBe(5000 + 10_912);
});

const differs = (...differences: Difference[]): Problem => ({ type: "", title: "", status: 409, code: "order_differs", detail: "", texts: t(""), differences }) as unknown as Problem;
const difference = (l: string, problem: Difference["problem"], left: number | null = null): Difference => ({ line: l, name: t(""), problem, was: 1, now: problem === "price_changed" ? 2 : null, left });

test("a refusal loses nothing and the next try is another order; accepting it takes out only what can't be had", () => {
  let d = ["1", "2", "3", "4"].reduce((x, id) => add(x, id, pick("a", { note: id, quantity: 3 })), blank());
  d = refuse({ ...d, sending: orderBody(d, [], 1) }, differs(difference("1", "price_changed"), difference("2", "sold_out"), difference("3", "not_enough_left", 2)), "order-2");
  expect([d.lines.length, d.sending, d.refused?.differences.length, d.order]).toEqual([4, null, 3, "order-2"]);
  const next = acceptDifferences(d);
  expect(next.lines.map((l) => [l.line, l.quantity])).toEqual([["1", 3], ["3", 2], ["4", 3]]);
  expect([next.order, next.refused]).toEqual(["order-2", null]);
});

test("what every guest gets is written down for all of them, and only as far as it is missing", () => {
  const view = { per_head: ["dip", "gone"], covers: 4 };
  expect(withPerHead(blank(), view, MENU, ids).lines.map((l) => [l.dish, l.quantity])).toEqual([["dip", 4]]);
  const begun = add(blank(), "1", pick("dip", { quantity: 3 }));
  expect(withPerHead(begun, view, MENU, ids).lines.map((l) => [l.dish, l.quantity])).toEqual([["dip", 4]]);
});

test("what has to be chosen is not written down but asked for", () => {
  const menu = { ...MENU, dishes: [...MENU.dishes, dish("sauce", 0, { groups: [SPICE] })] };
  const view = { per_head: ["sauce"], covers: 4 };
  const d = withPerHead(blank(), view, menu, ids);
  expect([d.lines, perHeadLacking(d, view, menu).map((l) => [l.dish.id, l.more])]).toEqual([[], [["sauce", 4]]]);
  const one = add(d, "1", pick("sauce", { quantity: 3 }));
  expect(perHeadLacking(one, view, menu).map((l) => l.more)).toEqual([1]);
  expect(perHeadLacking(setQuantity(one, "1", 4), view, menu)).toEqual([]);
});

test("a hot pot lacks its soup until one is ordered or written down; a voided one does not count", () => {
  const view = (...orders: ReturnType<typeof order>[]): { hot_pot: boolean; orders: ReturnType<typeof order>[] } => ({ hot_pot: true, orders });
  const soup = line({ dish: "soup" });
  expect(lacksSoup(view(), blank(), MENU)).toBe(true);
  expect(lacksSoup(view(), add(blank(), "1", pick("soup")), MENU)).toBe(false);
  expect(lacksSoup(view(order([soup])), blank(), MENU)).toBe(false);
  expect(lacksSoup(view(order([{ ...soup, state: "voided" }])), blank(), MENU)).toBe(true);
  expect(lacksSoup(view(order([soup], { state: "declined" })), blank(), MENU)).toBe(true);
  expect(lacksSoup({ hot_pot: false, orders: [] }, add(blank(), "1", pick("beef")), MENU)).toBe(true);
  expect(lacksSoup({ hot_pot: false, orders: [] }, add(blank(), "1", pick("a")), MENU)).toBe(false);
});

test("the same round again has its options back and names what is gone; voided lines are not repeated", () => {
  const before = order([
    line({ dish: "b", name: t("b"), quantity: 2, options: [{ name: t("微辣"), quantity: 1, kind: "method" }] }), line({ dish: "a", name: t("a"), state: "voided" }),
    line({ dish: "old", name: t("旧菜") }), line({ dish: "b", name: t("b"), options: [{ name: t("没有的"), quantity: 1, kind: "method" }] }),
  ]);
  const { selections, lost } = again(before, MENU);
  expect(selections).toEqual([pick("b", { quantity: 2, options: [{ option: "mild", quantity: 1 }] })]);
  expect(lost).toEqual(["旧菜", "b"]);
});

test("a stored draft comes back whole; anything else is none", () => {
  const d = add(blank(), "1", pick("a"));
  expect(readDraft(JSON.stringify(d), "s")).toEqual(d);
  expect([readDraft(null, "s"), readDraft("{", "s"), readDraft("[]", "s"), readDraft(JSON.stringify(d), "other")]).toEqual([null, null, null, null]);
});
