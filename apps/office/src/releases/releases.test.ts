import { expect, test } from "vitest";
import type { Release, Unit } from "../net/contract";
import { madeAt, split } from "./releases";

const release = (id: string, unit: string, from_ms: number, state: Release["state"]): Release => ({ id, unit, version: 1, from_ms, may_price: false, may_hours: false, state });
const brand: Unit = { id: "brand", kind: "brand", name: "老王面馆" };
const region: Unit = { id: "north", kind: "region", parent: "brand", name: "北区" };

test("the newest on sale first, the next planned first", () => {
  const { onSale, planned } = split([release("d", "brand", 40, "planned"), release("a", "brand", 10, "on_sale"), release("c", "north", 30, "planned"), release("b", "north", 20, "on_sale")]);
  expect([onSale.map((r) => r.id), planned.map((r) => r.id)]).toEqual([["b", "a"], ["c", "d"]]);
});

test("a release of a unit above says whose it is; one's own says nothing", () => {
  expect(madeAt(release("a", "brand", 1, "on_sale"), region, [brand, region])).toBe("老王面馆");
  expect(madeAt(release("a", "north", 1, "on_sale"), region, [brand, region])).toBeNull();
  expect(madeAt(release("a", "brand", 1, "on_sale"), region, [region])).toBe("brand");
});
