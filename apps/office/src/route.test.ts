import { expect, test } from "vitest";
import { parseRoute, toMenu, toUnit } from "./route";

test("addresses lead where they say, anything else to the tree", () => {
  expect(parseRoute(toUnit("store-7", "people"))).toEqual({ page: "unit", unit: "store-7", tab: "people" });
  expect(parseRoute("#/unit/store-7/nothing")).toEqual({ page: "unit", unit: "store-7", tab: "overview" });
  expect(parseRoute(toMenu(3))).toEqual({ page: "menu", version: 3 });
  expect(parseRoute("#/menus/0x3")).toEqual({ page: "menus" });
  expect([parseRoute(""), parseRoute("#/unit/../x"), parseRoute("#/elsewhere")].map((r) => r.page)).toEqual(["home", "home", "home"]);
});
