import type { OwnDishView, ReleaseView } from "@dandan/client";
import { expect, test } from "vitest";
import { current, draftOf, find, hoursText, isChanged, isSame, priceOf, priceText, requestOf } from "./own";

const dish = (more: Partial<OwnDishView> = {}): OwnDishView => ({
  dish: "rice", code: "101", name: { zh: "米饭", en: "Rice" }, hours: null, own_hours: null,
  sizes: [
    { variant: "s", name: { zh: "小", en: "small" }, price: 300, own: null },
    { variant: "l", name: { zh: "大", en: "large" }, price: 500, own: 550 },
  ],
  ...more,
});

test("a price is typed in yuan and sent in whole fen", () => {
  expect(["12", "12.", "12.5", "12.05", "0", " 7 "].map(priceOf)).toEqual([1200, 1200, 1250, 1205, 0, 700]);
  expect(["", "-1", "1.234", "1e3", "十", "1234567", "1,5"].map(priceOf)).toEqual([null, null, null, null, null, null, null]);
  expect([1200, 1250, 1205, 0].map(priceText)).toEqual(["12", "12.50", "12.05", "0"]);
});

test("what is left empty, or typed as head office has it, is head office's", () => {
  expect(requestOf(dish(), draftOf(dish()))).toEqual({ body: { prices: { l: 550 }, hours: null } });
  expect(requestOf(dish(), { prices: { s: "3", l: "" }, hours: null })).toEqual({ body: { prices: {}, hours: null } });
  expect(requestOf(dish(), { prices: { s: "x" }, hours: null })).toEqual({ trouble: "price" });
});

test("hours are of a day, may run over midnight, and are not empty", () => {
  const hours = (from: string, to: string) => requestOf(dish(), { prices: {}, hours: { from, to } });
  expect(hours("22:00", "02:00")).toEqual({ body: { prices: {}, hours: { from_min: 1320, to_min: 120 } } });
  expect(hours("11:00", "11:00")).toEqual({ trouble: "hours" });
  expect(hours("", "11:00")).toEqual({ trouble: "hours" });
  const late = dish({ own_hours: { from_min: 600, to_min: 1440 } });
  expect(hoursText({ from_min: 600, to_min: 1440 })).toBe("10:00–24:00");
  expect(draftOf(late).hours).toEqual({ from: "10:00", to: "00:00" });
});

test("saving is offered only where something is another way than it was", () => {
  expect(isSame(dish(), draftOf(dish()))).toBe(true);
  expect(isSame(dish(), { prices: { l: "5.50" }, hours: null })).toBe(true);
  expect(isSame(dish(), { prices: { l: "5.6" }, hours: null })).toBe(false);
  expect(isChanged(dish())).toBe(true);
  expect(isChanged(dish({ sizes: [] }))).toBe(false);
});

test("the menu whose time it is, and the dish somebody looks for", () => {
  const release = (id: string, state: ReleaseView["state"]): ReleaseView => ({ id, version: 1, from: 0, may_price: true, may_hours: true, state });
  expect(current([release("a", "past"), release("b", "on_sale"), release("c", "planned")])?.id).toBe("b");
  expect(current([release("a", "on_sale"), release("b", "due")])?.id).toBe("b");
  expect(current([release("a", "planned")])).toBeNull();
  expect(find([dish(), dish({ code: "7", name: { zh: "汤", en: "Soup" }, sizes: [] })], " RI", false)).toHaveLength(1);
  expect(find([dish(), dish({ code: "7", name: { zh: "汤", en: "Soup" }, sizes: [] })], "", true)).toHaveLength(1);
});
