import type { PaymentView } from "@dandan/client";
import { expect, test } from "vitest";
import { isOpen, meanwhile, secondsSince, three } from "./three";

const STATES: PaymentView["state"][] = ["starting", "waiting", "checking", "paid", "failed", "closed"];

test("every state is one of exactly three", () => {
  expect(STATES.map((s) => [s, three[s]])).toEqual([
    ["starting", "checking"],
    ["waiting", "checking"],
    ["checking", "checking"],
    ["paid", "paid"],
    ["failed", "failed"],
    ["closed", "failed"],
  ]);
  expect(Object.keys(three).sort()).toEqual([...STATES].sort());
});

test("only what is proved not to have happened may be tried again", () => {
  expect(STATES.filter((state) => isOpen({ state }))).toEqual(["starting", "waiting", "checking"]);
});

test("while it is open the till says what is waited for; afterwards it says nothing more", () => {
  expect(meanwhile({ state: "waiting", way: "wechat_native" })).toBe("guest_scans");
  expect(meanwhile({ state: "checking", way: "alipay_code" })).toBe("guest_confirms");
  expect(meanwhile({ state: "checking", way: "alipay_qr" })).toBe("channel_answers");
  expect(STATES.filter((state) => meanwhile({ state, way: "cash" }) === null)).toEqual(["paid", "failed", "closed"]);
});

test("seconds never run below zero", () => {
  expect([secondsSince(0, 999), secondsSince(0, 61_500), secondsSince(5000, 0)]).toEqual([0, 61, 0]);
});
