import { expect, test } from "vitest";
import { item, ticket, view } from "../kitchen/made-up";
import type { Announcement, PrinterView, Said } from "@dandan/client";
import { POSSIBLE, deviceAlarms, isOn, isWanted, mergeAnnouncements, overdueAlarms, readVoice, stillReady, utteranceOf, withKind } from "./said";
import { lineOf, sentenceOf } from "./sentence";

const MIN = 60_000;
const of = (number: number, said: Said, table_name = "3"): Announcement => ({ number, session: null, table_name, at: number, played_at: null, said });
const paid = (way: "wechat_h5" | "alipay_qr" | "cash"): Said => ({ kind: "paid", way, amount: 3850, tip: 0 });
const ready: Said = { kind: "ready", order: "o", number: "A023" };
const set = readVoice({});

test("each page says by itself what it is for", () => {
  expect(POSSIBLE.kitchen.filter((k) => isOn(set, "kitchen", k))).toEqual(["new_order", "rush", "overdue"]);
  expect(POSSIBLE.floor.filter((k) => isOn(set, "floor", k))).toEqual(["queue", "paid", "device_down"]);
  expect(POSSIBLE.pickup.filter((k) => isOn(set, "pickup", k))).toEqual(["ready", "queue"]);
});

test("a choice holds for its page only, and settings of an older version still count", () => {
  const muted = withKind(readVoice({ volume: 0.4, wechat: false }), "kitchen", "rush", false);
  expect([isOn(muted, "kitchen", "rush"), isOn(muted, "kitchen", "new_order"), isOn(muted, "floor", "paid"), muted.volume, muted.on]).toEqual([false, true, true, 0.4, true]);
});

test("money is said only of channels that are chosen, never of what was typed in by hand", () => {
  const wanted = (way: Parameters<typeof paid>[0], kept = {}): boolean => isWanted(utteranceOf(of(1, paid(way))), readVoice(kept), "floor");
  expect([wanted("wechat_h5"), wanted("alipay_qr"), wanted("cash"), wanted("wechat_h5", { wechat: false })]).toEqual([true, true, false, false]);
});

test("every kind has its sentence and its line", () => {
  const zh = (said: Said, table?: string): string[] => [sentenceOf(utteranceOf(of(7, said, table)), "zh", "CNY"), lineOf(utteranceOf(of(7, said, table)), "zh", "CNY")];
  expect(zh({ kind: "new_order", order: "o", number: "3-1", dishes: 5, stations: [] })).toEqual(["新单，三号桌，共5份", "新单 3 · 5 份"]);
  expect(zh({ kind: "new_order", order: "o", number: "A023", dishes: 1, stations: [] }, "快1")).toEqual(["新单，A 零 二 三 号，共1份", "新单 A023 · 1 份"]);
  expect(zh({ kind: "rush", line: "l", name: { zh: "鱼香肉丝", en: "" }, stations: [] }, "A1+A2")).toEqual(["催菜，A 一桌、A 二桌，鱼香肉丝", "催菜 A1+A2 · 鱼香肉丝"]);
  expect(zh(ready)).toEqual(["请 A 零 二 三 号取餐", "取餐 A023"]);
  expect(zh(paid("wechat_h5"))).toEqual(["第7条，微信到账三十八元五角，三号桌", "第7条 微信 ¥38.50 · 3"]);
  expect(zh({ kind: "queue", entry: "e", number: "A12" })).toEqual(["请 A 一 二 号就餐", "请 A12 号就餐"]);
  expect(sentenceOf(utteranceOf(of(7, ready)), "en", "CNY")).toBe("Order A 0 2 3 is ready. Please collect it.");
});

test("dishes of one ticket that pass their time together are one alarm, and later ones another", () => {
  const late = (key: string, overdue_at: number, state: "seen" | "ready" = "seen") => item(key, { overdue_at, state });
  const v = view(ticket("t", 0, [late("鱼", 10 * MIN), late("饭", 10 * MIN), late("汤", 12 * MIN), late("菜", 9 * MIN, "ready")]));
  const at = (now: number): string[] => overdueAlarms(v, now).map((u) => `${u.key} ${sentenceOf(u, "zh", "CNY")}`);
  expect(at(10 * MIN - 1)).toEqual([]);
  expect(at(10 * MIN)).toEqual([`overdue.t.${10 * MIN} 十二号桌，鱼等2道超时`]);
  expect(at(12 * MIN)).toEqual([`overdue.t.${12 * MIN} 十二号桌，汤超时`]);
});

test("a printer that can't print is an alarm, one that runs low is not", () => {
  const printer = (id: string, state: PrinterView["state"]): PrinterView => ({ id, name: "厨房打印机", width_mm: 80, state, since: 5, waiting: 0, trouble: null, fallback: null });
  const alarms = deviceAlarms([printer("a", "ok"), printer("b", "near_end"), printer("c", "paper_out"), printer("d", "unreachable")]);
  expect(alarms.map((u) => sentenceOf(u, "zh", "CNY"))).toEqual(["注意，厨房打印机缺纸", "注意，厨房打印机连不上"]);
  expect(alarms.map((u) => [u.key, u.number])).toEqual([["device.c.5", null], ["device.d.5", null]]);
});

test("announcements come one by one and leave by their number; other names in the list concern others", () => {
  const before = [of(1, ready), of(2, ready)];
  const after = mergeAnnouncements(before, [of(3, ready), { ...of(2, ready), played_at: 9 }], ["said.1", "1", "2", "a".repeat(32), "12.wok"]);
  expect(after.map((a) => [a.number, a.played_at])).toEqual([[2, 9], [3, null]]);
  expect(mergeAnnouncements(before, [], [])).toBe(before);
});

test("a number that was collected before its turn need not be called", () => {
  expect([stillReady(utteranceOf(of(1, ready)), new Set(["o"])), stillReady(utteranceOf(of(1, ready)), new Set())]).toEqual([true, false]);
});
