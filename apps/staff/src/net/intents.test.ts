import { expect, test } from "vitest";
import { waitingTap } from "../kitchen/useTaps";
import { whatOf } from "../ui/unsent-what";
import { heads, inOrder, isUndelivered, isUnsent, isVolatile, mayDiscard, stateOf, type Pending } from "./intents";

const pending = (part: Partial<Pending> = {}): Pending => ({ key: "k", lane: "a", path: "/x", what: null, by: null, since: 0, attempts: 0, state: "waiting", unsure: false, kept: true, ...part });

test("an intent is waiting, sending, unknown or in want of a sign-in", () => {
  expect(stateOf({ attempts: 0, unsure: false, blocked: false }, false)).toBe("waiting");
  expect(stateOf({ attempts: 0, unsure: true, blocked: false }, false)).toBe("sending");
  expect(stateOf({ attempts: 3, unsure: true, blocked: false }, true)).toBe("sending");
  expect(stateOf({ attempts: 1, unsure: true, blocked: false }, false)).toBe("unknown");
  expect(stateOf({ attempts: 1, unsure: false, blocked: false }, false)).toBe("waiting");
  expect(stateOf({ attempts: 1, unsure: false, blocked: true }, false)).toBe("sign-in");
});

test("a command counts as undelivered after a failed try or two seconds", () => {
  const p = pending();
  expect(isUndelivered(p, 1999)).toBe(false);
  expect(isUndelivered(p, 2001)).toBe(true);
  expect(isUndelivered({ ...p, attempts: 1 }, 1)).toBe(true);
  expect(isUndelivered({ ...p, state: "sign-in" }, 1)).toBe(true);
});

test("only what no server has seen may be thrown away, and money in the drawer never", () => {
  expect((["waiting", "sending", "unknown"] as const).map((state) => mayDiscard(pending({ state })))).toEqual([true, false, false]);
  expect([false, true].map((unsure) => mayDiscard(pending({ state: "sign-in", unsure })))).toEqual([true, false]);
  expect(mayDiscard(pending({ path: "/sessions/1/tenders" }))).toBe(false);
});

test("what a screen reports by itself and what waits for a person holds up no reload", () => {
  expect([pending(), pending({ lane: "painted" }), pending({ lane: "voice" }), pending({ state: "sign-in" })].map(isUnsent)).toEqual([true, false, false, false]);
});

test("each lane has one turn, a blocked intent steps aside, and stores have lanes of their own", () => {
  const i = (key: string, lane: string, blocked = false, store = "s"): { key: string; lane: string; blocked: boolean; store: string } => ({ key, lane, blocked, store });
  const list = [i("1", "a", true), i("2", "a"), i("3", "b"), i("4", "a"), i("5", "b", false, "t")];
  expect(heads(list).map((x) => x.key)).toEqual(["2", "3", "5"]);
});

test("a kitchen tap from before a reload is read from the outbox; the last one is the wish", () => {
  const list = [pending({ lane: "item:a/1", path: "/kitchen/items/a%2F1/start" }), pending({ lane: "item:a/1", path: "/kitchen/items/a%2F1/ready", attempts: 1 })];
  expect(waitingTap(list, "a/1", 0)).toEqual({ verb: "ready", acked: false, undelivered: true });
  expect(waitingTap(list, "a/2", 0)).toBe(null);
  expect(waitingTap([pending({ lane: "item:b", path: "/kitchen/items/b/start", state: "sign-in" })], "b", 0)).toBe(null);
});

test("a command is named by its path", () => {
  expect(["/kitchen/items/x%2F/ready", "/sessions/1/lines/2/void", "/sessions/1/cash", "/day/close", "/new/thing"].map(whatOf)).toEqual(["kitchen-ready", "void", "cash", "day-close", "other"]);
});

test("what carries a wallet's code or a PIN, however deep, is not written down", () => {
  expect([{ auth_code: "13" }, { approval: { staff: "s", pin: "1" } }, { lines: [{ manager_pin: "1" }] }].map(isVolatile)).toEqual([true, true, true]);
  expect([{ amount: 5, shopping: true }, null, "pin", []].map(isVolatile)).toEqual([false, false, false, false]);
});

test("what only this page holds stays where it was tapped", () => {
  const i = (key: string, at: number): { key: string; at: number } => ({ key, at });
  expect(inOrder([i("1", 10), i("3", 30)], [i("2", 20), i("4", 30)]).map((x) => x.key)).toEqual(["1", "2", "3", "4"]);
});
