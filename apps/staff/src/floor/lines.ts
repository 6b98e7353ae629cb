/** Which buttons a line of an order has, and what of a party's order can be done together. Pure; the server decides, this only keeps buttons from promising what it will refuse. */
import type { Id, LineState, Minor, OrderLineView, OrderView, Role, SessionView } from "@dandan/client";
import { may } from "./view";

export type LineAct = "fire" | "serve" | "weigh" | "rush" | "void" | "comp" | "reprice" | "divide" | "move" | "remake";

/** The kitchen has it, or will: something can still be done about it. */
const LIVE: Record<LineState, boolean> = {
  awaiting_payment: false, awaiting_nod: false, held: true, sent: true, seen: true, started: true, ready: true, served: true, voided: false, expired: false,
};
const COOKING: Record<LineState, boolean> = {
  awaiting_payment: false, awaiting_nod: false, held: false, sent: true, seen: true, started: true, ready: false, served: false, voided: false, expired: false,
};

export const isLive = (line: Pick<OrderLineView, "state">): boolean => LIVE[line.state];
export const isHeld = (line: Pick<OrderLineView, "state" | "held">): boolean => line.held !== null || line.state === "held";

/** In the order they are shown. */
export function actsOf(line: OrderLineView, order: OrderView, mode: SessionView["mode"], role: Role): LineAct[] {
  if (order.state !== "accepted" || !LIVE[line.state] || !may(role, "serve")) return [];
  const later = mode === "pay_later";
  const acts: [LineAct, boolean][] = [
    ["fire", isHeld(line)],
    ["serve", line.state === "ready"],
    ["weigh", line.needs_weight],
    ["rush", COOKING[line.state]],
    ["void", line.state !== "served"],
    ["comp", line.comped === null && later],
    ["reprice", line.comped === null && !line.needs_weight && later],
    ["divide", line.quantity > 1 && line.weight_g === null && line.set.length === 0 && line.was_amount === null && line.comped === null],
    ["move", later],
    ["remake", line.state === "ready" || line.state === "served" || line.state === "started"],
  ];
  return acts.filter(([, on]) => on).map(([act]) => act);
}

/** A void needs a second person once the kitchen has had the line. */
export const voidNeedsSecond = (line: OrderLineView): boolean => !isHeld(line) && line.fired_at !== null;

export interface HeldCourse { course: number | null; lines: Id[] }

/** What is held, by course; lines without one come last. What waits for the soup base fires by itself and is not offered. */
export function heldCourses(orders: readonly OrderView[]): HeldCourse[] {
  const by = new Map<number | null, Id[]>();
  for (const order of orders) {
    if (order.state !== "accepted") continue;
    for (const line of order.lines) if (isHeld(line) && line.held !== "soup") by.set(line.course, [...(by.get(line.course) ?? []), line.line]);
  }
  return [...by].map(([course, lines]) => ({ course, lines })).sort((a, b) => (a.course ?? 99) - (b.course ?? 99));
}

export const readyLines = (orders: readonly OrderView[]): Id[] => orders.filter((o) => o.state === "accepted").flatMap((o) => o.lines.filter((l) => l.state === "ready").map((l) => l.line));

/** Its dishes that can be carried out, by the kitchen's own keys. */
export const readyItems = (orders: readonly OrderView[], lines: ReadonlySet<Id>): string[] =>
  orders.flatMap((o) => o.lines.filter((l) => lines.has(l.line)).flatMap((l) => l.items.filter((i) => i.state === "ready").map((i) => i.key)));

export interface SumRow { kind: "eaten" | "discount" | "seat_fee" | "shortfall" | "service_charge" | "allowance" | "total" | "paid"; amount: Minor; waived: boolean }

/** What the total is made of; rows that say nothing are left out. */
export function sumRows(check: SessionView["check"]): SumRow[] {
  const row = (kind: SumRow["kind"], amount: Minor, waived = false): SumRow => ({ kind, amount, waived });
  const parts = [
    row("discount", -check.discount),
    row("seat_fee", check.seat_fee, check.waived.seat_fee),
    row("shortfall", check.shortfall, check.waived.minimum_spend),
    row("service_charge", check.service_charge, check.waived.service_charge),
    row("allowance", -check.allowance),
  ].filter((r) => r.amount !== 0 || r.waived);
  const made = parts.length === 0 ? [] : [row("eaten", check.eaten), ...parts];
  // Where nothing is paid the total is what is due, which stands below in large figures.
  return check.paid === 0 ? made : [...made, row("total", check.total), row("paid", -check.paid)];
}

/** A discount as a person types it: 8.8 折 is 12 % off, 5 元 is an amount. */
export function discountOff(zhe: number): number | null {
  const bp = Math.round(10_000 - zhe * 1000);
  return Number.isFinite(bp) && bp >= 1 && bp <= 10_000 ? bp : null;
}

/** Yuan as typed, in fen; null for what is no amount. */
export function fenOf(text: string): Minor | null {
  const m = /^(\d{1,6})(?:[.。](\d{0,2}))?$/.exec(text.trim());
  if (m === null) return null;
  return Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0"));
}
