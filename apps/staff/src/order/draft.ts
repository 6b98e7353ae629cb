/** An order that is being taken: what is on it, and what each tap makes of it. Pure; `drafts` keeps it on the device. */
import type { Difference, Dish, Id, LineProblem, Menu, Minor, Ms, OrderView, Problem, Quote, Selection, SessionView } from "@dandan/client";
import { choiceOf, selection as selectionOf, startChoice, MAX_QUANTITY } from "./choice";

export interface DraftLine extends Selection {
  line: Id;
  course: number | null;
  seat: number | null;
  hold: boolean;
}

export interface Draft {
  session: Id;
  /** The order this becomes, and the key it is sent under: one id until the house has answered, however often it is sent. */
  order: Id;
  lines: DraftLine[];
  note: string;
  /** What new lines are for. */
  course: number | null;
  seat: number | null;
  at: Ms;
  /** Sent, and not answered yet: exactly this. Nothing is edited meanwhile. */
  sending: OrderBody | null;
  /** What the house said instead of yes; nothing of the draft is lost by it. */
  refused: Refusal | null;
}

export interface Refusal { code: string; zh: string; en: string; differences: Difference[]; quote: Quote | null; dishes: string[] }

export interface PricedLine extends DraftLine { unit_price: Minor; amount: Minor }

/** As `POST sessions/{s}/orders` wants it. */
export interface OrderBody {
  order: Id;
  menu_version: number;
  total: Minor;
  lines: (Selection & { line: Id; unit_price: Minor; amount: Minor; course?: number; seat?: number; hold?: boolean })[];
  note: string | null;
}

export const emptyDraft = (session: Id, order: Id, at: Ms): Draft => ({ session, order, lines: [], note: "", course: null, seat: null, at, sending: null, refused: null });

export const isEmpty = (draft: Draft): boolean => draft.lines.length === 0 && draft.note.trim() === "";

/** Two lines that differ in nothing but their number are one. */
function sameKind(a: DraftLine, b: DraftLine): boolean {
  const kind = ({ dish, variant, weight_g, options, set, note, course, seat, hold }: DraftLine): string => JSON.stringify([dish, variant, weight_g, options, set, note, course, seat, hold]);
  return kind(a) === kind(b);
}

/** Adds a selection for the draft's course and seat; what is weighed is never put together, each piece has its own weight. */
export function add(draft: Draft, line: Id, selection: Selection): Draft {
  const fresh: DraftLine = { ...selection, line, course: draft.course, seat: draft.seat, hold: false };
  const same = selection.weight_g === null ? draft.lines.find((l) => sameKind(l, fresh)) : undefined;
  if (same === undefined) return { ...draft, lines: [...draft.lines, fresh] };
  return setLine(draft, same.line, { quantity: Math.min(MAX_QUANTITY, same.quantity + selection.quantity) });
}

/** The line a dish was added to last: that is what a number typed next is about. */
export const lastOf = (draft: Draft, dish: string): DraftLine | undefined => [...draft.lines].reverse().find((l) => l.dish === dish);

export function setLine(draft: Draft, line: Id, part: Partial<Omit<DraftLine, "line">>): Draft {
  return { ...draft, lines: draft.lines.map((l) => (l.line === line ? { ...l, ...part } : l)) };
}

/** Nothing of it: the line goes. */
export function setQuantity(draft: Draft, line: Id, quantity: number): Draft {
  if (quantity <= 0) return { ...draft, lines: draft.lines.filter((l) => l.line !== line) };
  return setLine(draft, line, { quantity: Math.min(MAX_QUANTITY, Math.trunc(quantity)) });
}

/** Holds a whole course, or lets it go. */
export function holdCourse(draft: Draft, course: number | null, hold: boolean): Draft {
  return { ...draft, lines: draft.lines.map((l) => (l.course === course ? { ...l, hold } : l)) };
}

/** What is asked of the server about the draft: what it costs, nothing about course or seat. */
export const quoteLines = (lines: readonly DraftLine[]): (Selection & { line: Id })[] =>
  lines.map(({ line, dish, variant, quantity, weight_g, options, set, note }) => ({ line, dish, variant, quantity, weight_g, options, set, note }));

