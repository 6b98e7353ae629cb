import type { Dish } from "@dandan/client";
import { expect, test } from "vitest";
import { choiceOf, missing, mustChoose, selection, setOption, setQuantity, setWeight, startChoice, toggleOption } from "./choice";

const t = (zh: string): { zh: string; en: string } => ({ zh, en: zh });
const option = (id: string, excludes: string[] = []): Dish["groups"][number]["options"][number] => ({ id, name: t(id), price: 0, max: 1, excludes });
const dish = (over: Partial<Dish>): Dish => ({ id: "a", code: "1", category: "c", station: "w", name: t("a"), description: null, image: "", charge: "item", variants: [{ id: "std", name: t(""), price: 1000 }], groups: [], set_groups: [], allergens: [], hours: null, daily_count: null, due_min: 1, overdue_min: 2, pinyin: "a", popular: false, ...over });
const HEAT = { id: "heat", name: t("辣"), kind: "method" as const, min: 1, max: 1, options: [option("mild"), option("hot", ["kids"])] };
const MORE = { id: "more", name: t("其他"), kind: "other" as const, min: 0, max: 2, options: [option("kids"), option("togo")] };
const FREE = { covers: 4, remaining: null };

test("a tap adds at once only where nothing must be asked", () => {
  expect(mustChoose(dish({}), FREE)).toBe(false);
  expect(mustChoose(dish({ groups: [MORE] }), FREE)).toBe(false);
  expect(mustChoose(dish({ groups: [HEAT] }), FREE)).toBe(true);
  expect(mustChoose(dish({ charge: "weight" }), FREE)).toBe(true);
  expect(mustChoose(dish({ variants: [{ id: "s", name: t("小"), price: 1 }, { id: "l", name: t("大"), price: 2 }] }), FREE)).toBe(true);
});

test("a required group is forced, and what excludes each other is never chosen together", () => {
  const d = dish({ groups: [HEAT, MORE] });
  const start = startChoice(d);
  expect([missing(d, start, FREE).length, selection(d, start, FREE)]).toEqual([1, null]);
  const hot = toggleOption(d, start, HEAT, "hot");
  expect(setOption(d, hot, "kids", 1).options).toEqual({ hot: 1 });
  expect(selection(d, toggleOption(d, hot, MORE, "togo"), FREE)?.options).toEqual([{ option: "hot", quantity: 1 }, { option: "togo", quantity: 1 }]);
});

test("a line opened again has what it had, as far as the menu still has it", () => {
  const d = dish({ groups: [HEAT, MORE] });
  const line = { dish: "a", variant: "std", quantity: 3, weight_g: null, options: [{ option: "mild", quantity: 1 }, { option: "gone", quantity: 1 }], set: [], note: "少盐" };
  expect(selection(d, choiceOf(d, line), FREE)).toEqual({ ...line, options: [{ option: "mild", quantity: 1 }] });
});

test("quantity stays within heads and stock, weight within the scale", () => {
  expect(setQuantity(dish({ charge: "cover" }), startChoice(dish({})), 9, FREE).quantity).toBe(4);
  expect(setQuantity(dish({}), startChoice(dish({})), 9, { covers: 2, remaining: 5 }).quantity).toBe(5);
  const fish = startChoice(dish({ charge: "weight" }));
  expect([setWeight(fish, 10).weight_g, setWeight(fish, 99_999).weight_g, setWeight(fish, 640).weight_g, setWeight(fish, Number.NaN).weight_g]).toEqual([50, 20_000, 640, 500]);
});
