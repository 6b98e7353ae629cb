import { expect, test } from "vitest";
import { mayLease, readLease } from "./speaker-lock";

test("a lease is for one page until it ends; a damaged one is nobody's", () => {
  expect(mayLease(null, "a", 0)).toBe(true);
  expect(mayLease({ page: "a", until: 100 }, "a", 50)).toBe(true);
  expect(mayLease({ page: "b", until: 100 }, "a", 50)).toBe(false);
  expect(mayLease({ page: "b", until: 100 }, "a", 101)).toBe(true);
  expect([readLease("{"), readLease(null), readLease('{"page":1}')]).toEqual([null, null, null]);
  expect(readLease('{"page":"a","until":5}')).toEqual({ page: "a", until: 5 });
});

test("a clock that was set back does not silence a device for hours", () => {
  expect(mayLease({ page: "b", until: 10_000_000 }, "a", 0)).toBe(true);
});