/** A quote counts only for exactly what it was asked about. */
export const quoteKey = (lines: readonly DraftLine[]): string => JSON.stringify(quoteLines(lines));

export function priced(lines: readonly DraftLine[], quote: Quote | null, menu: Menu): PricedLine[] {
  return lines.map((line) => {
    const quoted = quote?.lines.find((q) => q.line === line.line);
    if (quoted !== undefined && quoted.problem === null) return { ...line, unit_price: quoted.unit_price, amount: quoted.amount };
    const dish = menu.dishes.find((d) => d.id === line.dish);
    const unit = dish === undefined ? 0 : previewUnit(dish, line);
    return { ...line, unit_price: unit, amount: unit * line.quantity };
  });
}

export const totalOf = (lines: readonly { amount: Minor }[]): Minor => lines.reduce((n, l) => n + l.amount, 0);

export function orderBody(draft: Draft, lines: readonly PricedLine[], menuVersion: number): OrderBody {
  const note = draft.note.trim();
  return {
    order: draft.order,
    menu_version: menuVersion,
    total: totalOf(lines),
    lines: lines.map(({ course, seat, hold, ...line }) => ({ ...line, ...(course === null ? {} : { course }), ...(seat === null ? {} : { seat }), ...(hold ? { hold } : {}) })),
    note: note === "" ? null : note,
  };
}

/** Anything but a new price keeps the line from being ordered. */
export const isDead = (problem: LineProblem): boolean => problem !== "price_changed";

/**
 * The house has answered no. Nothing is lost: the lines stay, and what is different stands beside them. That answer belongs to
 * the former id for ever, so the next try is another order.
 */
export function refuse(draft: Draft, problem: Problem, order: Id): Draft {
  const more = problem as Problem & { differences?: Difference[]; quote?: Quote; dishes?: string[] };
  const refused: Refusal = { code: problem.code, zh: problem.texts.zh, en: problem.texts.en, differences: more.differences ?? [], quote: more.quote ?? null, dishes: more.dishes ?? [] };
  return { ...draft, order, sending: null, refused };
}

/** What is left once the differences are accepted: what can't be had goes, what is short is cut to what is left, the rest has its new price. */
export function acceptDifferences(draft: Draft): Draft {
  const by = new Map((draft.refused?.differences ?? []).map((d) => [d.line, d]));
  const lines = draft.lines.flatMap((line) => {
    const d = by.get(line.line);
    if (d === undefined || !isDead(d.problem)) return [line];
    return d.problem === "not_enough_left" && d.left !== null && d.left > 0 ? [{ ...line, quantity: Math.min(line.quantity, d.left) }] : [];
  });
  return { ...draft, lines, refused: null };
}

/** Dishes of the menu that give a hot pot its soup, or put soup options into it. */
export const soups = (menu: Menu): Dish[] => menu.dishes.filter((d) => d.pot === "soup");

/** A hot pot without a soup base, neither ordered nor on the draft. */
export function lacksSoup(view: Pick<SessionView, "hot_pot" | "orders">, draft: Draft, menu: Menu): boolean {
  const pot = new Map(menu.dishes.map((d) => [d.id, d.pot ?? "none"]));
  const forPot = draft.lines.some((l) => pot.get(l.dish) === "for_pot");
  if (!view.hot_pot && !forPot) return false;
  const ordered = view.orders.some((o) => ["accepted", "awaiting_nod", "awaiting_payment"].includes(o.state) && o.lines.some((l) => l.state !== "voided" && pot.get(l.dish) === "soup"));
  return soups(menu).length > 0 && !ordered && !draft.lines.some((l) => pot.get(l.dish) === "soup");
}

export interface Lack { dish: Dish; more: number }

/** What every guest gets with a party's first order, as far as the draft lacks it. */
export function perHeadLacking(draft: Draft, view: Pick<SessionView, "per_head" | "covers">, menu: Menu): Lack[] {
  return view.per_head.flatMap((id) => {
    const dish = menu.dishes.find((x) => x.id === id);
    const more = view.covers - draft.lines.filter((l) => l.dish === id).reduce((n, l) => n + l.quantity, 0);
    return dish === undefined || more <= 0 ? [] : [{ dish, more }];
  });
}

