import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CartLine, Difference, LineSelection, LineState } from "@dandan/client";
import { choiceWords, orderLineWords, timeOfDay } from "@/rules/describe";
import { applyFrame, backoffMs, isStale, newer, withOrder } from "@/rules/feed";
import { readLink, readScan, sameTable } from "@/rules/link";
import { money, shortMoney } from "@/rules/money";
import { afterDifferences, blocks, cartKey, orderRequest, quoteFits } from "@/rules/order";
import { enqueue, parcelRequest, shownCart, type Parcel, type Wish } from "@/rules/outbox";
import { isPartyCode } from "@/rules/place";
import { previewUnit, total } from "@/rules/preview";
import { HEAD_PX, ROW_PX, categoryAt, matches, sections } from "@/rules/search";
import { lineLook, progress, rushLabel } from "@/rules/status";
import { availability, clock } from "@/rules/stock";
import { hex, newId } from "@/net/ids";
import { en } from "@/words/en";
import { zh } from "@/words/zh";
import { dish, group, menu, option, order, orderLine, text, view } from "./build";

const line = (id: string, more: Partial<LineSelection> = {}): LineSelection => ({ line: id, dish: "d", variant: "std", quantity: 1, weight_g: null, options: [], set: [], note: null, ...more });
const cartLine = (id: string, more: Partial<CartLine> = {}): CartLine => ({ ...line(id), guest: "g", guest_name: "林", name: text("菜"), unit_price: 1000, amount: 1000, problem: null, added_at: 0, ...more });
const parcel = (id: string, wish: Wish, tries = 0): Parcel => ({ id, store: "st", session: "s", tries, wish });

describe("money", () => {
  it("is written with two places, whatever the amount", () => {
    expect(money(3700, "CNY")).toBe("¥37.00");
    expect(money(5, "CNY")).toBe("¥0.05");
    expect(money(-1250, "USD")).toBe("-$12.50");
    expect(shortMoney(2800, "CNY")).toBe("¥28");
    expect(shortMoney(2850, "CNY")).toBe("¥28.50");
  });
  it("loses no fen on the way to the label", () => {
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (n) => {
      expect(Number(money(n, "CNY").replace(/[¥.]/g, ""))).toBe(n === 0 ? 0 : n);
    }));
  });
  it("by weight is per 500 g, half a fen up", () => {
    const fish = dish({ charge: "weight", variants: [{ id: "std", name: text(""), price: 6801 }] });
    expect(previewUnit(fish, { variant: "std", weight_g: 500, options: [], set: [] })).toBe(6801);
    expect(previewUnit(fish, { variant: "std", weight_g: 250, options: [], set: [] })).toBe(3401);
  });
});

describe("the menu", () => {
  const chicken = dish({ id: "a", code: "108", name: { zh: "宫保鸡丁", en: "Kung Pao chicken" }, pinyin: "gbjd" });
  it("finds a dish by name, pinyin initials and number", () => {
    for (const q of ["宫保", "gbj", "GB", "108", "10", "kung", " "]) expect(matches(chicken, q)).toBe(true);
    for (const q of ["鱼", "jdg", "08"]) expect(matches(chicken, q)).toBe(false);
  });
  it("knows which category is at the top without measuring", () => {
    const two = { ...menu([dish({ id: "a" }), dish({ id: "b" }), dish({ id: "e", category: "z" })]), categories: [{ id: "c", name: text("类") }, { id: "z", name: text("末") }] };
    const list = sections(two, "");
    expect(list.map((s) => s.top)).toEqual([0, HEAD_PX + 2 * ROW_PX]);
    expect(categoryAt(list, 0)).toBe("c");
    expect(categoryAt(list, HEAD_PX + 2 * ROW_PX)).toBe("z");
  });
  it("says why a dish can't be ordered", () => {
    const stock = [{ dish: "d", sold_out: false, remaining: 3, off_hours: false, paused: false }];
    expect(availability(dish(), stock)).toEqual({ kind: "few", left: 3 });
    expect(availability(dish(), [{ dish: "d", sold_out: false, remaining: 0, off_hours: false, paused: false }])).toEqual({ kind: "sold_out" });
    expect(availability(dish(), [{ dish: "d", sold_out: false, remaining: null, off_hours: true, paused: false }])).toEqual({ kind: "off_hours", hours: null });
    expect(availability(dish(), [{ dish: "d", sold_out: false, remaining: 3, off_hours: false, paused: true }])).toEqual({ kind: "paused" });
    expect(availability(dish(), [{ dish: "d", sold_out: true, remaining: 0, off_hours: false, paused: true }])).toEqual({ kind: "sold_out" });
    expect(availability(dish(), [])).toEqual({ kind: "ok" });
    expect(clock(660)).toBe("11:00");
  });
  it("reads a choice back in plain words", () => {
    const d = dish({ variants: [{ id: "s", name: text("小"), price: 1 }, { id: "l", name: text("大份"), price: 2 }], groups: [group("g", 0, 3, [option("egg", { name: text("煎蛋"), max: 2 })])] });
    expect(choiceWords(d, { ...line("x"), variant: "l", options: [{ option: "egg", quantity: 2 }] }, menu([d]), "zh")).toEqual(["大份", "煎蛋×2"]);
    expect(timeOfDay(0, 480)).toBe("08:00");
  });
});

