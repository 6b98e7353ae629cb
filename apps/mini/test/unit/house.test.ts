/** What the house can do beyond plain ordering: nods, held dishes, hot pots, scales, moved and merged tables. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LineSelection, SessionView } from "@dandan/client";
import { billRows, hasParts, unweighed, waitsForScale } from "@/rules/bill";
import { before } from "@/rules/before";
import { startChoice, setOption, setPick, setQuantity, selection } from "@/rules/choice";
import { orderLineWords } from "@/rules/describe";
import { carryOver, type Parcel } from "@/rules/outbox";
import { follows, placeName, placeNews } from "@/rules/place";
import { headDishes, headSelection, isFirstOrder, needsSoup, soupCategory } from "@/rules/pot";
import { isBack, nextId, putBack } from "@/rules/putBack";
import { linePrice } from "@/rules/status";
import { check, dish, group, menu, option, order, orderLine, text, view } from "./build";

const chosen = (d: string, quantity = 1): LineSelection => ({ line: d, dish: d, variant: "std", quantity, weight_g: null, options: [], set: [], note: null });

describe("a hot pot", () => {
  const m = menu([dish({ id: "broth", pot: "soup", category: "pots" }), dish({ id: "beef", pot: "for_pot" }), dish({ id: "rice" })]);
  const pot = (more: Partial<SessionView> = {}) => view({ hot_pot: true, ...more });
  it("needs its soup base in the first order, in the cart or ordered before", () => {
    expect(needsSoup(pot(), m, [chosen("rice")])).toBe(true);
    expect(needsSoup(pot(), m, [chosen("rice"), chosen("broth")])).toBe(false);
    expect(needsSoup(pot({ orders: [order({ lines: [orderLine("x", { dish: "broth" })] })] }), m, [chosen("beef")])).toBe(false);
    expect(needsSoup(pot({ orders: [order({ lines: [orderLine("x", { dish: "rice" })] })] }), m, [chosen("rice")])).toBe(false);
  });
  it("needs it for what goes into the pot at any table, and a soup that was taken off is none", () => {
    expect(needsSoup(view(), m, [chosen("beef")])).toBe(true);
    expect(needsSoup(view(), m, [chosen("rice")])).toBe(false);
    expect(needsSoup(pot({ orders: [order({ lines: [orderLine("x", { dish: "broth", state: "voided" }), orderLine("y", { dish: "rice" })] })] }), m, [chosen("beef")])).toBe(true);
    expect(needsSoup(pot({ orders: [order({ state: "declined", lines: [orderLine("x", { dish: "broth", state: "expired" })] })] }), m, [chosen("rice")])).toBe(true);
  });
  it("leads to the heading with a soup base that can be had", () => {
    expect(soupCategory(m, [])).toBe("pots");
    expect(soupCategory(m, [{ dish: "broth", sold_out: true, remaining: 0, off_hours: false, paused: false }])).toBeNull();
  });
  it("fills in what every guest has, less what is in the cart, and lets it grow only where that is allowed", () => {
    const heads = menu([dish({ id: "dip" }), dish({ id: "ware", charge: "cover" })]);
    const v = view({ covers: 4, per_head: ["dip", "ware", "gone"] });
    expect(headDishes(v, heads, [chosen("dip", 1)]).map((h) => [h.dish.id, h.need, h.room])).toEqual([["dip", 3, 98], ["ware", 4, 4]]);
    expect(headDishes(v, heads, [chosen("dip", 4), chosen("ware", 5)])).toEqual([]);
    expect(headDishes(view({ covers: 4 }), heads, [])).toEqual([]);
  });
  it("takes the cheapest where a dish for every guest has to be chosen", () => {
    const d = dish({ id: "dip", charge: "cover", groups: [group("g", 2, 2, [option("dear", { price: 200 }), option("a"), option("b")])] });
    expect(headSelection(d, 3, { covers: 3, remaining: null })).toMatchObject({ quantity: 3, options: [{ option: "a", quantity: 1 }, { option: "b", quantity: 1 }] });
    expect(headSelection(d, 3, { covers: 3, remaining: 2 })?.quantity).toBe(2);
  });
  it("is a first order again when the others came to nothing", () => {
    expect([isFirstOrder(view()), isFirstOrder(view({ orders: [order({ state: "declined" })] })), isFirstOrder(view({ orders: [order({ state: "awaiting_nod" })] }))]).toEqual([true, true, false]);
  });
});

describe("before ordering", () => {
  const nod = { why: "hours" } as const;
  it("says that a waiter confirms, or that paid-first orders are not taken", () => {
    expect(before(view({ nod }))).toEqual([{ kind: "nod", why: nod }]);
    expect(before(view({ nod, mode: "pay_first" }))).toEqual([{ kind: "stopped", why: nod }]);
  });
  it("names the wait from ten minutes up", () => {
    expect([null, 9, 10, 25].map((behind_min) => before(view({ behind_min })))).toEqual([[], [], [{ kind: "late", minutes: 10 }], [{ kind: "late", minutes: 25 }]]);
    expect(before(view({ nod, behind_min: 12 })).map((b) => b.kind)).toEqual(["nod", "late"]);
  });
});

describe("a declined order", () => {
  const parts = [dish({ id: "a", name: text("甲") }), dish({ id: "b", name: text("乙") })];
  const set = dish({ id: "set", name: text("套餐"), set_groups: [{ id: "s", name: text("选"), min: 2, max: 2, choices: [{ dish: "a", variant: "std", surcharge: 0 }, { dish: "b", variant: "std", surcharge: 0 }] }] });
  const noodle = dish({ id: "n", name: text("面"), variants: [{ id: "s", name: text("小"), price: 1 }, { id: "l", name: text("大"), price: 2 }], groups: [group("h", 1, 1, [option("mild"), option("hot")]), group("x", 0, 3, [option("egg", { max: 2 })])] });
  const m = menu([set, noodle, ...parts]);
  const at = { covers: 3, stock: [] as SessionView["stock"], cart: [] as SessionView["cart"], orders: [] as SessionView["orders"] };
  const line = "0".repeat(31) + "1";
  it("goes back into the cart as it was chosen", () => {
    const asked = orderLine(line, { dish: "n", variant: text("大"), quantity: 2, note: "少油", options: [{ name: text("hot"), quantity: 1, kind: "other" }, { name: text("egg"), quantity: 2, kind: "other" }] });
    expect(putBack({ lines: [asked] }, m, at)).toEqual({ lost: [], lines: [{ line: "0".repeat(30) + "10", selection: { dish: "n", variant: "l", quantity: 2, weight_g: null, options: [{ option: "hot", quantity: 1 }, { option: "egg", quantity: 2 }], set: [], note: "少油" } }] });
  });
  it("counts the parts of a set meal for one portion", () => {
    const asked = orderLine(line, { dish: "set", quantity: 3, set: [{ name: text("甲"), quantity: 3 }, { name: text("乙"), quantity: 3 }] });
    expect(putBack({ lines: [asked] }, m, at).lines[0]?.selection.set).toEqual([{ group: "s", dish: "a", quantity: 1 }, { group: "s", dish: "b", quantity: 1 }]);
  });
  it("names what can't be had any more, and invents nothing", () => {
    const gone = orderLine(line, { dish: "n", name: text("面"), variant: text("特大"), options: [{ name: text("hot"), quantity: 1, kind: "other" }] });
    const changed = orderLine(line, { dish: "n", name: text("面"), variant: text("大"), options: [{ name: text("truffle"), quantity: 1, kind: "other" }] });
    const paused = orderLine(line, { dish: "a", name: text("甲") });
    const stock = [{ dish: "a", sold_out: false, remaining: null, off_hours: false, paused: true }];
    expect(putBack({ lines: [gone, changed, paused] }, m, { ...at, stock })).toEqual({ lines: [], lost: [text("面"), text("面"), text("甲")] });
  });
  it("is put back once: every phone makes the same ids", () => {
    const o = order({ lines: [orderLine(line)] });
    expect(isBack(o, at)).toBe(false);
    expect(isBack(o, { ...at, orders: [order({ lines: [orderLine(nextId(line))] })] })).toBe(true);
    expect(nextId(nextId(line))).not.toBe(line);
  });
  it("whatever was chosen, what comes back is what was ordered", () => {
    fc.assert(fc.property(fc.boolean(), fc.nat(2), fc.integer({ min: 1, max: 5 }), fc.boolean(), (large, eggs, quantity, hot) => {
      const limits = { covers: 3, remaining: null };
      const c = setOption(noodle, setOption(noodle, { ...startChoice(noodle), variant: large ? "l" : "s" }, hot ? "hot" : "mild", 1), "egg", eggs);
      const asked = selection(noodle, setQuantity(noodle, c, quantity, limits), limits);
      if (!asked) throw new Error("sound by construction");
      const shown = orderLine(line, { dish: "n", quantity, variant: text(large ? "大" : "小"), options: asked.options.map((o) => ({ name: text(o.option), quantity: o.quantity, kind: "other" })) });
      expect(putBack({ lines: [shown] }, m, at).lines[0]?.selection).toEqual(asked);
    }));
  });
  it("fills a set's groups no further than they go", () => {
    const c = setPick(set, startChoice(set), "s", "a", 9);
    expect(c.set["s"]?.["a"]).toBe(2);
  });
});

describe("a line's price", () => {
  it("is struck through where it was given away or changed, and an estimate until weighed", () => {
    expect(linePrice(orderLine("a", { amount: 900, comped: "等久了" }))).toEqual({ amount: 0, was: 900, gift: true, estimate: false });
    expect(linePrice(orderLine("a", { amount: 900, was_amount: 1000 }))).toEqual({ amount: 900, was: 1000, gift: false, estimate: false });
    expect(linePrice(orderLine("a", { needs_weight: true })).estimate).toBe(true);
    expect(linePrice(orderLine("a", { needs_weight: true, state: "voided" })).estimate).toBe(false);
  });
  it("names the weight as a guess until it is weighed", () => {
    expect(orderLineWords(orderLine("a", { weight_g: 550, needs_weight: true }), "zh")).toEqual(["≈ 550 g"]);
    expect(orderLineWords(orderLine("a", { weight_g: 565 }), "zh")).toEqual(["565 g"]);
  });
});

describe("the check", () => {
  it("has every part on its own line, and the parts sum to the total", () => {
    fc.assert(fc.property(fc.record({ eaten: fc.nat(99_999), discount: fc.nat(999), shortfall: fc.nat(9_999), seat_fee: fc.nat(999), service_charge: fc.nat(999), allowance: fc.nat(999) }), (c) => {
      const total = c.eaten - c.discount + c.shortfall + c.seat_fee + c.service_charge - c.allowance;
      const rows = billRows(check({ ...c, total, due: total }));
      const parts = rows.filter((r) => !["total", "due", "paid", "refund"].includes(r.kind));
      if (parts.length > 0) expect(parts.reduce((n, r) => n + r.amount, 0)).toBe(total);
      else expect(total).toBe(c.eaten);
      expect(new Set(rows.map((r) => r.kind)).size).toBe(rows.length);
    }));
  });
  it("says which fee was waived, and is short where there is only dishes", () => {
    const waived = { seat_fee: true, minimum_spend: false, service_charge: false };
    expect(billRows(check({ eaten: 100, total: 100, due: 100, waived })).map((r) => [r.kind, r.amount])).toEqual([["dishes", 100], ["seat_fee", 0], ["total", 100], ["due", 100]]);
    expect(hasParts(check({ eaten: 100, total: 100, due: 100 }))).toBe(false);
    expect(hasParts(check({ eaten: 100, total: 110, due: 110, seat_fee: 10 }))).toBe(true);
  });
  it("waits for the scale only where the server would, and no longer than that", () => {
    const v = view({ orders: [order({ lines: [orderLine("a", { needs_weight: true }), orderLine("b")] })], check: check({ unweighed: ["a"] }) });
    expect(unweighed(v).map((l) => l.line)).toEqual(["a"]);
    expect([waitsForScale(v, []), waitsForScale(v, ["a"]), waitsForScale({ ...v, check: check() }, ["a"])]).toEqual([false, true, false]);
  });
});

describe("the tables", () => {
  const slip = `s.${"7".repeat(32)}.${"9".repeat(20)}`;
  it("are named together, and every change is told once", () => {
    const v = view({ tables: "A1+A2", merged: [{ session: "x", table_name: "A2", covers: 2 }] });
    expect(placeName(v)).toBe("A1+A2");
    expect(placeNews(view(), v)).toEqual({ kind: "merged", tables: "A1+A2" });
    expect(placeNews(v, view())).toEqual({ kind: "parted", tables: "A1" });
    expect(placeNews(view(), view({ table: { id: "u", name: "B3", area: text("厅") } }))).toEqual({ kind: "moved", to: "B3" });
    expect([placeNews(view(), view()), placeNews(null, v), placeNews(view({ id: "other" }), v)]).toEqual([null, null, null]);
  });
  it("take the phone along with the code it has, as long as that leads to its party", () => {
    const gone = view({ merged_into: "host", state: "closed" });
    expect(follows({ code: "c", table: "t" }, gone)).toBe("host");
    expect(follows({ code: "c", table: "another" }, gone)).toBeNull(); // It was moved: that code is somebody else's now.
    expect(follows({ code: slip, table: "another" }, gone)).toBe("host");
    expect(follows({ code: "c", table: "t" }, view())).toBeNull();
  });
  it("let the phone go home when its party is on its own again", () => {
    const host = view({ id: "host", merged: [{ session: "s", table_name: "A1", covers: 2 }] });
    expect(follows({ code: "c", table: "t", home: "s" }, host)).toBeNull();
    expect(follows({ code: "c", table: "t", home: "s" }, { ...host, merged: [] })).toBe("s");
    expect(follows({ code: "c", table: "t" }, { ...host, merged: [] })).toBeNull();
  });
  it("take along what was not sent yet: once, and under a new id where it was tried", () => {
    const add = (id: string, line: string, tries: number): Parcel => ({ id, store: "st", session: "s", tries, wish: { kind: "add", line: { ...chosen("d"), line } } });
    const host = view({ id: "host", orders: [order({ lines: [orderLine("there")] })] });
    const other: Parcel = { ...add("9", "z", 1), session: "else" };
    const got = carryOver([add("1", "new", 0), add("2", "tried", 3), add("3", "there", 1), other], "s", host, () => "fresh");
    expect(got.map((p) => [p.id, p.session, p.tries])).toEqual([["1", "host", 0], ["fresh", "host", 0], ["9", "else", 1]]);
  });
});
