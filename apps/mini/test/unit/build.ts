/** Small makers for tests: say only what the test is about. */
import type { CheckView, Dish, Menu, Option, OptionGroup, OrderLineView, OrderView, PaymentView, SessionView } from "@dandan/client";

export const text = (zh: string) => ({ zh, en: zh });

export const option = (id: string, more: Partial<Option> = {}): Option => ({ id, name: text(id), price: 0, max: 1, excludes: [], ...more });

export const group = (id: string, min: number, max: number, options: Option[]): OptionGroup => ({ id, name: text(id), kind: "other", min, max, options });

export const dish = (more: Partial<Dish> = {}): Dish => ({
  id: "d", code: "101", category: "c", station: "wok", name: text("菜"), description: null, image: "", charge: "item",
  variants: [{ id: "std", name: text(""), price: 1000 }], groups: [], set_groups: [], allergens: [], hours: null, daily_count: null,
  due_min: 10, overdue_min: 20, pinyin: "c", popular: false, ...more,
});

export const menu = (dishes: Dish[]): Menu => ({ version: 1, hash: "", currency: "CNY", stations: [], categories: [{ id: "c", name: text("类") }], dishes });

export const check = (more: Partial<CheckView> = {}): CheckView => ({
  total: 0, paid: 0, balance: 0, due: 0, eaten: 0, discount: 0, shortfall: 0, seat_fee: 0, service_charge: 0, discounted: null,
  waived: { seat_fee: false, minimum_spend: false, service_charge: false }, unweighed: [], allowance: 0, state: "empty", tenders: [], shares: [], refunds: [], ...more,
});

export const share = (id: string, amount: number, unpaid = amount, name = id): CheckView["shares"][number] => ({ share: id, name, amount, unpaid, lines: [] });

export const tender = (id: string, amount: number, more: Partial<CheckView["tenders"][number]> = {}): CheckView["tenders"][number] => ({
  tender: id, way: "wechat_jsapi", amount, at: 0, tip: 0, rounded_off: 0, order: null, share: null, reference: null, refundable: amount, ...more,
});

export const view = (more: Partial<SessionView> = {}): SessionView => ({
  id: "s", seq: 1, table: { id: "t", name: "A1", area: text("厅") }, mode: "pay_later", covers: 2, state: "open", opened_at: 0, guests: [], menu_version: 1,
  stock: [], cart: [], orders: [], check: check(), payments: [], calls: [],
  tables: "A1", merged_into: null, merged: [], vip: false, hot_pot: false, per_head: [], nod: null, behind_min: null, ...more,
});

export const order = (more: Partial<OrderView> = {}): OrderView => ({
  id: "o", number: "A1-1", round: 1, state: "accepted", placed_at: 0, placed_by: "", expires_at: null, total: 1000, note: null, lines: [], nod: null, declined: null, ...more,
});

export const orderLine = (line: string, more: Partial<OrderLineView> = {}): OrderLineView => ({
  line, dish: "d", name: text("菜"), variant: null, options: [], set: [], quantity: 1, weight_g: null, unit_price: 1000, amount: 1000, note: null, guest_name: "", state: "sent", due_at: null,
  rushed: 0, rush_answered: false, void_reason: null, course: null, seat: null, held: null, fired_at: null, overdue_at: null, comped: null, was_amount: null, needs_weight: false, remakes: 0, items: [], ...more,
});

export const payment = (more: Partial<PaymentView> = {}): PaymentView => ({
  ask: "p", way: "wechat_native", amount: 1000, order: null, state: "waiting", asked_at: 0, paid_at: null, tip: 0, share: null, ends_at: null, code_url: null, jsapi: null, trade_no: null, browser_url: null, demo_wallet_url: null, attempt: null, reason: null, ...more,
});
