/** Turns the floor's view into table cards, calls, buttons and sums. Pure: time and language come in. */
import type { CallView, Dish, FloorChange, FloorTable, FloorView, KitchenView, LineState, Minor, Ms, OrderLineView, Role, Seq, SessionView } from "@dandan/client";
import { underWay } from "../till/payable";
import { byName, wholeMinutes } from "../ui/labels";

/** Stock, day and areas come whole; of the tables only those that changed, and the ids of those that are gone. */
export function mergeFloor(view: FloorView, change: FloorChange & { removed?: string[] }, seq: Seq): FloorView {
  const { day = view.day, areas = view.areas, stock = view.stock, money = view.money, tables = [], removed = [] } = change;
  const gone = new Set(removed);
  return { seq, day, areas, stock, money, tables: mergeBy(view.tables, tables, (t) => t.id).filter((t) => !gone.has(t.id)) };
}

/** Replaces in place and adds the rest. */
function mergeBy<T>(before: readonly T[], changed: readonly T[], id: (t: T) => string): T[] {
  const by = new Map(changed.map((c) => [id(c), c]));
  const kept = before.map((b) => by.get(id(b)) ?? b);
  const known = new Set(before.map(id));
  return [...kept, ...changed.filter((c) => !known.has(id(c)))];
}

// ---------- tables ----------

export type TableState = "free" | "seated" | "checking" | "paid";

export interface TableCard {
  table: FloorTable;
  state: TableState;
  parties: number;
  covers: number;
  minutes: number;
  balance: Minor;
  unseen: number;
  overdue: number;
  calls: CallView[];
}

export function cardOf(table: FloorTable, now: Ms): TableCard {
  const s = table.sessions;
  const sum = (of: (x: (typeof s)[number]) => number): number => s.reduce((n, x) => n + of(x), 0);
  return {
    table,
    state: stateOf(table),
    parties: s.length,
    covers: sum((x) => x.covers),
    minutes: s.length === 0 ? 0 : wholeMinutes(Math.min(...s.map((x) => x.opened_at)), now),
    balance: sum((x) => x.balance),
    unseen: sum((x) => x.unseen),
    overdue: sum((x) => x.overdue),
    calls: s.flatMap((x) => x.calls).filter((c) => c.answered_at === null),
  };
}

/** `paid` only when something was ordered and nothing is owed: an empty table session is simply seated. */
export function stateOf(table: FloorTable): TableState {
  const s = table.sessions;
  if (s.length === 0) return "free";
  if (s.some((x) => x.checking)) return "checking";
  return s.every((x) => x.balance === 0) && s.some((x) => x.total > 0) ? "paid" : "seated";
}

export const tablesOf = (view: FloorView, area: string): FloorTable[] => view.tables.filter((t) => t.area === area).sort((a, b) => byName(a.name, b.name));

export interface OpenCall {
  call: CallView;
  table: FloorTable;
}

/** Unanswered calls of the house, the longest waiting first. */
export function openCalls(view: FloorView): OpenCall[] {
  return view.tables
    .flatMap((table) => cardOf(table, 0).calls.map((call) => ({ call, table })))
    .sort((a, b) => a.call.at - b.call.at || (a.call.call < b.call.call ? -1 : 1));
}

export interface DaySummary {
  openTables: number;
  owed: Minor;
}

export function daySummary(view: FloorView): DaySummary {
  const open = view.tables.filter((t) => t.sessions.length > 0);
  return { openTables: open.length, owed: open.flatMap((t) => t.sessions).reduce((n, s) => n + Math.max(0, s.balance), 0) };
}

// ---------- a table's order ----------

/** A line the kitchen has and the guest has not: it can be taken back. What was served is a matter of money, not of the kitchen. */
const VOIDABLE: Record<LineState, boolean> = {
  awaiting_payment: false, sent: true, seen: true, started: true, ready: true, served: false, voided: false, expired: false,
};
export const canVoid = (line: OrderLineView, role: Role): boolean => VOIDABLE[line.state] && may(role, "void");

/** The kitchen items of a line that were bumped and not yet carried out; a set meal has several. */
export function itemsToServe(kitchen: KitchenView, lines: ReadonlySet<string>): string[] {
  const items = kitchen.tickets.flatMap((t) => t.items);
  return items.filter((i) => i.state === "ready" && lines.has(i.key.slice(0, i.key.indexOf(".")))).map((i) => i.key);
}

export type CloseBar = "ok" | "due" | "checking";

/** Nobody leaves while money is being checked or is still due; what goes back to the guests no longer counts as paid. */
export function closeBar(view: Pick<SessionView, "check" | "payments">): CloseBar {
  if (underWay(view).length > 0) return "checking";
  return view.check.due > 0 ? "due" : "ok";
}

/** What the server lets a role do. It decides; this only keeps buttons from promising what it will refuse. */
export type Right = "charge" | "collect" | "refund" | "correct" | "reconcile" | "void" | "stock" | "day";

const RIGHTS: Record<Right, readonly Role[]> = {
  charge: ["waiter", "cashier", "lead", "manager", "owner"],
  collect: ["cashier", "lead", "manager", "owner"],
  refund: ["lead", "manager", "owner"],
  correct: ["manager", "owner"],
  reconcile: ["cashier", "lead", "manager", "owner"],
  void: ["lead", "manager", "owner"],
  stock: ["kitchen", "cashier", "lead", "manager", "owner"],
  day: ["manager", "owner"],
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

export function stockRows(dishes: readonly Dish[], stock: FloorView["stock"], search: string, onlyLimited: boolean): StockRow[] {
  const by = new Map(stock.map((s) => [s.dish, s]));
  const q = search.trim().toLowerCase();
  return dishes
    .filter((d) => q === "" || d.code.startsWith(q) || d.pinyin.includes(q) || d.name.zh.includes(q) || d.name.en.toLowerCase().includes(q))
    .map((dish) => ({ dish, soldOut: by.get(dish.id)?.sold_out ?? false, remaining: by.get(dish.id)?.remaining ?? null }))
    .filter((r) => !onlyLimited || r.soldOut || r.remaining !== null)
    .sort((a, b) => byName(a.dish.code, b.dish.code));
}
