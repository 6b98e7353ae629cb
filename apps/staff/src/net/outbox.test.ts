import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { readProblem, type Answer } from "./http";
import { IdbIntents, type IntentStore } from "./intent-store";
import type { Intent } from "./intents";
import { Outbox, wasDiscarded, type OutboxIo, type Word } from "./outbox";

type Fresh = Parameters<Outbox["send"]>[0];
const down: Answer<unknown> = { kind: "undelivered", retryAfterMs: null };
const busy: Answer<unknown> = { kind: "undelivered", retryAfterMs: null, status: 503 };
const ok = (value: unknown = null): Answer<unknown> => ({ kind: "ok", value });
const refused = (status: number, body = "", retryAfter: string | null = null): Answer<unknown> => ({ kind: "refused", problem: readProblem(status, body, retryAfter) });
const never = new Promise<never>(() => {});

let nth = 0;
let database = "";
beforeEach(() => {
  database = `queue-${++nth}`;
});

/** Two pages of one device share the database and hear each other. */
function device(): { page: (over?: Partial<OutboxIo>) => Page; sent: Intent[]; handOver: () => void } {
  const sent: Intent[] = [];
  const pages: { hear: (w: Word) => void; granted: () => void; lost: () => void }[] = [];
  let owner = 0;
  return {
    sent,
    handOver: () => {
      pages[owner++]?.lost();
      pages[owner]?.granted();
    },
    page: (over = {}) => {
      const waits: number[] = [];
      const signedOut: string[] = [];
      const asks: Answer<unknown>[] = [];
      const me = { hear: (_: Word) => {}, granted: () => {}, lost: () => {} };
      const at = pages.push(me) - 1;
      const box = new Outbox({
        store: new IdbIntents(database),
        post: async (i) => {
          sent.push(i);
          return asks.shift() ?? ok();
        },
        reach: async () => true,
        signedOut: (t) => void signedOut.push(t),
        turn: (granted, lost) => {
          Object.assign(me, { granted, lost });
          if (at === owner) granted();
        },
        say: (w) => pages.forEach((p, i) => i !== at && setTimeout(() => p.hear(structuredClone(w)), 0)),
        hear: (l) => (me.hear = l),
        after: (ms, then) => {
          waits.push(ms);
          const timer = setTimeout(then, 0);
          return () => clearTimeout(timer);
        },
        now: () => 1000,
        jitter: () => 0.5,
        ...over,
      });
      return { box, waits, signedOut, asks };
    },
  };
}
interface Page { box: Outbox; waits: number[]; signedOut: string[]; asks: Answer<unknown>[] }

const tap = (key: string, part: Partial<Fresh> = {}): Fresh => ({ key, store: "s", lane: "a", path: "/x", body: {}, what: null, by: { id: "p1", name: "小林" }, token: "t1", ...part });
const until = async (test: () => boolean): Promise<void> => {
  for (const end = Date.now() + 4000; !test() && Date.now() < end; ) await new Promise((r) => setTimeout(r, 2));
  expect(test()).toBe(true);
};
const states = (b: Outbox): Record<string, string> => Object.fromEntries(b.pending().map((p) => [p.key, p.state]));

test("an intent is retried with the same key until it is answered, and then leaves the storage with its token", async () => {
  const d = device();
  const { box, asks } = d.page();
  asks.push(down, down, ok({ change: 5 }));
  expect(await box.send(tap("k1"))).toEqual({ ok: true, value: { change: 5 } });
  expect(d.sent.map((i) => i.key)).toEqual(["k1", "k1", "k1"]);
  expect(box.pending()).toEqual([]);
  await box.dismiss("none");
  expect((await new IdbIntents(database).load()).intents).toEqual([]);
});

test("it is in the storage before it is first sent", async () => {
  const d = device();
  let there: Intent[] = [];
  const { box } = d.page({ post: async () => ((there = (await new IdbIntents(database).load()).intents), ok()) });
  await box.send(tap("k1", { body: { covers: 3 } }));
  expect(there).toMatchObject([{ key: "k1", body: { covers: 3 }, token: "t1", unsure: true }]);
});

test("a page that crashed while sending leaves an intent the next page sends again with the same key", async () => {
  const d = device();
  const first = d.page({ post: async (i) => (d.sent.push(i), never) });
  void first.box.send(tap("k1"));
  await until(() => d.sent.length === 1);
  const next = device();
  const { box } = next.page();
  await until(() => next.sent.length === 1 && box.pending().length === 0);
  expect(next.sent[0]).toMatchObject({ key: "k1", token: "t1", unsure: true });
});

