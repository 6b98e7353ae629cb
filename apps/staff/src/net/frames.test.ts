import type { Frame } from "@dandan/client";
import { expect, test } from "vitest";
import { ServerClock, backoffMs, emptyFeed, parseFrame, staleSeconds, takeFrame, type FeedState } from "./frames";

type F = Frame<string[], string>;
const merge = (view: string[], change: string): string[] => [...view, change];
const run = (frames: F[], from: FeedState<string[]> = emptyFeed()): { state: FeedState<string[]>; resyncs: number } => {
  let resyncs = 0;
  let state = from;
  for (const f of frames) {
    const step = takeFrame(state, f, merge);
    state = step.next;
    if (step.resync) resyncs++;
  }
  return { state, resyncs };
};
const snap = (seq: number, ...view: string[]): F => ({ type: "snapshot", seq, at: 0, view });
const change = (seq: number, c: string): F => ({ type: "change", seq, at: 0, change: c });
const beat = (seq: number): F => ({ type: "heartbeat", seq, at: 0 });

test("changes above the snapshot are merged in order", () => {
  expect(run([snap(3, "a"), change(4, "b"), change(9, "c")]).state).toMatchObject({ view: ["a", "b", "c"], seq: 9 });
});

test("a change that repeats after a resume is ignored", () => {
  const held = { view: ["a", "b"], seq: 5, heard: null };
  const { state, resyncs } = run([change(4, "a"), change(5, "b"), change(6, "c")], held);
  expect(state.view).toEqual(["a", "b", "c"]);
  expect(resyncs).toBe(0);
});

test("a snapshot is taken even when its seq is lower", () => {
  expect(run([snap(9, "old"), snap(2, "new")]).state).toMatchObject({ view: ["new"], seq: 2 });
});

test("a seq that goes backwards on one connection resyncs", () => {
  const { state, resyncs } = run([snap(3, "a"), change(6, "b"), change(5, "x")]);
  expect(resyncs).toBe(1);
  expect(state.seq).toBeNull();
});

test("a heartbeat behind what we hold resyncs, one ahead never moves the resume point", () => {
  expect(run([beat(2)], { view: [], seq: 3, heard: null }).resyncs).toBe(1);
  expect(run([snap(3), beat(8)]).state.seq).toBe(3);
  expect(run([snap(3), beat(8), change(9, "x")]).state.view).toEqual(["x"]);
});

test("a change before any snapshot resyncs", () => {
  expect(run([change(1, "x")]).resyncs).toBe(1);
});

test("what is not a frame reads as null", () => {
  expect(parseFrame("nonsense")).toBeNull();
  expect(parseFrame('{"type":"other","seq":1,"at":1}')).toBeNull();
  expect(parseFrame("null")).toBeNull();
  expect(parseFrame('{"type":"heartbeat","seq":1,"at":1}')).toEqual({ type: "heartbeat", seq: 1, at: 1 });
});

test("server time follows the fastest of the last ten frames and then a changed clock", () => {
  const clock = new ServerClock();
  expect(clock.now(0)).toBeNull();
  clock.heard(10_000, 100);
  clock.heard(12_000, 2_900);
  expect(clock.now(3_000)).toBe(12_900);
  for (let i = 0; i < 10; i++) clock.heard(1_000, 5_000);
  expect(clock.now(5_000)).toBe(1_000);
});

test("the stale banner starts after five silent seconds and counts", () => {
  expect(staleSeconds(1_000, 0, 6_000)).toBeNull();
  expect(staleSeconds(1_000, 0, 6_001)).toBe(5);
  expect(staleSeconds(null, 0, 13_500)).toBe(13);
});

test("reconnects slow down to five seconds and no further", () => {
  expect([0, 1, 2, 3, 4, 50].map((n) => backoffMs(n, 0.5))).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
});

test("a heartbeat before the first snapshot says only that the server lives", () => {
  const { state, resyncs } = run([beat(5), snap(5, "a"), change(6, "b")]);
  expect([state.view, resyncs]).toEqual([["a", "b"], 0]);
});

test("a heartbeat may overtake changes on their way", () => {
  const { state, resyncs } = run([snap(3), beat(6), change(5, "a"), change(6, "b")]);
  expect([state.view, resyncs]).toEqual([["a", "b"], 0]);
});
