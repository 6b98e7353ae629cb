import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PaymentView, Problem, Way } from "@dandan/client";
import { billRows, due, evenName, evenPart, percent, readAmount, shareState, splitChoices, tipOf, unshared, wholeOf } from "@/rules/bill";
import { awaiting, checkButton, currentPayment, isOpen, minutesSeconds, secondsLeft, secondsSince, switchRefused, verdict } from "@/rules/pay";
import { alipayHint, anyWalletCode, hostOf, offers, resting, saysDontPay, wayFamily, type Host, type WayOffer } from "@/rules/ways";
import { check, order, orderLine, payment, share, tender, view } from "./build";

const all = { order: null, share: null };
const states = Object.keys(verdict) as PaymentView["state"][];

describe("a payment", () => {
  it("is paid, failed or checking: every state, and nothing else", () => {
    expect(Object.fromEntries(states.map((s) => [s, verdict[s]]))).toEqual({ starting: "checking", waiting: "checking", checking: "checking", paid: "paid", failed: "failed", closed: "failed" });
    expect(states.filter((state) => isOpen(payment({ state })))).toEqual(["starting", "waiting", "checking"]);
    expect(checkButton.checking).toBe("wait");
  });
  it("that is open is shown, whoever began it, and never an old one of someone else", () => {
    const open = payment({ ask: "theirs" });
    const mine = payment({ ask: "mine", state: "failed" });
    expect(currentPayment(view({ payments: [mine, open] }), all, "mine")?.ask).toBe("theirs");
    expect(currentPayment(view({ payments: [payment({ state: "paid" })] }), all, null)).toBeNull();
    expect(currentPayment(view({ payments: [mine] }), all, "mine")?.state).toBe("failed");
    expect(currentPayment(view({ payments: [mine] }), all, "mine", "mine")).toBeNull();
  });
  it("that is open can't be put away", () => {
    for (const state of states.filter((s) => verdict[s] === "checking")) expect(currentPayment(view({ payments: [payment({ ask: "mine", state })] }), all, "mine", "mine")?.ask).toBe("mine");
  });
  it("of another share is not in the way; of the whole check it is", () => {
    const theirs = payment({ ask: "theirs", share: "b" });
    expect(currentPayment(view({ payments: [theirs] }), { order: null, share: "a" }, null)).toBeNull();
    expect(currentPayment(view({ payments: [theirs] }), { order: null, share: "b" }, null)?.ask).toBe("theirs");
    expect(currentPayment(view({ payments: [theirs] }), all, null)?.ask).toBe("theirs");
    expect(currentPayment(view({ payments: [payment({ ask: "whole" })] }), { order: null, share: "a" }, null)?.ask).toBe("whole");
  });
  it("counts seconds that never run backwards", () => {
    expect([secondsSince(10_000, 12_900), secondsSince(10_000, 9_000)]).toEqual([2, 0]);
    expect([secondsLeft(10_000, 500), secondsLeft(10_000, 99_000), secondsLeft(null, 0)]).toEqual([10, 0, null]);
    expect([minutesSeconds(299), minutesSeconds(5)]).toEqual(["4:59", "0:05"]);
  });
  it("that could not be replaced says which of two reasons", () => {
    const problem = (code: string) => ({ code }) as Problem;
    expect(["payment_settled", "payment_open", "amount_differs"].map((c) => switchRefused(problem(c)))).toEqual(["settled", "open", null]);
  });
});

