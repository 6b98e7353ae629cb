import { expect, test } from "vitest";
import { looksLikeReceipt, receiptText, receiptTone } from "./receipt";

test("a scanner's white space is not part of a receipt", () => {
  expect(receiptText(" DDR1.abc\r\n.def\t")).toBe("DDR1.abc.def");
});

test("a wallet's code or a slip's is no receipt, and a later form of receipt is one", () => {
  expect(["DDR1.a.b", "DDR2.a.b", "130000000000000001", "", "ddr1.a.b", "https://x/DDR1."].map(looksLikeReceipt)).toEqual([true, true, false, false, false, false]);
});

test("only money that the check has now is told as taken", () => {
  expect(Object.entries(receiptTone).filter(([, tone]) => tone === "good")).toEqual([["counted", "good"]]);
});
