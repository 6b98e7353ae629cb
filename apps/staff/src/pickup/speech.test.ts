import type { PickupView } from "@dandan/client";
import { expect, test } from "vitest";
import { LONGEST_SENTENCE_MS, SpeechQueue, callsToMake, spokenNumber, type Call, type Speaker } from "./speech";

type Entry = PickupView["entries"][number];
const ready = (order: string, calls = 1, ready_at = 0): Entry => ({ order, number: order.toUpperCase(), state: "ready", ready_at, calls });
const view = (...entries: Entry[]): PickupView => ({ seq: 1, entries });
const call = (order: string, calls = 1): Call => ({ order, number: order.toUpperCase(), calls });
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

function rig(over: Partial<Speaker> = {}): { queue: SpeechQueue; log: string[]; end: () => Promise<void>; hang: () => Promise<void> } {
  const log: string[] = [];
  let finish: () => void = () => {};
  let expire: () => void = () => {};
  const speaker: Speaker = {
    speak: (text) => {
      log.push(`+${text}`);
      return new Promise((r) => (finish = () => (log.push(`-${text}`), r())));
    },
    chime: async () => void log.push("chime"),
    canSpeak: () => true,
    wait: (ms) => (ms === LONGEST_SENTENCE_MS ? new Promise((r) => (expire = r)) : Promise.resolve()),
    ...over,
  };
  const queue = new SpeechQueue(speaker, (n) => n, () => "zh");
  return { queue, log, end: async () => (finish(), settle()), hang: async () => (expire(), settle()) };
}

test("a number is spoken digit by digit", () => {
  expect(spokenNumber("A023", "zh")).toBe("A 零 二 三");
  expect(spokenNumber("A023", "en")).toBe("A 0 2 3");
});

test("a number is called when it becomes ready, and again when its calls rise", () => {
  const first = callsToMake({}, view(ready("a")), 0);
  expect(first.calls).toEqual([call("a")]);
  expect(callsToMake(first.spoken, view(ready("a")), 0).calls).toEqual([]);
  expect(callsToMake(first.spoken, view(ready("a", 2)), 0).calls).toEqual([call("a", 2)]);
});

test("it makes no difference whether a server counts the first announcement or only the repeats", () => {
  const first = callsToMake({}, view(ready("a", 0)), 0);
  expect(first.calls).toEqual([call("a", 0)]);
  expect(callsToMake(first.spoken, view(ready("a", 0)), 0).calls).toEqual([]);
  expect(callsToMake(first.spoken, view(ready("a", 1)), 0).calls).toEqual([call("a", 1)]);
});

test("a number taken back to the kitchen is called anew when it is ready again", () => {
  const back = callsToMake({ a: 1 }, view({ ...ready("a"), state: "preparing" }), 0);
  expect(callsToMake(back.spoken, view(ready("a")), 0).calls).toEqual([call("a")]);
});

test("a restarted screen does not repeat what it spoke, and catches up what it missed", () => {
  expect(callsToMake({ a: 1 }, view(ready("a", 1, 5), ready("b", 1, 6)), 9e9).calls).toEqual([call("b")]);
});

test("a brand-new screen calls only what became ready in the last minute", () => {
  const { calls, spoken } = callsToMake(null, view(ready("old", 1, 0), ready("new", 1, 100_000)), 120_000);
  expect(calls.map((c) => c.order)).toEqual(["new"]);
  expect(spoken).toEqual({ old: 1, new: 1 });
});

test("numbers still being prepared are never called and collected ones are forgotten", () => {
  const preparing: Entry = { order: "p", number: "P", state: "preparing", ready_at: null, calls: 0 };
  expect(callsToMake({ gone: 3 }, view(preparing), 0)).toEqual({ calls: [], spoken: {} });
});

test("nothing is spoken before the sound is unlocked, then all in order", async () => {
  const { queue, log, end } = rig();
  queue.add(call("a"));
  queue.add(call("b"));
  expect(log).toEqual([]);
  queue.unlock();
  await end();
  await end();
  expect(log).toEqual(["+A", "-A", "+B", "-B"]);
});

test("two numbers never overlap", async () => {
  const { queue, log, end } = rig();
  queue.unlock();
  queue.add(call("a"));
  queue.add(call("b"));
  await settle();
  expect(log).toEqual(["+A"]);
  await end();
  expect(log).toEqual(["+A", "-A", "+B"]);
});

test("a number waiting its turn is not queued twice, one already spoken is", async () => {
  const { queue, log, end } = rig();
  queue.unlock();
  queue.add(call("a"));
  queue.add(call("b"));
  queue.add(call("b", 2));
  queue.add(call("a", 2));
  expect(queue.waiting()).toEqual([call("b", 2), call("a", 2)]);
  for (let i = 0; i < 3; i++) await end();
  expect(log.filter((l) => l.startsWith("+"))).toEqual(["+A", "+B", "+A"]);
});

test("one collected before its turn is not called", async () => {
  const { queue, log, end } = rig();
  queue.unlock();
  queue.add(call("a"));
  queue.add(call("b"));
  queue.keepOnly(new Set(["a"]));
  await end();
  expect(log).toEqual(["+A", "-A"]);
});

test("a voice that never ends does not block the next number", async () => {
  const { queue, log, hang } = rig();
  queue.unlock();
  queue.add(call("a"));
  queue.add(call("b"));
  await settle();
  await hang();
  expect(log).toEqual(["+A", "+B"]);
});

test("without a voice for the language there is a chime", async () => {
  const { queue, log } = rig({ canSpeak: () => false });
  queue.unlock();
  queue.add(call("a"));
  await settle();
  expect(log).toEqual(["chime"]);
});

test("a voice that fails falls back to the chime", async () => {
  const { queue, log } = rig({ speak: () => Promise.reject(new Error("no voice")) });
  queue.unlock();
  queue.add(call("a"));
  await settle();
  expect(log).toEqual(["chime"]);
});
