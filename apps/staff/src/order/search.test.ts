import { expect, test } from "vitest";
import { enterHit, favourites, find, rank } from "./search";

const dish = (code: string, zh: string, pinyin: string, en: string, popular = false): { id: string; code: string; pinyin: string; popular: boolean; name: { zh: string; en: string } } => ({ id: `d${code}`, code, pinyin, popular, name: { zh, en } });
const MENU = [dish("101", "宫保鸡丁", "gbjd", "Kung Pao chicken", true), dish("102", "鱼香肉丝", "yxrs", "Fish-flavoured pork"), dish("10", "米饭", "mf", "Rice"), dish("201", "拍黄瓜", "phg", "Smashed cucumber", true), dish("301", "干煸鸡", "gbj", "Dry chicken")];
const NONE = new Map<string, number>();
const codes = (q: string, often = NONE): string[] => find(MENU, q, often).map((d) => d.code);

test("a number typed whole comes before numbers that begin with it", () => {
  expect(codes("10")).toEqual(["10", "101", "102"]);
  expect(codes("2")).toEqual(["201"]);
});

test("initials, names in both languages and pieces of them find a dish", () => {
  expect(codes("gbj")).toEqual(["301", "101"]);
  expect(codes("GBJD")).toEqual(["101"]);
  expect(codes("黄瓜")).toEqual(["201"]);
  expect(codes("chick")).toEqual(["101", "301"]);
  expect(codes("flavoured")).toEqual(["102"]);
  expect(codes("zzz")).toEqual([]);
});

test("among equals the one ordered often comes first", () => {
  expect(codes("chick", new Map([["d301", 4]]))).toEqual(["301", "101"]);
});

test("nothing typed finds nothing", () => {
  expect([rank(MENU[0] ?? dish("", "", "", ""), " "), codes("")]).toEqual([null, []]);
});

test("Enter adds only what is meant beyond doubt", () => {
  const hit = (q: string): string | null => enterHit(MENU, q, NONE)?.code ?? null;
  expect([hit("201"), hit("10"), hit("1"), hit("gbj"), hit("gb"), hit("phg"), hit("xx")]).toEqual(["201", "10", null, "301", null, "201", null]);
  expect(enterHit([...MENU, dish("999", "古巴鸡丁", "gbjd", "Other")], "gbjd", NONE)).toBeNull();
});

test("favourites: this device's own first, then the house's", () => {
  expect(favourites(MENU, new Map([["d102", 2], ["d201", 7]]), 3).map((d) => d.code)).toEqual(["201", "102", "101"]);
});
