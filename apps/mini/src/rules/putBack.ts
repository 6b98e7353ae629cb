/** Lines of an order that came to nothing, made into cart lines again. An order names its options; the menu knows their ids. */
import type { Dish, Id, Menu, OrderLineView, OrderView, Selection, SessionView, Text } from "@dandan/client";
import { missing, selection, setNote, setOption, setPick, setQuantity, setVariant, startChoice, type Choice, type Limits } from "./choice";
import { availability, isOff, remainingOf } from "./stock";

export interface PutBack {
  lines: { line: Id; selection: Selection }[];
  /** what can't be had as it was */
  lost: Text[];
}

/**
 * The new line's id: every phone at the table makes the same, so that two people tapping bring one line. Turned by one
 * place, it is another id each of thirty-two times.
 */
export const nextId = (line: Id): Id => line.slice(1) + line.slice(0, 1);

export function putBack(order: Pick<OrderView, "lines">, menu: Menu, view: Pick<SessionView, "covers" | "stock">): PutBack {
  const back: PutBack = { lines: [], lost: [] };
  for (const line of order.lines) {
    const dish = menu.dishes.find((d) => d.id === line.dish);
    const chosen = dish && !isOff(availability(dish, view.stock)) ? chosenAgain(line, dish, menu, { covers: view.covers, remaining: remainingOf(dish.id, view.stock) }) : null;
    if (chosen) back.lines.push({ line: nextId(line.line), selection: chosen });
    else back.lost.push(line.name);
  }
  return back;
}

/** True once the lines are in the cart, or in another order: there is nothing left to put back. */
export function isBack(order: Pick<OrderView, "lines">, view: Pick<SessionView, "cart" | "orders">): boolean {
  const there = new Set([...view.cart.map((l) => l.line), ...view.orders.flatMap((o) => o.lines.map((l) => l.line))]);
  return order.lines.some((l) => there.has(nextId(l.line)));
}

const same = (a: Text, b: Text): boolean => a.zh === b.zh && a.en === b.en;

/** The choice of a line, read back from its words; null where any of them is gone or no longer allowed. */
function chosenAgain(line: OrderLineView, dish: Dish, menu: Menu, limits: Limits): Selection | null {
  const { variant } = line;
  const size = variant === null ? dish.variants[0] : dish.variants.find((v) => same(v.name, variant));
  if (!size || (line.weight_g !== null) !== (dish.charge === "weight")) return null;
  const blank: Choice = { ...setVariant(dish, startChoice(dish), size.id), options: {}, set: {}, weight_g: line.weight_g };
  const withOptions = line.options.reduce<Choice | null>((choice, wanted) => {
    const option = dish.groups.filter((g) => g.kind === wanted.kind).flatMap((g) => g.options).find((o) => same(o.name, wanted.name) && !choice?.options[o.id]);
    const next = choice && option ? setOption(dish, choice, option.id, wanted.quantity) : null;
    return next && option && next.options[option.id] === wanted.quantity ? next : null;
  }, blank);
  const withSet = line.set.reduce<Choice | null>((choice, part) => {
    const quantity = part.quantity / line.quantity; // The line counts the parts of all its portions.
    const group = dish.set_groups.find((g) => g.choices.some((c) => same(menu.dishes.find((d) => d.id === c.dish)?.name ?? { zh: "", en: "" }, part.name) && !choice?.set[g.id]?.[c.dish]));
    const pick = group?.choices.find((c) => same(menu.dishes.find((d) => d.id === c.dish)?.name ?? { zh: "", en: "" }, part.name));
    return choice && group && pick ? setPick(dish, choice, group.id, pick.dish, quantity) : null;
  }, withOptions);
  if (!withSet) return null;
  const whole = setNote(setQuantity(dish, withSet, line.quantity, limits), line.note ?? "");
  return whole.quantity === line.quantity && missing(dish, whole, limits).length === 0 ? selection(dish, whole, limits) : null;
}
