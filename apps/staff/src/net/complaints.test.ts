/** Real failures of other systems (docs/complaints.md, by number), as far as the queue of a device decides them. */
import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { Answer } from "./http";
import { IdbIntents } from "./intent-store";
import { isUnsent, type Intent } from "./intents";
import { Outbox, type Word } from "./outbox";

/** What the network does with one request: brings it there and the answer back, or loses it on one of the two ways. */
type Fate = "delivered" | "lost on the way" | "answer lost";

/** A server that acts once for each key, behind a network that breaks. */
class House {
  /** What it acted on, in order. */
  readonly acts: Intent[] = [];
  /** Every request it or the network has seen. */
  readonly requests: string[] = [];
  connected = true;

  constructor(private readonly fates: Fate[] = []) {}

  take(intent: Intent): Answer<unknown> {
    this.requests.push(intent.key);
    const fate = this.fates.shift() ?? (this.connected ? "delivered" : "lost on the way");
    if (fate === "lost on the way") return { kind: "undelivered", retryAfterMs: null };
    if (!this.acts.some((a) => a.key === intent.key)) this.acts.push(intent);
    return fate === "delivered" ? { kind: "ok", value: null } : { kind: "undelivered", retryAfterMs: null };
  }

  wishes(): unknown[] {
    return this.acts.map((a) => a.body);
  }
}

interface Page { box: Outbox; unsent: () => number; kill: () => void }

interface Tab { alive: boolean; granted: () => void; hear: (word: Word) => void }

/** A device with as many pages as are opened. `turns: "none"`: nothing keeps its pages from sending both. */
class Device {
  private static made = 0;
  private readonly database = `complaint-${++Device.made}`;
  private readonly tabs: Tab[] = [];

  constructor(
    private readonly house: House,
    private readonly turns: "one" | "none" = "one",
  ) {}

  open(): Page {
    const tab: Tab = { alive: true, granted: () => {}, hear: () => {} };
    const others = (): Tab[] => this.tabs.filter((t) => t.alive && t !== tab);
    this.tabs.push(tab);
    const box = new Outbox({
      store: new IdbIntents(this.database),
      post: async (intent) => (tab.alive ? this.house.take(intent) : new Promise<never>(() => {})),
      reach: async () => this.house.connected,
      signedOut: () => {},
      turn: (granted) => {
        tab.granted = granted;
        if (this.turns === "none" || others().length === 0) granted();
      },
      say: (word) => tab.alive && others().forEach((t) => setTimeout(() => t.hear(structuredClone(word)), 0)),
      hear: (listener) => (tab.hear = listener),
      after: (_, then) => {
        const timer = setTimeout(() => tab.alive && then(), 10);
        return () => clearTimeout(timer);
      },
      now: () => 1000,
      jitter: () => 0.5,
    });
    const kill = (): void => {
      tab.alive = false;
      others()[0]?.granted();
    };
    return { box, unsent: () => box.pending().filter(isUnsent).length, kill };
  }

  /** What a page that is gone has left in the storage. */
  async leave(taps: readonly Tap[]): Promise<void> {
    for (const t of taps) await new IdbIntents(this.database).add({ ...t, at: 1, attempts: 0, unsure: false, blocked: false });
  }

  async kept(): Promise<string[]> {
    return (await new IdbIntents(this.database).load()).intents.map((i) => i.key);
  }
}

type Tap = Parameters<Outbox["send"]>[0];
const tap = (key: string, lane: string, body: unknown): Tap => ({ key, store: "s", lane, path: "/x", body, what: null, by: { id: "p1", name: "小林" }, token: "t1" });
const until = async (test: () => boolean): Promise<void> => {
  for (const end = Date.now() + 4000; !test() && Date.now() < end; ) await new Promise((r) => setTimeout(r, 2));
  expect(test()).toBe(true);
};
const aWhile = (): Promise<void> => new Promise((r) => setTimeout(r, 30));
const ORDERS = [1, 2, 3, 4, 5, 6];
const sendAll = (page: Page): void => ORDERS.forEach((n) => void page.box.send(tap(`order ${n}`, `table ${n}`, n)));