test("what a reload finds under way is joined, not sent twice", async () => {
  const store = new IdbIntents(database);
  await store.add({ ...tap("tender1"), at: 1, attempts: 0, unsure: false, blocked: false });
  const d = device();
  const { box, asks } = d.page();
  asks.push(ok({ change: 7 }));
  expect(await box.send(tap("tender1"))).toEqual({ ok: true, value: { change: 7 } });
  expect(d.sent).toHaveLength(1);
});

test("a refusal is final and is told to the page that asked", async () => {
  const d = device();
  const { box, asks } = d.page();
  asks.push(refused(409));
  expect(await box.send(tap("k1"))).toMatchObject({ ok: false, problem: { status: 409 } });
  expect(d.sent).toHaveLength(1);
  expect(box.refused()).toEqual([]);
});

test("a refusal nobody waits for any more is kept until somebody has read it", async () => {
  await new IdbIntents(database).add({ ...tap("k1", { what: "开台" }), at: 1, attempts: 1, unsure: true, blocked: false });
  const d = device();
  const { box } = d.page({ post: async () => refused(409) });
  await until(() => box.refused().length === 1);
  expect(box.refused()[0]).toMatchObject({ key: "k1", what: "开台", by: { name: "小林" }, problem: { status: 409 } });
  await until(() => box.pending().length === 0);
  const later = device().page().box;
  await until(() => later.refused().length === 1);
  await later.dismiss("k1");
  expect((await new IdbIntents(database).load()).refused).toEqual([]);
});

test("a broken server that recorded nothing is told to the person, not asked for ever", async () => {
  const d = device();
  const { box, asks } = d.page();
  asks.push(refused(500, JSON.stringify({ code: "bug" })));
  expect(await box.send(tap("k1"))).toMatchObject({ ok: false, problem: { code: "bug" } });
  expect(d.sent).toHaveLength(1);
});

test("429 waits as long as the server asks, whatever the network says meanwhile", async () => {
  const d = device();
  const calls: [number, () => void][] = [];
  const { box, asks } = d.page({ after: (ms, then) => (calls.push([ms, then]), () => {}) });
  asks.push(refused(429, "", "7"));
  void box.send(tap("k1"));
  await until(() => calls.length === 1);
  expect(calls[0]?.[0]).toBe(7000);
  box.hurry(true);
  await new Promise((r) => setTimeout(r, 20));
  expect(d.sent).toHaveLength(1);
  box.retryNow();
  await until(() => d.sent.length === 2);
});

test("one lane keeps its order while another overtakes", async () => {
  const d = device();
  const order: string[] = [];
  let release: () => void = () => {};
  const gate = new Promise<void>((r) => (release = r));
  const { box } = d.page({
    post: async (i) => {
      if (i.path === "/a1") await gate;
      order.push(i.path);
      return ok();
    },
  });
  const all = [box.send(tap("1", { path: "/a1" })), box.send(tap("2", { path: "/a2" })), box.send(tap("3", { lane: "b", path: "/b1" }))];
  await all[2];
  expect(order).toEqual(["/b1"]);
  release();
  await Promise.all(all);
  expect(order).toEqual(["/b1", "/a1", "/a2"]);
});

test("after silence only what may have arrived is repeated; the rest waits, and may be thrown away", async () => {
  const d = device();
  let there = false;
  const { box } = d.page({ reach: async () => there, post: async (i) => (d.sent.push(i), there ? ok() : down) });
  void box.send(tap("k1"));
  await until(() => states(box)["k1"] === "unknown");
  const given = box.send(tap("k2", { lane: "b" }));
  void box.send(tap("k3", { lane: "c" }));
  await until(() => d.sent.length > 2);
  expect(new Set(d.sent.map((i) => i.key))).toEqual(new Set(["k1"]));
  expect(states(box)).toMatchObject({ k2: "waiting", k3: "waiting" });
  expect(await box.discard("k1")).toBe(false);
  expect(await box.discard("k2")).toBe(true);
  const outcome = await given;
  expect(!outcome.ok && wasDiscarded(outcome.problem)).toBe(true);
  there = true;
  await until(() => box.pending().length === 0);
  expect(new Set(d.sent.map((i) => i.key))).toEqual(new Set(["k1", "k3"]));
});

