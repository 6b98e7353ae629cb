import { expect, test } from "vitest";
import { parseSettings, defaults } from "../device/settings";
import { byName, clockTime, money, wholeMinutes } from "./labels";

test("money keeps two decimals, thousands and the sign", () => {
  expect([0, 5, 3800, 123456789, -250].map((m) => money(m, "CNY"))).toEqual(["¥0.00", "¥0.05", "¥38.00", "¥1,234,567.89", "-¥2.50"]);
  expect(money(1999, "USD")).toBe("$19.99");
});

test("times are the store's wall clock", () => {
  expect(clockTime(Date.UTC(2026, 0, 1, 4, 5), 480)).toBe("12:05");
  expect(clockTime(Date.UTC(2026, 0, 1, 4, 5), -300)).toBe("23:05");
});

test("minutes never run below zero", () => {
  expect([wholeMinutes(0, 59_999), wholeMinutes(0, 60_000), wholeMinutes(5_000, 0)]).toEqual([0, 1, 0]);
});

test("table 2 comes before table 10", () => {
  expect(["10", "2", "1"].sort(byName)).toEqual(["1", "2", "10"]);
});

test("damaged storage falls back to the defaults", () => {
  expect(parseSettings("{")).toEqual(defaults);
  expect(parseSettings('{"lang":"en"}')).toEqual({ ...defaults, lang: "en" });
});
