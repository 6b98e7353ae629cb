/** How a table looks at a glance: one state with a mark and a word, what is wrong there, and how loud that is. Pure. */
import type { FloorTable, FloorView, Minor, Ms, Role, TableState, UnseenDish } from "@dandan/client";
import { wholeMinutes } from "../ui/labels";

/** `checking` stands above the server's states: money without a certain answer must be seen first. */
export type Look = TableState | "checking";

/** The shape beside the colour, so that nobody needs the colour. */
export const MARKS: Record<Look, Mark> = {
  free: "ring", reserved: "clock", locked: "lock", dirty: "broom", seated: "person", ordering: "pen", eating: "bowl", bill_asked: "bill", settled: "check", checking: "hourglass",
};
export type Mark = "ring" | "clock" | "lock" | "broom" | "person" | "pen" | "bowl" | "bill" | "check" | "hourglass";

export type BadgeKind = "calls" | "nods" | "unseen" | "overdue" | "ready" | "unweighed" | "held";
/** Loudest first: what guests wait for now, then what only the house has to do. */
export const BADGES: readonly BadgeKind[] = ["calls", "nods", "unseen", "overdue", "ready", "unweighed", "held"];
const WEIGHTS: Record<BadgeKind, number> = { calls: 64, nods: 32, unseen: 16, overdue: 8, ready: 4, unweighed: 2, held: 0 };

export interface Badge { kind: BadgeKind; count: number }

export interface TableCard {
  table: FloorTable;
  look: Look;
  /** Of a merged party, all its tables; else the table's own name. */
  name: string;
  parties: number;
  covers: number;
  minutes: number;
  due: Minor;
  vip: boolean;
  badges: Badge[];
  /** 0: nothing to do there. */
  trouble: number;
}

export function lookOf(table: FloorTable): Look {
  return table.sessions.some((s) => s.checking) ? "checking" : table.state;
}

export function cardOf(table: FloorTable, now: Ms): TableCard {
  const s = table.sessions;
  const sum = (of: (x: (typeof s)[number]) => number): number => s.reduce((n, x) => n + of(x), 0);
  const counts: Record<BadgeKind, number> = {
    calls: sum((x) => x.calls.filter((c) => c.answered_at === null).length), nods: sum((x) => x.nods), unseen: sum((x) => x.unseen), overdue: sum((x) => x.overdue),
    ready: sum((x) => x.ready), unweighed: sum((x) => x.unweighed), held: sum((x) => x.held),
  };
  const look = lookOf(table);
  const badges = BADGES.map((kind) => ({ kind, count: counts[kind] })).filter((b) => b.count > 0);
  const first = s[0];
  return {
    table,
    look,
    name: s.length === 1 && first !== undefined && first.tables !== "" ? first.tables : table.name,
    parties: s.length,
    covers: sum((x) => x.covers),
    minutes: s.length > 0 ? wholeMinutes(Math.min(...s.map((x) => x.opened_at)), now) : wholeMinutes(table.dirty_since ?? now, now),
    due: sum((x) => Math.max(0, x.due)),
    vip: s.some((x) => x.vip),
    badges,
    trouble: badges.reduce((n, b) => n + WEIGHTS[b.kind], 0) + (look === "bill_asked" ? 12 : 0) + (look === "checking" ? 6 : 0) + (look === "dirty" ? 1 : 0),
  };
}

export type PlanOrder = "plan" | "trouble";

/** By name as the house counts its tables, or the biggest trouble first; among equals the one that has waited longest. */
export function ordered(cards: readonly TableCard[], order: PlanOrder): TableCard[] {
  const byName = (a: TableCard, b: TableCard): number => a.table.name.localeCompare(b.table.name, "zh-CN", { numeric: true });
  return [...cards].sort((a, b) => (order === "plan" ? byName(a, b) : b.trouble - a.trouble || (a.trouble > 0 ? b.minutes - a.minutes : 0) || byName(a, b)));
}

/** The cards of one area, or of the house. */
export function cardsOf(view: FloorView, area: string | null, order: PlanOrder, now: Ms): TableCard[] {
  return ordered(view.tables.filter((t) => area === null || t.area === area).map((t) => cardOf(t, now)), order);
}

export interface Sums { free: number; taken: number; trouble: number; covers: number }

export function sumsOf(cards: readonly TableCard[]): Sums {
  const parties = new Map(cards.flatMap((c) => c.table.sessions.map((s) => [s.id, s.covers] as const)));
  return {
    free: cards.filter((c) => c.look === "free" || c.look === "reserved").length,
    taken: cards.filter((c) => c.parties > 0).length,
    trouble: cards.filter((c) => c.trouble > 1).length,
    covers: [...parties.values()].reduce((a, b) => a + b, 0),
  };
}

/** A waiter hears of unseen dishes as soon as they reach the phones; the till once they reach it. */
export function unseenFor(unseen: readonly UnseenDish[], role: Role): UnseenDish[] {
  return unseen.filter((d) => d.step === "till" || (d.step === "waiter" && role !== "cashier"));
}
