/** Tables, parties, lines and orders for tests; never shipped. */
import type { FloorParty, FloorTable, OrderLineView, OrderView } from "@dandan/client";

export const party = (over: Partial<FloorParty> = {}): FloorParty => ({
  id: "s", covers: 2, opened_at: 0, total: 0, paid: 0, balance: 0, due: 0, checking: false, unseen: 0, overdue: 0, calls: [], tables: "", vip: false, ready: 0, held: 0, nods: 0, unweighed: 0, bill_asked: false, last_order_at: null, ...over,
});

export const floorTable = (id: string, ...sessions: FloorParty[]): FloorTable => ({ id, name: id, area: "hall", seats: 4, sessions, state: sessions.length === 0 ? "free" : "eating", locked: null, dirty_since: null, reserved: null });

export const line = (over: Partial<OrderLineView> = {}): OrderLineView => ({
  line: "l", dish: "d1", name: { zh: "菜", en: "Dish" }, variant: null, options: [], set: [], quantity: 1, weight_g: null, unit_price: 1000, amount: 1000, note: null, guest_name: "", state: "sent", due_at: null, rushed: 0, rush_answered: false, void_reason: null,
  course: null, seat: null, held: null, fired_at: 1, overdue_at: null, comped: null, was_amount: null, needs_weight: false, remakes: 0, items: [], ...over,
});

export const order = (lines: OrderLineView[], over: Partial<OrderView> = {}): OrderView => ({ id: "o", number: "1-1", round: 1, state: "accepted", placed_at: 0, placed_by: "", expires_at: null, total: 0, note: null, lines, nod: null, declined: null, ...over });
