/** Turns the kitchen's view into what the board draws: order, ages, buttons, totals. Pure: time comes in as an argument. */
import { mergeAnnouncements } from "../voice/said";
import type { FloorStation, KitchenChange, KitchenView, Lang, Ms, RankWhy, Seq, Text, Ticket, TicketItem } from "./types";

/** Of tickets and announcements only what changed comes along, and what is gone of either; everything else comes whole. */
export function mergeKitchen(view: KitchenView, change: KitchenChange, seq: Seq): KitchenView {
  const { tickets = [], removed = [], stations = view.stations, floor_stations = view.floor_stations, stock = view.stock, last_announcement = view.last_announcement } = change;
  const gone = new Set([...removed, ...tickets.map((t) => t.id)]);
  const announcements = mergeAnnouncements(view.announcements, change.announcements ?? [], removed);
  return { seq, stations, floor_stations, stock, last_announcement, announcements, tickets: [...view.tickets.filter((t) => !gone.has(t.id)), ...tickets] };
}

// ---------- one item ----------

export type Age = "normal" | "due" | "overdue";

export function ageOf(item: Pick<TicketItem, "due_at" | "overdue_at">, now: Ms): Age {
  if (now >= item.overdue_at) return "overdue";
  return now >= item.due_at ? "due" : "normal";
}

/** The number beside the age word: minutes waited, or minutes past the limit once it is overdue. */
export function ageMinutes(item: TicketItem, firedAt: Ms, now: Ms): number {
  const from = ageOf(item, now) === "overdue" ? item.overdue_at : firedAt;
  return Math.max(0, Math.floor((now - from) / 60_000));
}

export type Phase = "cook" | "void" | "done" | "hidden";

/** `cook`: still to be made · `void`: taken back and not yet acknowledged · `done`: bumped · `hidden`: not the cook's business. */
export function phaseOf(item: TicketItem): Phase {
  switch (item.state) {
    case "sent":
    case "seen":
    case "started":
      return "cook";
    case "ready":
    case "served":
      return "done";
    case "voided":
      return item.void_unseen ? "void" : "hidden";
    case "awaiting_payment":
    case "awaiting_nod":
    case "held":
    case "expired":
      return "hidden";
  }
}

export const isRushing = (item: TicketItem): boolean => phaseOf(item) === "cook" && item.rushed > 0 && !item.rush_answered;

export type Verb = "start" | "ready" | "recall" | "serve" | "acknowledge-void" | "answer-rush" | "remake";

/** The one next step of an item; null where the cook has nothing to press. */
export function nextVerb(item: TicketItem, twoStep: boolean): Verb | null {
  switch (phaseOf(item)) {
    case "cook":
      return twoStep && item.state !== "started" ? "start" : "ready";
    case "void":
      return "acknowledge-void";
    case "done":
    case "hidden":
      return null;
  }
}

/** True once the feed shows what a tapped verb was meant to do: the button may then stop saying "sending". */
export function hasHappened(verb: Verb, item: TicketItem | undefined): boolean {
  if (item === undefined) return true;
  const phase = phaseOf(item);
  switch (verb) {
    case "start":
      return item.state === "started" || phase !== "cook";
    case "ready":
      return phase !== "cook";
    case "recall":
      return phase !== "done";
    case "serve":
      return item.state !== "ready";
    case "acknowledge-void":
      return phase !== "void";
    case "answer-rush":
      return !isRushing(item);
    case "remake":
      return item.remade !== null && phase === "cook";
  }
}

/** A note that speaks of an allergy is drawn like an avoid option: red, with the sign. */
export const isAllergyNote = (note: string | null): boolean => note !== null && /过敏|忌|不吃|不能吃|allerg/i.test(note);

/** What a dish contains is shown where somebody asked to avoid something; on every dish it would be read by nobody. */
export const tellsAllergens = (item: TicketItem): boolean => item.allergens.length > 0 && (isAllergyNote(item.note) || item.options.some((o) => o.kind === "avoid"));

export const say = (text: Text, lang: Lang): string => text[lang] || text.zh || text.en;

export function itemName(item: TicketItem, lang: Lang): string {
  return item.variant === null ? say(item.name, lang) : `${say(item.name, lang)} ${say(item.variant, lang)}`.trim();
}

// ---------- the board ----------

export type Why = "rushed" | "age";

export interface BoardTicket {
  ticket: Ticket;
  cook: TicketItem[];
  voids: TicketItem[];
  doneCount: number;
  why: Why;
  addOn: boolean;
  /** Table where guests sit and wait, pick-up number where they collect. */
  title: string;
  subtitle: string;
}

/** Tickets with something left to do, in the server's order, then by id so two screens agree. */
export function boardOf(view: KitchenView): BoardTicket[] {
  return view.tickets.map(boardTicket).filter((b) => b.cook.length + b.voids.length > 0).sort(compare);
}

function boardTicket(ticket: Ticket): BoardTicket {
  const of = (phase: Phase): TicketItem[] => ticket.items.filter((i) => phaseOf(i) === phase);
  const cook = of("cook");
  const byTable = ticket.mode === "pay_later";
  return {
    ticket,
    cook,
    voids: of("void"),
    doneCount: of("done").length,
    why: cook.some(isRushing) ? "rushed" : "age",
    addOn: ticket.round > 1,
    title: byTable ? ticket.table : ticket.number,
    subtitle: byTable ? ticket.number : ticket.table,
  };
}

const compare = (a: BoardTicket, b: BoardTicket): number => a.ticket.rank_at - b.ticket.rank_at || (a.ticket.id < b.ticket.id ? -1 : 1);

