/** Keeps the floor's view up to date; calls, rights, sums of the day and stock. Pure: time and language come in. */
import type { CallView, Dish, FloorChange, FloorStock, FloorTable, FloorView, Minor, Role, Seq, SessionView } from "@dandan/client";
import { underWay } from "../till/payable";
import { byName } from "../ui/labels";
import { mergeAnnouncements } from "../voice/said";

/** Parts come whole; of tables and announcements only those that changed, and the ids of those that are gone. */
export function mergeFloor(view: FloorView, change: FloorChange & { removed?: string[] }, seq: Seq): FloorView {
  const { tables = [], announcements = [], removed = [], ...parts } = change;
  const gone = new Set(removed);
  return {
    ...view, ...parts, seq,
    announcements: mergeAnnouncements(view.announcements, announcements, removed),
    tables: mergeBy(view.tables, tables, (t) => t.id).filter((t) => !gone.has(t.id)),
  };
}

/** Replaces in place and adds the rest. */
function mergeBy<T>(before: readonly T[], changed: readonly T[], id: (t: T) => string): T[] {
  const by = new Map(changed.map((c) => [id(c), c]));
  const kept = before.map((b) => by.get(id(b)) ?? b);
  const known = new Set(before.map(id));
  return [...kept, ...changed.filter((c) => !known.has(id(c)))];
}

// ---------- calls ----------

export interface OpenCall {
  call: CallView;
  table: FloorTable;
}

/** Unanswered calls of the house, the longest waiting first. */
export function openCalls(view: FloorView): OpenCall[] {
  return view.tables
    .flatMap((table) => table.sessions.flatMap((s) => s.calls.filter((c) => c.answered_at === null).map((call) => ({ call, table }))))
    .sort((a, b) => a.call.at - b.call.at || (a.call.call < b.call.call ? -1 : 1));
}

export interface DaySummary {
  openTables: number;
  owed: Minor;
}

export function daySummary(view: Pick<FloorView, "tables">): DaySummary {
  const open = view.tables.filter((t) => t.sessions.length > 0);
  return { openTables: open.length, owed: open.flatMap((t) => t.sessions).reduce((n, s) => n + Math.max(0, s.balance), 0) };
}

export type CloseBar = "ok" | "due" | "checking";

/** Nobody leaves while money is being checked or is still due; what goes back to the guests no longer counts as paid. */
export function closeBar(view: Pick<SessionView, "check" | "payments">): CloseBar {
  if (underWay(view).length > 0) return "checking";
  return view.check.due > 0 ? "due" : "ok";
}

/** What the server lets a role do. It decides; this only keeps buttons from promising what it will refuse. */
export type Right = "serve" | "charge" | "collect" | "reconcile" | "refund" | "correct" | "cook" | "direct" | "approve" | "stock" | "seat" | "day" | "audit" | "publish";

const LEADS: readonly Role[] = ["lead", "manager", "owner"];
const TILLS: readonly Role[] = ["cashier", ...LEADS];
const FLOOR: readonly Role[] = ["waiter", ...TILLS];
const HEADS: readonly Role[] = ["manager", "owner"];
const RIGHTS: Record<Right, readonly (Role | "support")[]> = {
  serve: FLOOR,
  charge: FLOOR,
  collect: TILLS,
  reconcile: TILLS,
  refund: LEADS,
  correct: HEADS,
  cook: ["kitchen", ...FLOOR],
  direct: ["kitchen", ...TILLS],
  approve: LEADS,
  stock: ["kitchen", ...TILLS],
  seat: FLOOR,
  day: HEADS,
  audit: ["support", ...HEADS],
  publish: HEADS,
};
export const may = (role: Role, right: Right): boolean => RIGHTS[right].includes(role);

/** One thing the server lists when a day does not add up, each under its own name. */
export type Unmatched =
  | { open_table: { session: string; table: string; balance: Minor } }
  | { open_payment: { session: string; ask: string; amount: Minor } }
  | { unserved: { order: string; line: string } };

export interface UnmatchedSummary {
  tables: { table: string; balance: Minor }[];
  payments: Minor[];
  unserved: number;
}

/** Anything unknown in the list still counts as something to sign for. */
export function summarise(list: readonly Unmatched[]): UnmatchedSummary {
  const sum: UnmatchedSummary = { tables: [], payments: [], unserved: 0 };
  for (const one of list) {
    if ("open_table" in one) sum.tables.push(one.open_table);
    else if ("open_payment" in one) sum.payments.push(one.open_payment.amount);
    else sum.unserved++;
  }
  return sum;
}

// ---------- stock ----------

export interface StockRow {
  dish: Dish;
  soldOut: boolean;
  remaining: number | null;
}

export function stockRows(dishes: readonly Dish[], stock: readonly FloorStock[], search: string, onlyLimited: boolean): StockRow[] {
  const by = new Map(stock.map((s) => [s.dish, s]));
  const q = search.trim().toLowerCase();
  return dishes
    .filter((d) => q === "" || d.code.startsWith(q) || d.pinyin.includes(q) || d.name.zh.includes(q) || d.name.en.toLowerCase().includes(q))
    .map((dish) => ({ dish, soldOut: by.get(dish.id)?.sold_out ?? false, remaining: by.get(dish.id)?.remaining ?? null }))
    .filter((r) => !onlyLimited || r.soldOut || r.remaining !== null)
    .sort((a, b) => byName(a.dish.code, b.dish.code));
}
