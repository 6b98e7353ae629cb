import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import type { StoreState, Unit } from "../net/contract";
import { followLong, lineWords } from "./look";
import { filtered, find, followingOf, hasTrouble, lineOf, lineage, parentsFor, rollOf, storesOf, treeOf } from "./tree";

const fine: StoreState = { home: "box", reachable: true, directive: { wanted: 7, followed: 7 } };
const store = (id: string, parent: string, state: StoreState = fine): Unit => ({ id, kind: "store", parent, name: id, store: id, state });
const units: Unit[] = [
  store("店10", "north"),
  store("店2", "north", { ...fine, reachable: false, last_seen_ms: Date.UTC(2026, 10, 23, 2, 5) }),
  { id: "brand", kind: "brand", name: "brand" },
  { id: "north", kind: "region", parent: "brand", name: "北区" },
  { id: "south", kind: "region", parent: "brand", name: "南区" },
  store("店3", "south", { ...fine, directive: { wanted: 7, followed: 5, trouble: "menu_faulty", trouble_texts: { zh: "菜单有错", en: "faulty" } } }),
  store("总店", "brand", { ...fine, directive: { wanted: 7, followed: 6 } }),
];
const roots = treeOf(units);

test("the tree has regions before stores, in natural order, each one level deeper", () => {
  const lines = (nodes: typeof roots): string[] => nodes.flatMap((n) => [`${n.depth} ${n.unit.name}`, ...lines(n.children)]);
  expect(lines(roots)).toEqual(["0 brand", "1 北区", "2 店2", "2 店10", "1 南区", "2 店3", "1 总店"]);
});

test("a region's token sees its region as the root", () => {
  expect(treeOf(units.filter((u) => u.id === "north" || u.parent === "north")).map((n) => n.unit.id)).toEqual(["north"]);
});

test("what is done at a unit reaches every store below it", () => {
  const at = (id: string): string[] => storesOf(find(roots, id) ?? { unit: store("?", "?"), depth: 0, children: [] }).map((s) => s.id);
  expect(at("brand")).toEqual(["店2", "店10", "店3", "总店"]);
  expect(at("north")).toEqual(["店2", "店10"]);
  expect(at("店3")).toEqual(["店3"]);
  expect(find(roots, "nowhere")).toBeNull();
});

test("a unit moves neither below itself nor below a store", () => {
  const to = (id: string): string[] => parentsFor(units, units.find((u) => u.id === id) ?? null).map((u) => u.id);
  expect(to("north")).toEqual(["brand", "south"]);
  expect(to("店3")).toEqual(["brand", "north", "south"]);
  expect(to("brand")).toEqual([]);
  expect(lineage(units, "店2").map((u) => u.id)).toEqual(["店2", "north", "brand"]);
});

test("stores are counted by how they stand", () => {
  expect(rollOf(storesOf(roots[0] ?? { unit: store("?", "?"), depth: 0, children: [] }))).toEqual({ stores: 4, away: 1, waiting: 1, trouble: 1 });
});

test("a store nobody decides for is not online, whatever else is said", () => {
  expect(lineOf(store("x", "north", { home: "none", reachable: true })).at).toBe("none");
  expect(lineOf({ id: "x", kind: "store", name: "x" }).at).toBe("none");
});

test("trouble comes before waiting; without a directive there is nothing to follow", () => {
  const directive = (wanted: number, followed: number, trouble?: string): Unit => store("x", "north", { ...fine, directive: { wanted, followed, trouble } });
  expect(followingOf(directive(3, 2, "directive_old"))).toBe("trouble");
  expect(followingOf(directive(3, 2))).toBe("waiting");
  expect(followingOf(directive(3, 2, "store_offline"))).toBe("waiting");
  expect(followingOf(directive(3, 3))).toBe("followed");
  expect(followingOf(directive(0, 0))).toBe("nothing");
  expect(hasTrouble(directive(3, 2))).toBe(false);
  expect(hasTrouble(directive(3, 2, "menu_faulty"))).toBe(true);
});

test("a filter keeps the way to what fits", () => {
  const names = (nodes: typeof roots): string[] => nodes.flatMap((n) => [n.unit.name, ...names(n.children)]);
  expect(names(filtered(roots, "店10", false))).toEqual(["brand", "北区", "店10"]);
  expect(names(filtered(roots, "北", false))).toEqual(["brand", "北区", "店2", "店10"]);
  expect(names(filtered(roots, "", true))).toEqual(["brand", "北区", "店2", "南区", "店3"]);
  expect(filtered(roots, "没有", false)).toEqual([]);
});

test("a state in words says since when, by the store's clock, and what went wrong", () => {
  const now = Date.UTC(2026, 10, 23, 6, 0);
  const named = (id: string): Unit => units.find((u) => u.id === id) ?? store("?", "?");
  expect(lineWords(named("店2"), zh, now, 480)).toBe("10:05 起断开");
  expect(lineWords(named("店2"), en, now + 86_400_000, 480)).toBe("Cut off since 11-23 10:05");
  expect(followLong(named("店3"), zh, "zh")).toBe("送达出错：菜单有错");
  expect(followLong(named("总店"), en, "en")).toBe("No. 7 has not arrived; the store follows no. 6");
});