/** Writes down what every guest gets, where nothing about it has to be chosen. */
export function withPerHead(draft: Draft, view: Pick<SessionView, "per_head" | "covers">, menu: Menu, newId: () => Id): Draft {
  return perHeadLacking(draft, view, menu).reduce((d, { dish, more }) => {
    const line = selectionOf(dish, { ...startChoice(dish), quantity: more }, { covers: view.covers, remaining: null });
    return line === null ? d : add(d, newId(), line);
  }, draft);
}

/** The same again (再来一轮): the lines of an order as the menu has them now, and the names of those it hasn't. */
export function again(order: Pick<OrderView, "lines">, menu: Menu): { selections: Selection[]; lost: string[] } {
  const selections: Selection[] = [];
  const lost: string[] = [];
  for (const line of order.lines.filter((l) => l.state !== "voided" && l.state !== "expired")) {
    const dish = menu.dishes.find((d) => d.id === line.dish);
    const selection = dish === undefined ? null : asBefore(dish, line, menu);
    if (selection === null) lost.push(line.name.zh);
    else selections.push(selection);
  }
  return { selections, lost };
}

const same = (a: { zh: string; en: string }, b: { zh: string; en: string }): boolean => a.zh === b.zh && a.en === b.en;

/** An ordered line knows its options by name only. */
function asBefore(dish: Dish, line: OrderView["lines"][number], menu: Menu): Selection | null {
  const variant = line.variant === null ? dish.variants[0] : dish.variants.find((v) => same(v.name, line.variant ?? v.name));
  const options = line.options.map((o) => ({ option: dish.groups.flatMap((g) => g.options).find((x) => same(x.name, o.name))?.id, quantity: o.quantity }));
  const set = line.set.map((part) => {
    const group = dish.set_groups.find((g) => g.choices.some((c) => same(menu.dishes.find((d) => d.id === c.dish)?.name ?? { zh: "", en: "" }, part.name)));
    const pick = group?.choices.find((c) => same(menu.dishes.find((d) => d.id === c.dish)?.name ?? { zh: "", en: "" }, part.name));
    return { group: group?.id, dish: pick?.dish, quantity: Math.max(1, Math.round(part.quantity / line.quantity)) };
  });
  if (variant === undefined || options.some((o) => o.option === undefined) || set.some((s) => s.group === undefined || s.dish === undefined)) return null;
  const before: Selection = {
    dish: dish.id, variant: variant.id, quantity: line.quantity, weight_g: line.weight_g, note: line.note,
    options: options.map((o) => ({ option: o.option ?? "", quantity: o.quantity })),
    set: set.map((s) => ({ group: s.group ?? "", dish: s.dish ?? "", quantity: s.quantity })),
  };
  return selectionOf(dish, choiceOf(dish, before), { covers: MAX_QUANTITY, remaining: null });
}

/** The price before the server has said one; shown as an estimate. */
export function previewUnit(dish: Dish, line: Selection): Minor {
  const variant = dish.variants.find((v) => v.id === line.variant) ?? dish.variants[0];
  const price = variant?.price ?? 0;
  const base = dish.charge === "weight" ? Math.floor((price * (line.weight_g ?? 0) + 250) / 500) : price;
  const options = line.options.reduce((n, o) => n + (dish.groups.flatMap((g) => g.options).find((x) => x.id === o.option)?.price ?? 0) * o.quantity, 0);
  const set = line.set.reduce((n, s) => n + (dish.set_groups.find((g) => g.id === s.group)?.choices.find((c) => c.dish === s.dish)?.surcharge ?? 0) * s.quantity, 0);
  return base + options + set;
}

/** A stored draft, or null for anything that is none. */
export function readDraft(text: string | null, session: Id): Draft | null {
  try {
    const value = JSON.parse(text ?? "null") as Partial<Draft> | null;
    if (value === null || value.session !== session || typeof value.order !== "string" || !Array.isArray(value.lines)) return null;
    return { ...emptyDraft(session, value.order, value.at ?? 0), ...value } as Draft;
  } catch {
    return null;
  }
}
