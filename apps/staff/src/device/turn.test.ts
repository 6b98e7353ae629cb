import { afterEach, expect, test, vi } from "vitest";
import { mayLease, readLease, takeTurn } from "./turn";

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

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A plain-http page: no Web Locks, a storage and timers. */
function plainHttp(): { leave: () => void } {
  vi.useFakeTimers();
  const kept = new Map<string, string>();
  const gone: (() => void)[] = [];
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("localStorage", { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v), removeItem: (k: string) => void kept.delete(k) });
  vi.stubGlobal("addEventListener", (_: string, f: () => void) => void gone.push(f));
  vi.stubGlobal("removeEventListener", () => undefined);
  return { leave: () => gone[0]?.() };
}

test("without Web Locks one page holds the turn by renewing its lease, and gives it up when it is left", () => {
  const { leave } = plainHttp();
  const had: string[] = [];
  takeTurn("x", () => had.push("a"), () => had.push("a lost"));
  takeTurn("x", () => had.push("b"), () => had.push("b lost"));
  takeTurn("y", () => had.push("other turn"), () => undefined);
  vi.advanceTimersByTime(60_000);
  expect(had).toEqual(["a", "other turn"]);
  leave();
  expect(had).toEqual(["a", "other turn", "a lost"]);
});

test("a page that gave its turn back does not hold up the next", () => {
  plainHttp();
  const had: string[] = [];
  const giveBack = takeTurn("x", () => had.push("a"), () => undefined);
  takeTurn("x", () => had.push("b"), () => undefined);
  giveBack();
  vi.advanceTimersByTime(2000);
  expect(had).toEqual(["a", "b"]);
});
