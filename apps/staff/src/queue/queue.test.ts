import type { Entry, FloorTable, Reservation } from "@dandan/client";
import { describe, expect, it } from "vitest";
import { keptByDay, linesOf, nearness, seatsFor } from "./lines";
import { dateOf, dayOffset, dayStart, slots, typedTime, usual } from "./time";

const MIN = 60_000;
const CN = 480;
/** 20:10 on the first of March in Beijing. */
const now = Date.UTC(2026, 2, 1, 12, 10);

describe("times to choose from", () => {
  it("start at the store's midnight, not at UTC's", () => {
    expect(dayStart(now, CN, 0)).toBe(Date.UTC(2026, 1, 28, 16, 0));
    expect(dayOffset(Date.UTC(2026, 2, 1, 16, 0), now, CN)).toBe(1);
    expect(dayOffset(Date.UTC(2026, 2, 1, 15, 59), now, CN)).toBe(0);
  });
  it("leave out today's that are past, every quarter of an hour", () => {
    const today = slots(now, CN, 0);
    expect(today[0]).toBe(now + 5 * MIN);
    expect(today.at(-1)).toBe(dayStart(now, CN, 0) + 22 * 60 * MIN);
    expect(slots(now, CN, 1)).toHaveLength(12 * 4 + 1);
    expect(slots(now + 4 * 60 * MIN - 11 * MIN, CN, 0)).toEqual([]);
  });
  it("begin half an hour from now on a whole quarter", () => expect(usual(now)).toBe(now + 35 * MIN));
  it("take a typed time with or without its colon, and nothing else", () => {
    const at = dayStart(now, CN, 1) + (18 * 60 + 30) * MIN;
    expect(typedTime("18:30", now, CN, 1)).toBe(at);
    expect(typedTime("1830", now, CN, 1)).toBe(at);
       for (const bad of ["", "18", "25:00", "18:60", "183"]) expect(typedTime(bad, now, CN, 1), bad).toBeNull();
  });
  it("name the store's date", () => expect(dateOf(Date.UTC(2026, 1, 28, 17, 0), CN)).toEqual({ month: 3, day: 1, weekday: 0 }));
});

const entry = (id: string, line: number, at: number): Entry => ({ entry: id, number: `${"AB"[line]}${id}`, line, covers: 2, name: null, at, calls: 0, called_at: null, ended: null, session: null });
const table = (id: string, seats: number, part: Partial<FloorTable> = {}): FloorTable => ({ id, name: id, area: "a", seats, sessions: [], state: "free", locked: null, dirty_since: null, reserved: null, ...part });
const kept = (id: string, for_when: number, on: string | null = null): Reservation => ({ reservation: id, name: id, phone_tail: null, covers: 2, for_when, table: on, note: null, by: "s", at: 0, ended: null, session: null });

describe("the queue", () => {
  it("stands line by line, the first come first", () => {
    const lines = linesOf([entry("2", 0, now - 3 * MIN), entry("1", 1, now - 9 * MIN), entry("1", 0, now - 7 * MIN)], now);
    expect(lines.map((l) => [l.letter, l.entries.map((e) => e.number), l.longest])).toEqual([["A", ["A1", "A2"], 7], ["B", ["B1"], 9]]);
  });
  it("seats at the tightest table that is free, too small ones last", () => {
    const tables = [table("8", 8), table("2", 2), table("4", 4), table("locked", 4, { state: "locked" }), table("dirty", 4, { state: "dirty" })];
    expect(seatsFor(tables, 3, null).map((t) => t.id)).toEqual(["4", "8", "2"]);
  });
  it("keeps a reserved table for whoever reserved it", () => {
    const own = kept("r", now, "6");
    const tables = [table("4", 4), table("6", 6, { state: "reserved", reserved: own }), table("9", 4, { state: "reserved", reserved: kept("other", now, "9") })];
    expect(seatsFor(tables, 2, { reservation: "r", table: "6" }).map((t) => t.id)).toEqual(["6", "4"]);
    expect(seatsFor(tables, 2, null).map((t) => t.id)).toEqual(["4"]);
  });
});

describe("reservations", () => {
  it("stand by day and time", () => {
    const days = keptByDay([kept("tomorrow", now + 20 * 60 * MIN), kept("late", now + 60 * MIN), kept("soon", now + 10 * MIN)], now, CN);
    expect(days.map((d) => [d.offset, d.reservations.map((r) => r.name)])).toEqual([[0, ["soon", "late"]], [1, ["tomorrow"]]]);
  });
  it("are late a quarter of an hour after their time", () => {
    expect(nearness(kept("a", now - 16 * MIN), now)).toBe("late");
    expect(nearness(kept("a", now - 10 * MIN), now)).toBe("soon");
    expect(nearness(kept("a", now + 61 * MIN), now)).toBe("later");
  });
});
