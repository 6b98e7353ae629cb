import { describe, expect, it } from "vitest";
import { PIECES, floatPresets, nextPiece, overOf, pieceName, totalOf, typeCount } from "./count";

describe("the counting sheet", () => {
  it("adds up every note and coin in whole fen", () => {
    expect(totalOf({ 10_000: 3, 5000: 1, 100: 7, 50: 1, 10: 3 })).toBe(30_000 + 5000 + 700 + 50 + 30);
    expect(totalOf({})).toBe(0);
    expect(PIECES.CNY.map(pieceName)).toEqual(["100", "50", "20", "10", "5", "1", "0.5", "0.1"]);
  });
  it("types digits into one row, takes them back, and forgets an empty row", () => {
    let counts = typeCount({}, 2000, "1");
    counts = typeCount(counts, 2000, "2");
    expect(counts).toEqual({ 2000: 12 });
    counts = typeCount(counts, 2000, "⌫");
    expect(counts).toEqual({ 2000: 1 });
    expect(typeCount(counts, 2000, "⌫")).toEqual({});
  });
  it("keeps a counted zero apart from a row nobody counted", () => expect(typeCount({}, 100, "0")).toEqual({ 100: 0 }));
  it("does not grow beyond any drawer", () => expect(typeCount({ 10: 9999 }, 10, "9")).toEqual({ 10: 9999 }));
  it("walks down and round again", () => {
    expect(nextPiece(PIECES.CNY, 10_000)).toBe(5000);
    expect(nextPiece(PIECES.CNY, 10)).toBe(10_000);
  });
  it("offers the last float first, once", () => {
    expect(floatPresets(30_000)[0]).toBe(30_000);
    expect(floatPresets(50_000).filter((m) => m === 50_000)).toHaveLength(1);
    expect(floatPresets(null)).not.toContain(null);
  });
  it("says over, short and exact", () => {
    expect(overOf(0)).toEqual({ kind: "even" });
    expect(overOf(250)).toEqual({ kind: "over", by: 250 });
    expect(overOf(-250)).toEqual({ kind: "short", by: 250 });
  });
});
