import type { Announcement } from "@dandan/client";
import { expect, test } from "vitest";
import { LONGEST_MS, VoiceQueue, keyOf, kindOf, listensFrom, missedOf, toSay, type Heard } from "./queue";

const both = { wechat: true, alipay: true };
const said = (number: number, at = number * 1000, over: Partial<Announcement> = {}): Announcement => ({ number, way: "wechat_code", amount: 3850, tip: 0, session: "s", table_name: "3", at, played_at: null, ...over });
const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

function rig(over: { hears?: Heard } = {}): { queue: VoiceQueue; log: string[]; end: () => Promise<void>; hang: () => Promise<void> } {
  const log: string[] = [];
  let finish: () => void = () => {};
  let expire: () => void = () => {};
  const queue = new VoiceQueue({
    say: (a) => {
      log.push(`+${a.number}`);
      return new Promise((done) => (finish = () => (log.push(`-${a.number}`), done(over.hears ?? "voice"))));
    },
    wait: (ms) => (ms === LONGEST_MS ? new Promise((done) => (expire = done)) : Promise.resolve()),
    onSaid: (a) => log.push(`said ${a.number}`),
    onSilent: () => log.push("silent"),
    onChange: () => {},
  });
  return { queue, log, end: async () => (finish(), settle()), hang: async () => (expire(), settle()) };
}

test("one after the other, in order, none left out", async () => {
  const { queue, log, end } = rig();
  queue.start();
  queue.add([said(1), said(2)]);
  queue.add([said(2), said(3)]);
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

test("what nobody could hear is not counted as said, and the queue waits for sound", async () => {
  const { queue, log, end } = rig({ hears: "nothing" });
  queue.start();
  queue.add([said(1), said(2)]);
  await settle();
  await end();
  expect(log).toEqual(["+1", "-1", "silent"]);
});

test("a device that just opened lists the old ones and says only what is new", () => {
  const all = [said(1), said(3), said(2)];
  const before = new Set([keyOf(said(3))]);
  expect(toSay(all, new Set(), 2000, both).map((a) => a.number)).toEqual([2, 3]);
  expect(toSay(all, before, 0, both).map((a) => a.number)).toEqual([1, 2]);
  expect(missedOf(all, before, new Set([keyOf(said(2))]), both).map((a) => a.number)).toEqual([1]);
});

test("a reload goes on where it was; a device that just opened, or comes back after long, begins with what is new", () => {
  expect([listensFrom(500_000, null), listensFrom(500_000, 497_000), listensFrom(500_000, 1000), listensFrom(500_000, 900_000)]).toEqual([500_000, 497_000, 440_000, 500_000]);
});

test("a muted kind is neither said nor missed; by-hand money has no voice", () => {
  const all = [said(1), said(2, 2000, { way: "alipay_qr" }), said(3, 3000, { way: "cash" })];
  expect(toSay(all, new Set(), 0, { wechat: false, alipay: true }).map((a) => a.number)).toEqual([2]);
  expect(missedOf(all, new Set(), new Set(), { wechat: false, alipay: true }).map((a) => a.number)).toEqual([2]);
  expect([kindOf("wechat_h5"), kindOf("alipay_app"), kindOf("cash"), kindOf("card")]).toEqual(["wechat", "alipay", null, null]);
});

test("the same number of another day is another announcement", () => {
  expect(toSay([said(1, 5000)], new Set([keyOf(said(1))]), 0, both)).toHaveLength(1);
});
