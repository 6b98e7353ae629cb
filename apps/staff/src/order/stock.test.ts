import { expect, test } from "vitest";
import { blocks, canOrder, leftOf } from "./stock";

const view = (over: object): Parameters<typeof canOrder>[2] => [{ dish: "a", sold_out: false, remaining: null, off_hours: false, paused: false, ...over }];
const live = (over: object): Parameters<typeof canOrder>[1] => [{ dish: "a", name: { zh: "", en: "" }, sold_out: false, remaining: null, ...over }];

test("the floor's live stock counts before what the party's view knew", () => {
  expect(canOrder("a", live({ sold_out: true }), [])).toEqual({ kind: "sold_out" });
  expect(canOrder("a", live({}), view({ sold_out: true }))).toEqual({ kind: "ok" });
  expect(canOrder("a", live({ remaining: 3 }), view({ remaining: 9 }))).toEqual({ kind: "few", left: 3 });
  expect(canOrder("a", live({ remaining: 30 }), [])).toEqual({ kind: "ok" });
  expect([leftOf("a", live({ remaining: 3 }), view({ remaining: 9 })), leftOf("b", [], [])]).toEqual([3, null]);
});

test("off hours stops a waiter too; what is paused for guests does not", () => {
  expect([canOrder("a", [], view({ off_hours: true })), canOrder("a", [], view({ paused: true }))].map(blocks)).toEqual([true, false]);
});