test("a busy server has not acted: the intent waits and may still be thrown away", async () => {
  const d = device();
  const { box } = d.page({ post: async () => busy, after: () => () => {} });
  void box.send(tap("k1"));
  await until(() => box.pending()[0]?.attempts === 1);
  expect(states(box)).toEqual({ k1: "waiting" });
  await until(() => box.pending()[0]?.kept === true);
  expect(await box.discard("k1")).toBe(true);
});

test("cash somebody has taken is never thrown away", async () => {
  const d = device();
  const { box } = d.page({ post: async () => busy, after: () => () => {} });
  void box.send(tap("k1", { path: "/sessions/1/cash" }));
  await until(() => box.pending()[0]?.attempts === 1);
  expect(await box.discard("k1")).toBe(false);
});

test("an ended sign-in keeps the intent, lets others pass, and goes on when the same person is back", async () => {
  const d = device();
  const { box, signedOut } = d.page({ post: async (i) => (d.sent.push(i), i.token === "t1" ? refused(401) : ok()) });
  void box.send(tap("k1"));
  await until(() => states(box)["k1"] === "sign-in");
  expect(signedOut).toEqual(["t1"]);
  await box.send(tap("k2", { token: "t2", by: { id: "p2", name: "陈" } }));
  await box.signedIn("s", "p2", "t2");
  expect(states(box)).toEqual({ k1: "sign-in" });
  await box.signedIn("s", "p1", "t3");
  await until(() => box.pending().length === 0);
  expect(d.sent.map((i) => [i.key, i.token])).toEqual([["k1", "t1"], ["k2", "t2"], ["k1", "t3"]]);
});

test("a screen's own report is given up with its sign-in and nobody is asked about it", async () => {
  const d = device();
  const { box } = d.page({ post: async () => refused(401) });
  expect(await box.send(tap("k1", { lane: "painted" }))).toMatchObject({ ok: false, problem: { status: 401 } });
  expect([box.pending(), box.refused()]).toEqual([[], []]);
});

test("a wallet's code is sent from memory and never written down", async () => {
  const d = device();
  let there: Intent[] = [];
  const { box } = d.page({ post: async () => ((there = (await new IdbIntents(database).load()).intents), ok()) });
  await box.send(tap("k1", { path: "/sessions/1/code-payments", body: { auth_code: "1300" } }));
  expect(there).toEqual([]);
});

test("two pages send an intent once, and the page that asked hears the answer", async () => {
  const d = device();
  const [one, two] = [d.page(), d.page()];
  one.asks.push(ok({ n: 1 }));
  expect(await two.box.send(tap("k1"))).toEqual({ ok: true, value: { n: 1 } });
  expect(d.sent).toHaveLength(1);
  one.asks.push(refused(409));
  expect(await two.box.send(tap("k2"))).toMatchObject({ ok: false });
  await until(() => one.box.refused().length === 0 && two.box.refused().length === 0);
});

test("when the page with the turn is closed the other one goes on", async () => {
  const d = device();
  const one = d.page({ post: () => never });
  const two = d.page();
  void one.box.send(tap("k1"));
  await until(() => states(two.box)["k1"] === "sending");
  d.handOver();
  await until(() => two.box.pending().length === 0);
  expect(d.sent.map((i) => i.key)).toEqual(["k1"]);
});

test("without a storage taps go out all the same, from this page", async () => {
  const broken = async (): Promise<never> => {
    throw new Error("no storage");
  };
  const store: IntentStore = { load: broken, add: broken, begin: broken, change: broken, end: broken, discard: broken, renew: broken, dismiss: broken };
  const d = device();
  d.page();
  const { box, asks } = d.page({ store });
  asks.push(down, ok(3));
  expect(await box.send(tap("k1"))).toEqual({ ok: true, value: 3 });
  expect(d.sent.map((i) => i.key)).toEqual(["k1", "k1"]);
});

test("a problem keeps the server's words and survives a page of HTML", () => {
  const body = JSON.stringify({ code: "busy", texts: { zh: "忙", en: "Busy" }, retry_after_s: 3 });
  expect(readProblem(503, body, null)).toMatchObject({ code: "busy", texts: { zh: "忙" }, retry_after_s: 3 });
  expect(readProblem(502, "<html>", "9")).toMatchObject({ code: "http_502", status: 502, retry_after_s: 9 });
});
