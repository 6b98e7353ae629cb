import { expect, test } from "vitest";
import { nextLook } from "./next";

test("the next code is asked for when this one ends, and soon after trouble", () => {
  expect(nextLook(20_000, 10_000, true)).toBe(10_250);
  expect(nextLook(null, 10_000, true)).toBe(60_000);
  expect(nextLook(null, 10_000, false)).toBe(3_000);
});

test("a screen whose clock is wrong neither sleeps through a code nor asks without a pause", () => {
  expect(nextLook(10_000_000, 10_000, true)).toBe(60_000);
  expect(nextLook(10_000, 10_000_000, true)).toBe(1_000);
});