describe("what is due", () => {
  it("is the order in pay-first and the check otherwise", () => {
    const o = order({ state: "awaiting_payment", total: 4200 });
    const first = view({ mode: "pay_first", orders: [order(), o] });
    expect(awaiting(first)?.total).toBe(4200);
    expect(due(first, { order: "o", share: null })).toBe(0); // The first of that id has been accepted.
    expect(due(view({ mode: "pay_first", orders: [o] }), wholeOf(view({ mode: "pay_first", orders: [o] })))).toBe(4200);
    expect(due(view({ check: check({ total: 9, paid: 4, balance: 5, due: 5 }) }), all)).toBe(5);
  });
  it("counts money on its way back as gone", () => {
    expect(due(view({ check: check({ balance: 0, due: 700 }) }), all)).toBe(700);
    expect(due(view({ check: check({ due: -300 }) }), all)).toBe(0);
  });
  it("of a share is what is unpaid of it, and of the rest what nobody has", () => {
    const split = view({ check: check({ due: 1000, shares: [share("a", 400), share("b", 300, 0)] }) });
    expect(due(split, { order: null, share: "a" })).toBe(400);
    expect(due(split, { order: null, share: "b" })).toBe(0);
    expect(due(split, all)).toBe(600);
    expect(unshared(split.check)).toBe(600);
    expect(due(view({ check: check({ due: 400, shares: [share("a", 400)] }) }), all)).toBe(400);
  });
  it("of a share leaves out what others are paying", () => {
    const split = view({ check: check({ due: 500, shares: [share("a", 400), share("b", 300)] }), payments: [payment({ share: "b", amount: 300 })] });
    expect(due(split, { order: null, share: "a" })).toBe(200);
  });
});

describe("a split", () => {
  it("says of each share whether it is paid, being paid or open", () => {
    expect(shareState(share("a", 400), [])).toBe("unpaid");
    expect(shareState(share("a", 400), [payment({ share: "a" })])).toBe("paying");
    expect(shareState(share("a", 400), [payment({ share: "a", state: "failed" })])).toBe("unpaid");
    expect(shareState(share("a", 400, 0), [])).toBe("paid");
  });
  it("is offered only where the house would take it", () => {
    const line = (guest_name: string, comped: string | null = null) => orderLine(guest_name, { guest_name, comped, amount: 500 });
    const two = view({ check: check({ due: 1000 }), orders: [order({ lines: [line("林"), line("王")] })] });
    expect(splitChoices(two)).toEqual({ mostParts: 20, byGuest: true });
    expect(splitChoices({ ...two, check: check({ due: 900, tenders: [tender("t", 100)] }) }).byGuest).toBe(false);
    expect(splitChoices({ ...two, payments: [payment()] }).mostParts).toBe(1);
    expect(splitChoices({ ...two, mode: "pay_first" }).mostParts).toBe(1);
    expect(splitChoices({ ...two, orders: [order({ lines: [line("林"), line("林")] })] }).byGuest).toBe(false);
    expect(splitChoices({ ...two, orders: [order({ lines: [line("林"), line("王", "送")] })] }).byGuest).toBe(false);
  });
  it("shows the dearest even part, and reads an even share's name", () => {
    expect([evenPart(1000, 3), evenPart(900, 3)]).toEqual([334, 300]);
    expect([evenName("2/3"), evenName("林")]).toEqual([{ part: 2, of: 3 }, null]);
  });
  it("reads a typed amount to the fen, or not at all", () => {
    for (const [text, fen] of [["12", 1200], ["12.5", 1250], ["¥0.05", 5], [" 7.00 ", 700], ["3。5", 350]] as const) expect(readAmount(text)).toBe(fen);
    for (const text of ["", "-1", "1.234", "1e3", "一百", "1,2"]) expect(readAmount(text)).toBeNull();
    fc.assert(fc.property(fc.integer({ min: 0, max: 999_999_999 }), (n) => {
      const rest = n % 100;
      expect(readAmount(`${(n - rest) / 100}.${String(rest).padStart(2, "0")}`)).toBe(n);
    }));
  });
});

describe("a tip", () => {
  it("is half a fen up, and never more than what is paid", () => {
    expect([tipOf(1005, 1_000), tipOf(1004, 1_000), tipOf(0, 1_000), tipOf(100, 20_000)]).toEqual([101, 100, 0, 100]);
    expect([percent(1_000), percent(1_250), percent(1_205), percent(50)]).toEqual(["10%", "12.5%", "12.05%", "0.5%"]);
  });
});

