import { describe, expect, it } from "vitest";
import { kept, receiptOf, receiptPath } from "@/rules/receipt";

describe("a receipt", () => {
  it("is what the cloud signed, and nothing else", () => {
    expect(receiptOf("a", { state: "paid", text: "DDR1.x.y", amount: 600, paid_at: 1 })).toEqual({ ask: "a", text: "DDR1.x.y" });
    for (const odd of [null, "", "<html>", {}, { state: "none", text: null }, { state: "paid", text: null }, { state: "paid", text: "hello" }, { text: "DDR1.x.y" }]) {
      expect(receiptOf("a", odd)).toEqual({ ask: "a", text: null });
    }
  });
  it("once seen stays, whatever a bad line answers afterwards", () => {
    const seen = { ask: "a", text: "DDR1.x.y" };
    expect(kept(seen, receiptOf("a", null))).toEqual(seen);
    expect(kept(seen, receiptOf("b", null))).toEqual({ ask: "b", text: null });
    expect(kept(null, receiptOf("a", null))).toEqual({ ask: "a", text: null });
  });
  it("is found by the payment's number at the channel", () => {
    expect(receiptPath("https://c.example", "07", { attempt: "0a" })).toBe("https://c.example/s/07/receipt/0a");
    expect(receiptPath("", "07", { attempt: null })).toBeNull();
  });
});