describe("a link", () => {
  const want = { store: "s1", code: "t-1" };
  const slip = `s.${"7".repeat(32)}.${"9".repeat(20)}`;
  it("is read from every way a code arrives", () => {
    expect(readLink(want, "")).toEqual(want);
    expect(readLink({ q: encodeURIComponent("https://x.example/m/#/pages/enter/index?store=s1&code=t-1") }, "")).toEqual(want);
    expect(readLink({ qrCode: "https://x.example/m/?store=s1&code=t-1" }, "")).toEqual(want);
    expect(readLink({ scene: `${"a".repeat(32)}.t-1` }, "")).toEqual({ store: "a".repeat(32), code: "t-1" });
    expect(readScan("http://10.0.0.5:8080/t/t.1-x", "s1")).toEqual({ store: "s1", code: "t.1-x" });
    expect(readLink({ scene: "t-1" }, "s1")).toEqual(want);
    expect(readScan("t-1", "s1")).toEqual(want);
    expect(readScan(slip, "s1")).toEqual({ store: "s1", code: slip });
    expect(readScan("a12.w58000000.0123456789abcdef0123", "s1")).toEqual({ store: "s1", code: "a12.w58000000.0123456789abcdef0123" });
    expect(readLink({ scene: "a12.w5.0123" }, "s1")).toEqual({ store: "s1", code: "a12.w5.0123" });
    expect(readScan(`https://h/t/${slip}`, "s1")).toEqual({ store: "s1", code: slip });
    expect(readScan("http://h/m/?code=t-1&store=s1#/pages/enter/index", "")).toEqual(want);
  });
  it("of a screen at the table leads to the same table as the last one, and a slip's only to itself", () => {
    const at = (code: string, store = "s1") => ({ store, code });
    expect(sameTable(at("a12.w5.aa"), at("a12.w6.bb"))).toBe(true);
    expect(sameTable(at("a12.w5.aa"), at("a13.w5.aa"))).toBe(false);
    expect(sameTable(at("a12.w5.aa"), at("a12.w5.aa", "s2"))).toBe(false);
    expect(sameTable(at(slip), at(`s.${"8".repeat(32)}.aa`))).toBe(false);
    expect([isPartyCode(slip), isPartyCode("s.1.aa"), isPartyCode("a12.1.aa")]).toEqual([true, false, false]);
  });
  it("of something else is none", () => {
    for (const text of ["https://example.com/", "hello there!", "https://x/?a=b", ""]) expect(readScan(text, "")).toBeNull();
    expect(readLink({}, "s1")).toBeNull();
    expect(readLink({ q: "%E0%A4%A" }, "")).toBeNull();
  });
});

describe("the feed", () => {
  it("takes parts whole, and nothing older", () => {
    const had = view({ seq: 5, cart: [cartLine("a")] });
    expect(applyFrame(had, { type: "change", seq: 6, at: 0, change: { cart: [] } })).toMatchObject({ seq: 6, cart: [] });
    expect(applyFrame(had, { type: "change", seq: 4, at: 0, change: { cart: [] } })).toBe(had);
    expect(applyFrame(had, { type: "heartbeat", seq: 9, at: 0 })).toBe(had);
    expect(applyFrame(had, { type: "snapshot", seq: 4, at: 0, view: view({ seq: 4 }) })).toBe(had);
    expect(applyFrame(null, { type: "snapshot", seq: 4, at: 0, view: view() })?.seq).toBe(4);
  });
  it("of another session always replaces", () => {
    expect(newer(view({ id: "old", seq: 99 }), view({ id: "new", seq: 1 })).id).toBe("new");
  });
  it("is stale after five seconds without a frame", () => {
    expect([isStale(null, 0), isStale(0, 5_000), isStale(0, 5_001)]).toEqual([true, false, true]);
  });
  it("backs off to 15 s and not beyond 18", () => {
    expect([1, 2, 3, 4, 5, 50].map((n) => backoffMs(n, 0))).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(backoffMs(50, 0.999)).toBeLessThan(18_001);
  });
  it("an accepted order takes its lines out of the cart, once", () => {
    const o = order({ lines: [orderLine("a")] });
    const got = withOrder(withOrder(view({ cart: [cartLine("a"), cartLine("b")] }), o), o);
    expect(got.cart.map((l) => l.line)).toEqual(["b"]);
    expect(got.orders).toHaveLength(1);
    expect(orderLineWords({ ...o.lines[0]!, weight_g: 550 }, "zh")).toEqual(["550 g"]);
  });
});

