import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { readProblem } from "../net/http";
import { parseRoute } from "../route";
import { pinTrouble, waitText } from "./pin";

const refused = (status: number, body: object, retryAfter: string | null = null): ReturnType<typeof pinTrouble> =>
  pinTrouble({ kind: "refused", problem: readProblem(status, JSON.stringify(body), retryAfter) });

test("a lock says how long, from the body, the header, or thirty seconds", () => {
  expect(refused(429, { code: "too_many_attempts", retry_after_s: 90 })).toEqual({ kind: "locked", seconds: 90 });
  expect(refused(429, { code: "too_many_attempts" }, "12")).toEqual({ kind: "locked", seconds: 12 });
  expect(refused(429, {})).toEqual({ kind: "locked", seconds: 30 });
});

test("a wrong PIN, an unreachable server and a refusal are told apart", () => {
  expect(refused(401, { code: "not_signed_in" })).toEqual({ kind: "wrong" });
  expect(pinTrouble({ kind: "undelivered", retryAfterMs: null })).toEqual({ kind: "unreachable" });
  expect(refused(403, { texts: { zh: "停用", en: "Disabled" } })).toEqual({ kind: "other", zh: "停用", en: "Disabled" });
});

test("waits are said in minutes and seconds", () => {
  expect([waitText(59, zh.signIn), waitText(61, zh.signIn), waitText(61, en.signIn)]).toEqual(["59 秒", "1 分 1 秒", "1 min 1 s"]);
});

test("the pairing link is read from the hash", () => {
  const { page, query } = parseRoute("#/pair?store=abc&code=K7");
  expect([page, query.get("store"), query.get("code")]).toEqual(["pair", "abc", "K7"]);
  expect(parseRoute("#/nonsense").page).toBeNull();
  expect(parseRoute("").page).toBeNull();
});
