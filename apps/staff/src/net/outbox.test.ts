import { expect, test } from "vitest";
import { readProblem, type Answer } from "./http";
import { Outbox, isUndelivered } from "./outbox";

type Sent = { path: string; key: string };
const down: Answer<unknown> = { kind: "undelivered", retryAfterMs: null };
const ok = (value: unknown): Answer<unknown> => ({ kind: "ok", value });
const refused = (status: number): Answer<unknown> => ({ kind: "refused", problem: readProblem(status, "", null) });

function outbox(answers: Answer<unknown>[]): { box: Outbox; sent: Sent[]; waits: number[] } {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const box = new Outbox({
    post: async (path, _body, key) => {
      sent.push({ path, key });
      return answers.shift() ?? ok(null);
    },
    wait: async (ms) => void waits.push(ms),
    now: () => 0,
    jitter: () => 0.5,
  });
  return { box, sent, waits };
}

test("a command is retried with the same key until it is answered", async () => {
  const { box, sent } = outbox([down, down, ok({ change: 5 })]);
  expect(await box.send("a", "/x")).toEqual({ ok: true, value: { change: 5 } });
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map((s) => s.key)).size).toBe(1);
  expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(box.pending()).toEqual([]);
});

test("a refusal is final and is never sent again", async () => {
  const { box, sent } = outbox([refused(409)]);
  expect(await box.send("a", "/x")).toMatchObject({ ok: false, problem: { status: 409 } });
  expect(sent).toHaveLength(1);
});

test("a broken server that recorded nothing is told to the person, not asked for ever", async () => {
  const bug: Answer<unknown> = { kind: "refused", problem: readProblem(500, JSON.stringify({ code: "bug" }), null) };
  const { box, sent } = outbox([bug]);
  expect(await box.send("a", "/x")).toMatchObject({ ok: false, problem: { code: "bug" } });
  expect(sent).toHaveLength(1);
});

test("429 waits as long as the server asks", async () => {
  const busy: Answer<unknown> = { kind: "refused", problem: readProblem(429, "", "7") };
  const { box, waits } = outbox([busy]);
  await box.send("a", "/x");
  expect(waits).toEqual([7000]);
});

test("one lane keeps its order while another overtakes", async () => {
  const order: string[] = [];
  let release: () => void = () => {};
  const gate = new Promise<void>((r) => (release = r));
  const box = new Outbox({
    post: async (path) => {
      if (path === "/a1") await gate;
      order.push(path);
      return ok(null);
    },
    wait: async () => {},
    now: () => 0,
    jitter: () => 0,
  });
  const all = [box.send("a", "/a1"), box.send("a", "/a2"), box.send("b", "/b1")];
  await all[2];
  expect(order).toEqual(["/b1"]);
  release();
  await Promise.all(all);
  expect(order).toEqual(["/b1", "/a1", "/a2"]);
});

test("a command counts as undelivered after a failed try or two seconds", () => {
  const p = { key: "k", lane: "a", path: "/x", since: 0, attempts: 0 };
  expect(isUndelivered(p, 1999)).toBe(false);
  expect(isUndelivered(p, 2001)).toBe(true);
  expect(isUndelivered({ ...p, attempts: 1 }, 1)).toBe(true);
});

test("a problem keeps the server's words and survives a page of HTML", () => {
  const body = JSON.stringify({ code: "busy", texts: { zh: "忙", en: "Busy" }, retry_after_s: 3 });
  expect(readProblem(503, body, null)).toMatchObject({ code: "busy", texts: { zh: "忙" }, retry_after_s: 3 });
  expect(readProblem(502, "<html>", "9")).toMatchObject({ code: "http_502", status: 502, retry_after_s: 9 });
});
