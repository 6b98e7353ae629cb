/** Made-up tickets for the tests of this folder and of the voice. */
import type { KitchenView, Ticket, TicketItem } from "./types";

const MIN = 60_000;

export const item = (key: string, over: Partial<TicketItem> = {}): TicketItem => ({
  key, name: { zh: key, en: key }, variant: null, options: [], of_set: null, quantity: 1, weight_g: null, note: null, allergens: [], state: "sent",
  due_at: 8 * MIN, overdue_at: 15 * MIN, rushed: 0, rush_answered: false, void_reason: null, void_unseen: false, started_at: null, ready_at: null,
  fired_at: 0, course: null, seat: null, own_station: "wok", remade: null, escalated: null, needs_weight: false, ...over,
});

export const ticket = (id: string, fired_at: number, items: TicketItem[], over: Partial<Ticket> = {}): Ticket => ({
  id, order: id, session: `s-${id}`, station: "wok", table: "12", number: "12-1", round: 1, mode: "pay_later", covers: 2, fired_at, note: null, items, vip: false,
  rank_at: fired_at, rank_why: [], slip_code: `dd00000000000${id.length}.wok`, ...over,
});

export const view = (...tickets: Ticket[]): KitchenView => ({ seq: 1, stations: [], floor_stations: [], stock: [], announcements: [], last_announcement: 0, tickets });
