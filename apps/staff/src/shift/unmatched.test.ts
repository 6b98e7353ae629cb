import { describe, expect, it } from "vitest";
import { lastFloat, listed, mine } from "./shifts";
import { itemsOf } from "./unmatched";

const name = (zh: string): { zh: string; en: string } => ({ zh, en: zh });
const seated = [{ session: "s1", tables: "A1+A2", lines: [{ order: "o1", line: "l1", name: name("鱼") }, { order: "o1", line: "l2", name: name("汤") }] }];

describe("what would have to be signed for", () => {
  it("is led to where it is mended", () => {
    const items = itemsOf([{ open_table: { session: "s1", table: "A1", balance: 100 } }, { open_payment: { session: "s1", ask: "a", amount: 50 } }, { unprinted: { job: "j", why: "no paper" } }, { open_shift: { shift: "h", till: "收银 1", by: "ann" } }, { loose_cash: { amount: 5 } }], seated, []);
    expect(items.map((i) => i.place)).toEqual([{ at: "session", session: "s1" }, { at: "session", session: "s1" }, { at: "slips" }, { at: "shift" }, { at: "payments" }]);
    expect(items[1]).toMatchObject({ table: "A1+A2" });
  });
  it("counts the dishes of one party together, and those nobody can name by themselves", () => {
    const items = itemsOf([{ unserved: { order: "o1", line: "l1" } }, { unserved: { order: "o9", line: "x" } }, { unserved: { order: "o1", line: "l2" } }], seated, []);
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ kind: "unserved", table: "A1+A2", count: 2, names: [name("鱼"), name("汤")], place: { at: "session", session: "s1" } });
    expect(items[1]).toMatchObject({ kind: "unserved", table: null, count: 1, place: { at: "tables" } });
  });
  it("finds the party of an order that waits for a nod", () =>
    expect(itemsOf([{ unanswered: { order: "o7", table: "B3" } }], [], [{ order: "o7", session: "s7" }])[0]?.place).toEqual({ at: "session", session: "s7" }));
  it("never drops what it does not know", () => {
    const later = [{ lost_key: { where: "safe" } }] as unknown as Parameters<typeof itemsOf>[0];
    expect(itemsOf(later, [], [])).toEqual([{ kind: "other", name: "lost_key", place: { at: "tables" } }]);
  });
});

describe("shifts", () => {
  const closed = { at: 9, counted: 1, over: 0, figures: { account_cash: 0, expected: 1, given_back: [], moved_in: 0, moved_out: 0, rounded_off: 0, taken: [], tips: 0 } };
  const shift = (id: string, by: string, opened_at: number, over: boolean, float = 0): Parameters<typeof listed>[0][number] => ({ shift: id, till: "t", by, by_name: by, opened_at, float, moves: [], closed: over ? closed : null });
  const all = [shift("a", "ann", 1, true, 100), shift("b", "bob", 2, false, 200), shift("c", "ann", 3, false, 300)];
  it("knows one's own open one only", () => {
    expect(mine(all, "ann")?.shift).toBe("c");
    expect(mine(all, "eve")).toBeNull();
  });
  it("lists open ones first, then the latest", () => expect(listed(all).map((s) => s.shift)).toEqual(["c", "b", "a"]));
  it("remembers the last float", () => expect(lastFloat(all)).toBe(300));
});
