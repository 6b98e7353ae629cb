/**
 * What a hot pot's order must bring, told before anybody taps "order": a soup base, and for a first order what every guest
 * has. The server decides; this is so that nobody has to hear a refusal.
 */
import type { Dish, Id, LineSelection, Menu, Selection, SessionView } from "@dandan/client";
import { selection, setOption, setQuantity, startChoice, sumOf, type Choice, type Limits } from "./choice";
import { isGone, isOver } from "./status";
import { availability, isOff, remainingOf } from "./stock";

type Chosen = Pick<LineSelection, "dish" | "quantity">;

/** Nothing is ordered yet that still counts. */
export const isFirstOrder = (view: SessionView): boolean => view.orders.every((o) => isOver[o.state]);

/** True where the soup base has to be chosen first: the table is a hot pot's, or something in the cart goes into one. */
export function needsSoup(view: SessionView, menu: Menu, cart: readonly Chosen[]): boolean {
  const role = (dish: string): Dish["pot"] => menu.dishes.find((d) => d.id === dish)?.pot;
  const forPot = cart.some((l) => role(l.dish) === "for_pot");
  if (!forPot && !(view.hot_pot && isFirstOrder(view))) return false;
  const ordered = view.orders.filter((o) => !isOver[o.state]).flatMap((o) => o.lines).filter((l) => !isGone(l.state));
  return ![...cart, ...ordered].some((l) => role(l.dish) === "soup");
}

/** The heading of the menu where a soup base is chosen; null where none can be had now. */
export function soupCategory(menu: Menu, stock: SessionView["stock"]): string | null {
  return menu.dishes.find((d) => d.pot === "soup" && !isOff(availability(d, stock)))?.category ?? null;
}

/** A dish for every guest that the first order brings, as far as the cart doesn't hold it already. */
export interface HeadDish {
  dish: Dish;
  /** how many the order has to bring besides the cart's */
  need: number;
  /** how many more the rules and the stock allow */
  room: number;
}

export function headDishes(view: SessionView, menu: Menu, cart: readonly Chosen[]): HeadDish[] {
  return view.per_head.flatMap((id) => {
    const dish = menu.dishes.find((d) => d.id === id);
    if (!dish) return [];
    const had = cart.filter((l) => l.dish === id).reduce((n, l) => n + l.quantity, 0);
    const need = view.covers - had;
    const most = dish.charge === "cover" ? view.covers : 99;
    const left = remainingOf(id, view.stock);
    return need > 0 ? [{ dish, need, room: Math.max(need, Math.min(most, left ?? most) - had) }] : [];
  });
}

/** `HeadDish` as a line: the required choices are filled with what costs least, in the order of the menu. */
export function headSelection(dish: Dish, quantity: number, limits: Limits): Selection | null {
  return selection(dish, setQuantity(dish, cheapest(dish), quantity, limits), limits);
}

/** What the guests have under one id each: the ids live as long as the page, so that a quote fits its lines. */
export type HeadPicks = Readonly<Record<string, { line: Id; more: number }>>;

function cheapest(dish: Dish): Choice {
  return dish.groups.reduce((choice, group) => {
    const byPrice = [...group.options].sort((a, b) => a.price - b.price);
    return byPrice.reduce((had, option) => {
      const taken = sumOf(Object.fromEntries(group.options.map((o) => [o.id, had.options[o.id] ?? 0])));
      return taken < group.min ? setOption(dish, had, option.id, Math.min(option.max, group.min - taken)) : had;
    }, choice);
  }, startChoice(dish));
}
