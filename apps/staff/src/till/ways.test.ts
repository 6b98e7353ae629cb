import type { Way, WayView } from "@dandan/client";
import { expect, test } from "vitest";
import { buttonsOf, isScanned, restingOf } from "./ways";

const view = (way: Way, state: WayView["state"] = "up"): WayView => ({ way, state, kind: way.endsWith("_code") ? "scan_wallet" : "code" });
const all = (wechat: WayView["state"]): WayView[] => [
  view("wechat_native", wechat), view("wechat_code", wechat), view("wechat_h5", wechat), view("alipay_qr"), view("alipay_code"), view("alipay_wap"), view("cash"), view("card"), view("member_balance"),
];

test("a waiter lets a guest pay by wallet; who may take money sees cash, too", () => {
  expect(buttonsOf(all("up"), false)).toEqual(["scan", "show_any", "wechat_native", "alipay_qr"]);
  expect(buttonsOf(all("up"), true)).toEqual(["scan", "show_any", "cash", "wechat_native", "alipay_qr", "card", "member_balance"]);
});

test("a resting channel has no button, and a line names what can be used instead", () => {
  expect(buttonsOf(all("resting"), true)).not.toContain("wechat_native");
  expect(buttonsOf(all("resting"), true)).toContain("scan");
  expect([isScanned(all("resting"), "wechat"), isScanned(all("resting"), "alipay")]).toEqual([false, true]);
  expect(restingOf(all("resting"), true)).toEqual({ down: ["wechat"], up: ["alipay", "cash"] });
  expect(restingOf(all("up"), true)).toBeNull();
});