/** Why a ticket stands where it does: what moved it forward, else when its most pressing dish is due. */
export function rankReasons(ticket: Pick<Ticket, "rank_at" | "rank_why">, word: Readonly<Record<RankWhy, string>>, due: (at: Ms) => string): string[] {
  return ticket.rank_why.length > 0 ? ticket.rank_why.map((why) => word[why]) : [due(ticket.rank_at)];
}

// ---------- stations ----------

export type Elsewhere = "cooks-for" | "not-seen";

/** A dish of another station on this ticket: cooked here while that one is closed, or shown because nobody saw it there. */
export function elsewhereOf(item: TicketItem, ticket: Ticket, stations: readonly FloorStation[]): Elsewhere | null {
  if (item.own_station === ticket.station) return null;
  const own = stations.find((s) => s.id === item.own_station);
  const cooksHere = own === undefined || own.cooks === ticket.station;
  return !cooksHere && item.escalated !== null ? "not-seen" : "cooks-for";
}

/** Nobody has painted it and it climbed: this stays loud until somebody has. */
export const isEscalated = (item: TicketItem): boolean => item.escalated !== null && item.state === "sent";

// ---------- table changes ----------

/** A party that moved keeps its mark for so long. */
export const MOVED_FOR_MS = 90_000;

export interface Move {
  before: string;
  at: Ms;
}

/** Which parties sit at another table than this screen last saw them at. */
export function movesBetween(before: KitchenView, after: KitchenView, marks: ReadonlyMap<string, Move>, now: Ms): ReadonlyMap<string, Move> {
  const was = new Map(before.tickets.map((t) => [t.id, t.table]));
  const moved = after.tickets.flatMap((t): [string, Move][] => {
    const old = was.get(t.id);
    return old === undefined || old === t.table ? [] : [[t.id, { before: old, at: now }]];
  });
  const kept = [...marks].filter(([, m]) => now - m.at < MOVED_FOR_MS);
  return moved.length === 0 && kept.length === marks.size ? marks : new Map([...kept, ...moved]);
}

/** What stands on the board, in reading order; changes when anything is added, taken off or reordered. */
export const layoutOf = (board: BoardTicket[]): string[] => board.flatMap((b) => [b.ticket.id, ...b.voids.map((i) => i.key), ...b.cook.map((i) => i.key)]);

/** Something already shown now stands elsewhere. What is only added at the end moves nothing. */
export const hasMoved = (before: readonly string[], after: readonly string[]): boolean => before.some((key, i) => after[i] !== key);

/** The ticket's header shows its worst item. */
export function worstAge(items: TicketItem[], now: Ms): Age {
  const ages = items.map((i) => ageOf(i, now));
  if (ages.includes("overdue")) return "overdue";
  return ages.includes("due") ? "due" : "normal";
}

export interface Totals {
  tickets: number;
  dishes: number;
  overdue: number;
  rushed: number;
}

export function totalsOf(board: BoardTicket[], now: Ms): Totals {
  const items = board.flatMap((b) => b.cook);
  return {
    tickets: board.length,
    dishes: items.reduce((n, i) => n + i.quantity, 0),
    overdue: items.filter((i) => ageOf(i, now) === "overdue").length,
    rushed: items.filter(isRushing).length,
  };
}

// ---------- all day ----------

export interface AllDayRow {
  key: string;
  name: Text;
  variant: Text | null;
  quantity: number;
  weightG: number;
  started: number;
  overdue: boolean;
  /** How the portions differ, e.g. 微辣 ×2, so one wok load is not cooked all alike. */
  differences: { text: Text; quantity: number; avoid: boolean }[];
}

/** Portions still to be made, per dish and size, over all tickets. Most first, then by name. */
export function allDay(board: BoardTicket[], now: Ms): AllDayRow[] {
  const rows = new Map<string, AllDayRow>();
  for (const item of board.flatMap((b) => b.cook)) {
    const key = `${item.name.zh}\n${item.variant?.zh ?? ""}`;
    const row = rows.get(key) ?? { key, name: item.name, variant: item.variant, quantity: 0, weightG: 0, started: 0, overdue: false, differences: [] };
    row.quantity += item.quantity;
    row.weightG += (item.weight_g ?? 0) * item.quantity;
    row.started += item.state === "started" ? item.quantity : 0;
    row.overdue ||= ageOf(item, now) === "overdue";
    for (const option of item.options) {
      const found = row.differences.find((d) => d.text.zh === option.name.zh);
      if (found) found.quantity += item.quantity;
      else row.differences.push({ text: option.name, quantity: item.quantity, avoid: option.kind === "avoid" });
    }
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => b.quantity - a.quantity || a.key.localeCompare(b.key, "zh-CN"));
}

// ---------- recall ----------

export interface Bumped {
  key: string;
  item: TicketItem;
  ticket: Ticket;
  at: Ms;
}

export const RECALL_FOR_MS = 30 * 60_000;
export const RECALL_MOST = 24;

/**
 * What was bumped lately, newest first. The server may drop a finished ticket from the view, so what was once seen bumped is
 * kept here; an item that is back among those to cook leaves the list.
 */
export function rememberBumped(before: readonly Bumped[], view: KitchenView, now: Ms): Bumped[] {
  const known = new Map(before.map((b) => [b.key, b]));
  for (const ticket of view.tickets) {
    for (const item of ticket.items) {
      if (item.state === "ready") known.set(item.key, { key: item.key, item, ticket, at: item.ready_at ?? now });
      else known.delete(item.key);
    }
  }
  return [...known.values()]
    .filter((b) => now - b.at < RECALL_FOR_MS)
    .sort((a, b) => b.at - a.at || (a.key < b.key ? -1 : 1))
    .slice(0, RECALL_MOST);
}
