import { expect, test } from "vitest";
import { amountText, cashOf, parseAmount, quickAmounts, typeAmount } from "./cash";

test("amounts are typed in yuan and never lose a fen", () => {
  const type = (keys: string): string => [...keys].reduce(typeAmount, "");
  expect(["100", "0", "007", ".5", "12.345", "1.2.3", "12345678", "12⌫"].map(type)).toEqual(["100", "0", "7", "0.5", "12.34", "1.23", "123456", "1"]);
  expect(["", "100", "0.5", "12.34", "12."].map(parseAmount)).toEqual([0, 10_000, 50, 1234, 1200]);
  for (const fen of [0, 1, 10, 99, 100, 19_905, 123_456]) expect(parseAmount(amountText(fen))).toBe(fen);
});

test("quick amounts begin with the exact sum and go up", () => {
  expect(quickAmounts(18_650)).toEqual([18_650, 19_000, 20_000, 30_000]);
  expect(quickAmounts(10_000)).toEqual([10_000, 20_000]);
});

test("change and shortage are never both there", () => {
  expect(cashOf(1000, 1500)).toEqual({ received: 1500, change: 500, short: 0 });
  expect(cashOf(1000, 400)).toEqual({ received: 400, change: 0, short: 600 });
});