test("complaint 02: the network goes while orders are sent and the page is loaded anew: what was not answered is counted, kept, and arrives once", async () => {
  const house = new House(["delivered", "answer lost"]);
  house.connected = false;
  const device = new Device(house);
  const page = device.open();
  sendAll(page);
  await until(() => page.unsent() === 5 && house.acts.length === 2 && page.box.pending().every((p) => p.kept));
  // What was answered leaves the storage a moment after it left the list.
  while ((await device.kept()).length > 5) await aWhile();
  page.kill();

  const again = device.open();
  await until(() => again.unsent() === 5);
  await aWhile();
  expect(again.unsent(), "asking again and again takes nothing away").toBe(5);
  expect(await device.kept()).toEqual(again.box.pending().map((p) => p.key));
  expect(await again.box.discard(house.acts[1]?.key ?? ""), "the server may have it: nobody throws it away").toBe(false);

  house.connected = true;
  again.box.hurry(false);
  await until(() => again.unsent() === 0);
  await until(() => house.acts.length >= 6);
  expect(house.wishes().sort()).toEqual(ORDERS);
  expect(house.acts.map((a) => a.key).sort()).toEqual(ORDERS.map((n) => `order ${n}`));
  await again.box.dismiss("none");
  expect(await device.kept()).toEqual([]);
});

test("complaint 10: of two tabs over the orders of an offline hour one sends, and each order once", async () => {
  const house = new House();
  house.connected = false;
  const device = new Device(house);
  const [one, two] = [device.open(), device.open()];
  sendAll(one);
  await until(() => one.unsent() === 6 && two.unsent() === 6);
  await aWhile();
  house.connected = true;
  house.requests.length = 0;
  one.box.hurry(true);
  two.box.hurry(true);
  two.box.retryNow();
  await until(() => one.unsent() === 0 && two.unsent() === 0);
  expect(house.requests.sort(), "not even asked for twice").toEqual(ORDERS.map((n) => `order ${n}`));
  expect(house.wishes().sort()).toEqual(ORDERS);
});

test("complaint 10: where nothing keeps two tabs from sending both, the keys do", async () => {
  const house = new House(["delivered", "answer lost", "answer lost"]);
  const device = new Device(house, "none");
  await device.leave(ORDERS.map((n) => tap(`order ${n}`, `table ${n}`, n)));
  const [one, two] = [device.open(), device.open()];
  await until(() => house.acts.length === 6 && one.unsent() === 0 && two.unsent() === 0);
  expect(house.wishes().sort()).toEqual(ORDERS);
  expect(house.requests.length, "some were sent more than once").toBeGreaterThan(6);
});

test.each(["the waiter's first", "the till's first", "both at once"])("complaint 14: two devices come back, %s: the check has what both did, each once, in each one's order", async (order) => {
  const house = new House(["delivered", "answer lost", "lost on the way", "answer lost"]);
  house.connected = false;
  const devices = [new Device(house), new Device(house)] as const;
  const pages = devices.map((d) => d.open());
  const queues = [["add beer", "add tofu", "take beer off"], ["add rice", "note: no ice", "take rice off", "add duck"]];
  for (const [at, queue] of queues.entries()) for (const wish of queue) void pages[at]?.box.send(tap(wish, "table 7", wish));
  await aWhile();

  house.connected = true;
  const back = order === "the till's first" ? [...pages].reverse() : pages;
  for (const page of back) {
    page.box.hurry(false);
    if (order !== "both at once") await until(() => page.unsent() === 0);
  }
  await until(() => pages.every((p) => p.unsent() === 0));
  expect(house.wishes().sort()).toEqual(queues.flat().sort());
  for (const queue of queues) expect(house.wishes().filter((wish) => queue.includes(String(wish)))).toEqual(queue);

  const requests = house.requests.length;
  pages.forEach((p) => p.kill());
  const reopened = devices.map((d) => d.open());
  await aWhile();
  expect([house.requests.length, ...reopened.map((p) => p.unsent())], "a page that is opened again sends nothing again").toEqual([requests, 0, 0]);
});
