import { expect, test } from "vitest";
import type { Announcement, Said } from "@dandan/client";
import { LONGEST_MS, VoiceQueue, listensFrom, missedOf, toSay, type Heard } from "./queue";
import { keyOf, utteranceOf, type Utterance } from "./said";

const paid: Said = { kind: "paid", way: "wechat_code", amount: 3850, tip: 0 };
const said = (number: number, at = number * 1000, what: Said = paid, over: Partial<Announcement> = {}): Utterance => utteranceOf({ number, session: "s", table_name: "3", at, played_at: null, said: what, ...over });
const settle = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await Promise.resolve();
};

interface Rig {
  queue: VoiceQueue;
  log: string[];
  end: () => Promise<void>;
  hang: () => Promise<void>;
}

function rig(over: { hears?: () => Heard; turn?: () => Promise<() => void>; wasSaid?: (u: Utterance) => boolean } = {}): Rig {
  const log: string[] = [];
  let finish: () => void = () => {};
  let expire: () => void = () => {};
  const queue = new VoiceQueue({
    turn: over.turn ?? (() => Promise.resolve(() => undefined)),
    wasSaid: over.wasSaid ?? (() => false),
    say: (u) => {
      log.push(`+${u.number}`);
      return new Promise((done) => (finish = () => (log.push(`-${u.number}`), done(over.hears?.() ?? "voice"))));
    },
    wait: (ms) => (ms === LONGEST_MS ? new Promise((done) => (expire = done)) : Promise.resolve()),
    onSaid: (u) => log.push(`said ${u.number}`),
    onSilent: () => log.push("silent"),
    onChange: () => {},
  });
  return { queue, log, end: async () => (finish(), settle()), hang: async () => (expire(), settle()) };
}

test("one after the other, in order, none left out, of every kind", async () => {
  const { queue, log, end } = rig();
  queue.start();
  queue.add([said(1), said(2, 2000, { kind: "new_order", order: "o", number: "3-1", dishes: 4, stations: ["wok"] })]);
  queue.add([said(2, 2000, { kind: "new_order", order: "o", number: "3-1", dishes: 4, stations: ["wok"] }), said(3, 3000, { kind: "queue", entry: "e", number: "A1" })]);
  await settle();
  expect(log).toEqual(["+1"]);
  await end();
  await end();
  await end();
  expect(log).toEqual(["+1", "-1", "said 1", "+2", "-2", "said 2", "+3", "-3", "said 3"]);
});

test("nothing is said before a person let the page make sound; then all of it", async () => {
  const { queue, log, end } = rig();
  queue.add([said(1)]);
  await settle();
  expect(log).toEqual([]);
  queue.start();
  await settle();
  await end();
  expect(log).toEqual(["+1", "-1", "said 1"]);
});

test("a voice that hangs is left behind and the next is said", async () => {
  const { queue, log, hang } = rig();
  queue.start();
  queue.add([said(1), said(2)]);
  await settle();
  await hang();
  expect(log).toEqual(["+1", "said 1", "+2"]);
});

test("what nobody could hear is said first once there is sound again", async () => {
  let heard: Heard = "nothing";
  const { queue, log, end } = rig({ hears: () => heard });
  queue.start();
  queue.add([said(1), said(2)]);
  await settle();
  await end();
  expect(log).toEqual(["+1", "-1", "silent"]);
  heard = "voice";
  queue.start();
  await settle();
  await end();
  await end();
  expect(log.slice(3)).toEqual(["+1", "-1", "said 1", "+2", "-2", "said 2"]);
});

test("another page of the device that has the loudspeaker is waited for, and what it said is not said again", async () => {
  let give: (release: () => void) => void = () => {};
  const heard = new Set<string>();
  let released = 0;
  const { queue, log, end } = rig({ turn: () => new Promise((done) => (give = done)), wasSaid: (u) => heard.has(u.key) });
  queue.start();
  queue.add([said(1), said(2)]);
  await settle();
  expect(log).toEqual([]);
  heard.add(said(1).key);
  give(() => released++);
  await settle();
  give(() => released++);
  await settle();
  await end();
  expect([log, released]).toEqual([["+2", "-2", "said 2"], 2]);
});

test("a muted kind's turn never comes", async () => {
  const { queue, log, end } = rig();
  queue.start();
  queue.add([said(1), said(2), said(3)]);
  await settle();
  queue.keep((u) => u.number !== 2);
  await end();
  await end();
  expect(log).toEqual(["+1", "-1", "said 1", "+3", "-3", "said 3"]);
});

test("a device that just opened says only what is new", () => {
  const all = [said(1), said(3), said(2)];
  expect(toSay(all, new Set(), 2000).map((u) => u.number)).toEqual([2, 3]);
  expect(toSay(all, new Set([said(3).key]), 0).map((u) => u.number)).toEqual([1, 2]);
});

test("a reload goes on where it was; a device that just opened, or comes back after long, begins with what is new", () => {
  expect([listensFrom(500_000, null), listensFrom(500_000, 497_000), listensFrom(500_000, 1000), listensFrom(500_000, 900_000)]).toEqual([500_000, 497_000, 440_000, 500_000]);
});

const MIN = 60_000;
const order = (number: number, at: number): Utterance => said(number, at, { kind: "new_order", order: "o", number: "1", dishes: 1, stations: [] });

test("missed is what came since the device first listened and was not heard here; newest first", () => {
  const all = [order(1, 1 * MIN), order(2, 6 * MIN), order(3, 7 * MIN), order(4, 8 * MIN)];
  expect(missedOf(all, new Set([order(3, 7 * MIN).key]), new Set([order(4, 8 * MIN).key]), 5 * MIN, 9 * MIN).map((u) => u.number)).toEqual([2]);
  expect(missedOf(all, new Set(), new Set(), null, 9 * MIN)).toEqual([]);
});

test("old kitchen news are not worth hearing any more; money that nobody said always is", () => {
  const all = [order(1, 0), said(2, 0), said(3, 0, paid, { played_at: 5 })];
  expect(missedOf(all, new Set(), new Set(), 0, 31 * MIN).map((u) => u.number)).toEqual([3, 2]);
  expect(missedOf(all, new Set(), new Set(), null, 31 * MIN).map((u) => u.number)).toEqual([2]);
});

test("the same number of another day is another announcement", () => {
  expect(toSay([said(1, 5000)], new Set([keyOf({ number: 1, at: 1000 })]), 0)).toHaveLength(1);
});
