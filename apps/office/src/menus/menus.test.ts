import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { faultsIn, rowOf } from "./faults";
import { kindOf, menuIn } from "./file";
import { menuOf, sections } from "./menu";

test("a wrong cell says where it stands, what it says, what to do", () => {
  const body = JSON.stringify({ code: "menu_faulty", faults: [{ sheet: "dishes 菜品", row: 12, column: "price", value: "38.005", reason: { zh: "最多两位小数", en: "two decimals at most" } }] });
  const [fault] = faultsIn(body);
  expect(fault).toBeDefined();
  if (fault === undefined) return;
  expect(rowOf(fault, zh, "zh")).toEqual({ where: "dishes 菜品 · 第 12 行 · price", what: "38.005", todo: "最多两位小数" });
  expect(rowOf(fault, en, "en").todo).toBe("two decimals at most");
});

test("a broken rule of the menu as a whole says what to do in our words", () => {
  const fault = { sheet: "mapo-tofu", row: 0, column: "", value: "hot2", rule: "no_station", reason: { zh: "没有这个档口", en: "no such station" } };
  expect(rowOf(fault, zh, "zh")).toEqual({ where: "mapo-tofu", what: "hot2", todo: zh.menus.rules.no_station });
  expect(rowOf({ rule: "empty", sheet: "" }, en, "en").where).toBe("Whole menu");
  expect(rowOf({ rule: "from_tomorrow", reason: { zh: "新规", en: "new" } }, zh, "zh").todo).toBe("新规");
});

test("an answer without a list of faults has none", () => {
  expect(["<html>", "[]", "null", '{"faults":"no"}', '{"faults":[null,3]}'].map(faultsIn)).toEqual([[], [], [], [], []]);
});

test("files are known by their names", () => {
  expect(["menu.XLSX", "a.b.csv", "menu.json", "menu.xls", "menu"].map(kindOf)).toEqual(["xlsx", "csv", "json", null, null]);
  expect(menuIn('\uFEFF{"dishes":[]}')).toEqual({ dishes: [] });
  expect([menuIn("[]"), menuIn("{"), menuIn("3")]).toEqual([null, null, null]);
});

test("a menu is shown by heading; headings without a fitting dish are left out", () => {
  const dish = (id: string, category: string, zh: string): object => ({ id, code: id, category, station: "hot", name: { zh, en: `${id} dish` }, variants: [] });
  const menu = menuOf({ currency: "CNY", stations: [], categories: [{ id: "m", name: { zh: "面", en: "Noodles" } }, { id: "x", name: { zh: "空", en: "None" } }], dishes: [dish("101", "m", "牛肉面"), dish("102", "m", "阳春面")] });
  expect(menu).not.toBeNull();
  if (menu === null) return;
  expect(sections(menu, "").map((s) => s.dishes.length)).toEqual([2]);
  expect(sections(menu, " 牛肉").flatMap((s) => s.dishes.map((d) => d.id))).toEqual(["101"]);
  expect(sections(menu, "102 DISH").flatMap((s) => s.dishes.map((d) => d.id))).toEqual(["102"]);
  expect(menuOf({ dishes: 3 })).toBeNull();
});