describe("the outbox", () => {
  const m = menu([dish()]);
  const me = { id: "me", name: "我" };
  it("shows what is not sent yet over the server's cart", () => {
    const shown = shownCart(view({ cart: [cartLine("a")] }), [parcel("1", { kind: "add", line: line("b", { quantity: 2 }) }), parcel("2", { kind: "quantity", line: "a", quantity: 3 })], m, me);
    expect(shown.map((l) => [l.line, l.quantity, l.amount, l.unsent])).toEqual([["a", 3, 3000, true], ["b", 2, 2000, true]]);
  });
  it("shows a line once, though its answer was lost and the feed already has it", () => {
    expect(shownCart(view({ cart: [cartLine("a")] }), [parcel("1", { kind: "add", line: line("a") })], m, me)).toHaveLength(1);
  });
  it("hides a line that is being removed", () => {
    expect(shownCart(view({ cart: [cartLine("a")] }), [parcel("1", { kind: "quantity", line: "a", quantity: 0 })], m, me)).toEqual([]);
  });
  it("leaves another session's parcels alone", () => {
    expect(shownCart(view({ id: "x" }), [parcel("1", { kind: "add", line: line("a") })], m, me)).toEqual([]);
  });
  it("replaces a quantity never tried, and keeps one that was", () => {
    const q = (id: string, quantity: number, tries = 0) => parcel(id, { kind: "quantity", line: "a", quantity }, tries);
    expect(enqueue([q("1", 2)], q("2", 3)).map((p) => p.id)).toEqual(["2"]);
    expect(enqueue([q("1", 2, 1)], q("2", 3)).map((p) => p.id)).toEqual(["1", "2"]);
  });
  it("addresses every wish", () => {
    expect(parcelRequest(parcel("1", { kind: "rush", line: "l" }))).toEqual({ path: "/sessions/s/lines/l/rush", body: {} });
    expect(parcelRequest(parcel("1", { kind: "call", call: "k", reason: "water" }))).toEqual({ path: "/sessions/s/calls", body: { call: "k", reason: "water" } });
  });
});

describe("an order", () => {
  const asked = [{ ...line("a"), unit_price: 1000, amount: 1000 }, { ...line("b"), unit_price: 500, amount: 500 }];
  const quote = { menu_version: 2, total: 1700, lines: [{ line: "a", unit_price: 1200, amount: 1200, problem: null }, { line: "b", unit_price: 500, amount: 500, problem: null }] };
  it("carries the quote's prices, and a total that is their sum", () => {
    const request = orderRequest("o", 1, asked, quote, " 一起上 ");
    expect(request).toMatchObject({ order: "o", menu_version: 2, total: 1700, note: "一起上" });
    expect(request.total).toBe(total(request.lines));
  });
  it("sends nothing of the cart line but what was chosen and its price", () => {
    const request = orderRequest("o", 1, [cartLine("a")], null, "");
    expect(Object.keys(request.lines[0] ?? {}).sort()).toEqual(["amount", "dish", "line", "note", "options", "quantity", "set", "unit_price", "variant", "weight_g"]);
    expect(request.note).toBeNull();
  });
  it("is not priced by a quote for another cart", () => {
    expect(quoteFits(quote, asked, cartKey(asked))).toBe(true);
    expect(quoteFits(quote, [{ ...line("a"), quantity: 2 }, line("b")], cartKey(asked))).toBe(false);
    expect(quoteFits(null, asked, cartKey(asked))).toBe(false);
  });
  it("after differences keeps what can be had, at the new price", () => {
    const d = (id: string, problem: Difference["problem"], now: number | null): Difference => ({ line: id, name: text(""), problem, was: 1, now, left: null });
    const request = orderRequest("o", 1, asked, null, "");
    expect(afterDifferences(request, [d("a", "price_changed", 1200), d("b", "sold_out", null)], quote).map((l) => [l.line, l.amount])).toEqual([["a", 1200]]);
  });
  it("is kept back by a problem, not by a new price", () => {
    expect([blocks(null), blocks("price_changed"), blocks("sold_out"), blocks("paused")]).toEqual([false, false, true, true]);
  });
});

describe("the kitchen's word", () => {
  it("has an icon and words for every state, in both languages", () => {
    for (const state of Object.keys(lineLook) as LineState[]) {
      expect(lineLook[state].icon).toBeTruthy();
      expect(zh.line[state]).toBeTruthy();
      expect(en.line[state]).toBeTruthy();
    }
  });
  it("lets a dish be rushed once until it is answered, and not when it is done", () => {
    const l = (state: LineState, rushed = 0, rush_answered = false) => rushLabel({ state, rushed, rush_answered }, false);
    expect([l("sent"), l("started", 1), l("started", 1, true), l("ready"), l("voided"), l("held"), l("awaiting_nod")]).toEqual(["rush", "rushed", "answered", null, null, null, null]);
    expect(rushLabel({ state: "sent", rushed: 0, rush_answered: false }, true)).toBe("rushed");
  });
  it("counts progress over what will come", () => {
    const l = (state: LineState) => ({ state }) as ReturnType<typeof order>["lines"][number];
    expect(progress(order({ lines: [l("served"), l("voided"), l("sent")] }))).toEqual({ served: 1, of: 2 });
  });
});

describe("ids", () => {
  it("are 32 lower-case hex characters and do not repeat", () => {
    const made = Array.from({ length: 2_000 }, newId);
    expect(made.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(made).size).toBe(made.length);
    expect(hex([0, 15, 255])).toBe("000fff");
  });
});