describe("the bill", () => {
  const refund = { refund: "r", tender: "t", way: "wechat_jsapi" as const, amount: 500, lines: [], why: "staff" as const, reason: "凉了", state: "returning" as const, asked_at: 0, paid_at: null };
  it("names dishes, service, what was let off, what came and what goes back", () => {
    const rows = billRows(check({ eaten: 5000, total: 5000, due: 0, service_charge: 500, allowance: 500, tenders: [tender("t", 5500, { tip: 550 })], refunds: [refund] }));
    expect(rows.map((r) => [r.kind, r.amount])).toEqual([["dishes", 5000], ["service", 500], ["allowance", -500], ["total", 5000], ["paid", 5500], ["refund", -500], ["due", 0]]);
  });
  it("adds up: dishes, service and what was let off are the total", () => {
    fc.assert(fc.property(fc.nat(1e6), fc.nat(1e5), fc.nat(1e5), (dishes, service_charge, allowance) => {
      const rows = billRows(check({ eaten: dishes, total: dishes + service_charge - allowance, service_charge, allowance }));
      const parts = rows.filter((r) => r.kind === "dishes" || r.kind === "service" || r.kind === "allowance");
      expect(parts.reduce((n, r) => n + r.amount, 0)).toBe(parts.length > 0 ? rows.find((r) => r.kind === "total")?.amount : 0);
    }));
  });
});

describe("the ways", () => {
  const up = (...ways: Way[]): WayOffer[] => ways.map((way) => ({ way, state: "up" }));
  const everything = up("wechat_jsapi", "wechat_native", "wechat_h5", "alipay_app", "alipay_qr", "alipay_wap", "cash");
  const but = (...down: Way[]): WayOffer[] => everything.map((w) => (down.includes(w.way) ? { ...w, state: "resting" } : w));
  const names = (host: Host, ways: WayOffer[]) => offers(host, ways).map((o) => o.way);

  it("are those of the wallet at hand", () => {
    expect(names("weapp", everything)).toEqual(["wechat_jsapi"]);
    expect(names("alipay", everything)).toEqual(["alipay_app"]);
    expect(names("wechat_browser", everything)).toEqual(["wechat_jsapi", "alipay_qr"]);
    expect(names("alipay_browser", everything)).toEqual(["alipay_wap", "wechat_native"]);
    expect(names("browser", everything)).toEqual(["wechat_h5", "alipay_wap"]);
  });
  it("fall back to a code", () => {
    expect(names("browser", up("wechat_native", "alipay_qr"))).toEqual(["wechat_native", "alipay_qr"]);
    expect(names("browser", but("wechat_h5"))).toEqual(["wechat_native", "alipay_wap"]);
  });
  it("of a channel that rests are gone, and a line says so", () => {
    const wechatDown = but("wechat_jsapi", "wechat_native", "wechat_h5");
    expect(names("weapp", wechatDown)).toEqual(["alipay_qr"]);
    expect(resting("weapp", wechatDown)).toEqual(["wechat"]);
    expect(names("browser", wechatDown)).toEqual(["alipay_wap"]);
    expect(resting("browser", wechatDown)).toEqual(["wechat"]);
    expect(resting("browser", but("wechat_h5"))).toEqual([]); // Its code still works.
    expect(resting("alipay", wechatDown)).toEqual(["wechat"]);
    expect(resting("browser", up("alipay_wap", "cash"))).toEqual([]); // Never in service: not spoken of.
    expect(anyWalletCode("browser", up("cash"))).toBe(false);
  });
  it("are told apart by what the browser says it is", () => {
    expect(hostOf("h5", "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50")).toBe("wechat_browser");
    expect(hostOf("h5", "Mozilla/5.0 AlipayClient/10.6.0")).toBe("alipay_browser");
    expect(hostOf("h5", "Mozilla/5.0 Safari/604.1")).toBe("browser");
    expect(hostOf("alipay", "")).toBe("alipay");
    expect([wayFamily("alipay_wap"), wayFamily("wechat_h5")]).toEqual(["alipay", "wechat"]);
  });
  it("hear a wallet's closing word as a hint: only a clear no leaves the words as they were", () => {
    expect(["9000", "8000", "6004", "4000", "6001", "6002", ""].map(alipayHint)).toEqual(["claimed", "unclear", "unclear", "failed", "left", "unclear", "unclear"]);
    expect(saysDontPay).toEqual({ claimed: true, unclear: true, left: false, failed: false });
  });
});
