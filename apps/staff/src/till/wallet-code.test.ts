import { expect, test } from "vitest";
import { masked, nothingTyped, typed, walletOf } from "./wallet-code";

const WECHAT = "130000000000008801";

test("a code is its wallet's by prefix and length", () => {
  expect([WECHAT, "2812345678901234", "30".padEnd(24, "1")].map(walletOf)).toEqual(["wechat", "alipay", "alipay"]);
  expect(["", "13000", "160000000000000000", "281234567890123", "31".padEnd(16, "1"), "1300000000000088a1", "6901234567892"].map(walletOf)).toEqual(Array(7).fill(null));
});

test("a scanner's keys make one code, entered once", () => {
  let state = nothingTyped;
  const entered: string[] = [];
  for (const [i, key] of [...WECHAT, "Enter", "Enter"].entries()) {
    const next = typed(state, key, 1000 + i * 8);
    state = next.typed;
    if (next.entered !== null) entered.push(next.entered);
  }
  expect(entered).toEqual([WECHAT]);
  expect(state).toEqual(nothingTyped);
});

test("what was begun and left is not glued to the next code; Shift and Tab change nothing", () => {
  const begun = typed({ digits: "12", at: 0 }, "Shift", 10).typed;
  expect(begun.digits).toBe("12");
  expect(typed(begun, "1", 20_010).typed.digits).toBe("1");
  expect(typed({ digits: "12", at: 0 }, "Backspace", 5).typed.digits).toBe("1");
});

test("the code is never shown whole", () => {
  expect(masked(WECHAT)).toBe("•••• •••• •••• •• 8801");
  expect(masked("1300")).toBe("••••");
  expect(masked("")).toBe("");
});
