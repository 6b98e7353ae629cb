/**
 * What a waiter has chosen of one dish so far, by the same rules as the diners' app: every step gives a choice in which no
 * maximum is passed and no two options exclude each other; `selection` gives a line only when nothing is missing.
 */
import type { Dish, Option, OptionGroup, Selection, SetChoice, SetGroup } from "@dandan/client";

export const MIN_WEIGHT_G = 50;
export const MAX_WEIGHT_G = 20_000;
export const MAX_QUANTITY = 99;
export const MAX_NOTE = 60;

export interface Choice {
  variant: string;
  quantity: number;
  weight_g: number | null;
  options: Readonly<Record<string, number>>;
  /** by set group, then dish */
  set: Readonly<Record<string, Readonly<Record<string, number>>>>;
  note: string;
}

/** What the table and the store allow now: heads at the table and portions left (null = no count). */
export interface Limits {
  covers: number;
  remaining: number | null;
}

/** Starts with the cheapest variant and nothing else that costs money. A required choice that is no choice is made. */
export function startChoice(dish: Dish): Choice {
  const cheapest = dish.variants.reduce((a, b) => (b.price < a.price ? b : a));
  const blank: Choice = {
    variant: cheapest.id,
    quantity: 1,
    weight_g: dish.charge === "weight" ? 500 : null,
    options: {},
    set: {},
    note: "",
  };
  const withOptions = dish.groups.reduce((choice, group) => {
    const only = group.options.length === 1 ? group.options[0] : undefined;
    return only && group.min === 1 && only.price === 0 ? setOption(dish, choice, only.id, 1) : choice;
  }, blank);
  return dish.set_groups.reduce((choice, group) => {
    const only = group.choices.length === 1 ? group.choices[0] : undefined;
    return only && group.min > 0 && only.surcharge === 0 ? setPick(dish, choice, group.id, only.dish, group.min) : choice;
  }, withOptions);
}

export const sumOf = (counts: Readonly<Record<string, number>> | undefined): number =>
  counts === undefined ? 0 : Object.values(counts).reduce((a, b) => a + b, 0);

export const groupCount = (choice: Choice, group: OptionGroup): number =>
  group.options.reduce((n, option) => n + (choice.options[option.id] ?? 0), 0);

/** The chosen option that rules this one out, if any. Exclusion counts both ways, however the menu wrote it down. */
export function excludedBy(dish: Dish, choice: Choice, option: Option): Option | null {
  const own = groupOf(dish, option.id);
  for (const group of dish.groups) {
    for (const other of group.options) {
      if (other.id === option.id || !choice.options[other.id]) continue;
      if (own && own.id === group.id && isRadio(group)) continue; // It would be replaced, not joined.
      if (option.excludes.includes(other.id) || other.excludes.includes(option.id)) return other;
    }
  }
  return null;
}

export const isRadio = (group: { max: number }): boolean => group.max === 1;

/** How many of this option may be taken at most now, the others staying as they are. */
export function optionRoom(dish: Dish, choice: Choice, option: Option): number {
  const group = groupOf(dish, option.id);
  if (!group || excludedBy(dish, choice, option)) return 0;
  const others = isRadio(group) ? 0 : groupCount(choice, group) - (choice.options[option.id] ?? 0);
  return Math.max(0, Math.min(option.max, group.max - others));
}

/** Sets how many of an option are taken, as far as the rules allow; in a group of one the others give way. */
export function setOption(dish: Dish, choice: Choice, optionId: string, wanted: number): Choice {
  const group = groupOf(dish, optionId);
  const option = group?.options.find((o) => o.id === optionId);
  if (!group || !option) return choice;
  const quantity = Math.min(Math.max(0, Math.trunc(wanted)), optionRoom(dish, choice, option));
  const options: Record<string, number> = { ...choice.options };
  if (quantity > 0 && isRadio(group)) for (const other of group.options) delete options[other.id];
  if (quantity > 0) options[optionId] = quantity;
  else delete options[optionId];
  return { ...choice, options };
}

/** What a tap on an option without a counter does: on, off, or, where one must be chosen, stays on. */
export function toggleOption(dish: Dish, choice: Choice, group: OptionGroup, optionId: string): Choice {
  const on = (choice.options[optionId] ?? 0) > 0;
  return setOption(dish, choice, optionId, on && !(isRadio(group) && group.min > 0) ? 0 : 1);
}

export function setVariant(dish: Dish, choice: Choice, variant: string): Choice {
  return dish.variants.some((v) => v.id === variant) ? { ...choice, variant } : choice;
}

export function pickRoom(choice: Choice, group: SetGroup, pick: SetChoice): number {
  const taken = choice.set[group.id];
  const others = isRadio(group) ? 0 : sumOf(taken) - (taken?.[pick.dish] ?? 0);
  return Math.max(0, group.max - others);
}

/** Sets how many of a dish are taken in a set meal's group; in a group of one the other gives way. */
export function setPick(dish: Dish, choice: Choice, groupId: string, pickDish: string, wanted: number): Choice {
  const group = dish.set_groups.find((g) => g.id === groupId);
  const pick = group?.choices.find((c) => c.dish === pickDish);
  if (!group || !pick) return choice;
  const quantity = Math.min(Math.max(0, Math.trunc(wanted)), pickRoom(choice, group, pick));
  const taken: Record<string, number> = quantity > 0 && isRadio(group) ? {} : { ...choice.set[groupId] };
  if (quantity > 0) taken[pickDish] = quantity;
  else delete taken[pickDish];
  return { ...choice, set: { ...choice.set, [groupId]: taken } };
}

export function quantityRoom(dish: Dish, limits: Limits): number {
  const heads = dish.charge === "cover" ? limits.covers : MAX_QUANTITY;
  return Math.max(0, Math.min(MAX_QUANTITY, heads, limits.remaining ?? MAX_QUANTITY));
}

export function setQuantity(dish: Dish, choice: Choice, wanted: number, limits: Limits): Choice {
  return { ...choice, quantity: Math.max(1, Math.min(Math.trunc(wanted), quantityRoom(dish, limits))) };
}

/** An estimate in grams, within what may be ordered. */
export function setWeight(choice: Choice, grams: number): Choice {
  if (choice.weight_g === null || !Number.isFinite(grams)) return choice;
  return { ...choice, weight_g: Math.min(MAX_WEIGHT_G, Math.max(MIN_WEIGHT_G, Math.round(grams))) };
}

/** Counts characters as a person does: a character outside the basic plane is one. */
export function setNote(choice: Choice, note: string): Choice {
  return { ...choice, note: Array.from(note).slice(0, MAX_NOTE).join("") };
}

export type Missing = { kind: "group"; group: OptionGroup; more: number } | { kind: "set"; group: SetGroup; more: number } | { kind: "none_left" };

/** What still has to be chosen, in the order of the page. */
export function missing(dish: Dish, choice: Choice, limits: Limits): Missing[] {
  const sets = dish.set_groups
    .map((group): Missing => ({ kind: "set", group, more: group.min - sumOf(choice.set[group.id]) }))
    .filter((m) => m.kind === "set" && m.more > 0);
  const groups = dish.groups
    .map((group): Missing => ({ kind: "group", group, more: group.min - groupCount(choice, group) }))
    .filter((m) => m.kind === "group" && m.more > 0);
  const left: Missing[] = choice.quantity > quantityRoom(dish, limits) ? [{ kind: "none_left" }] : [];
  return [...sets, ...groups, ...left];
}

/** The line to send, or null while something is missing: an invalid line cannot be made. */
export function selection(dish: Dish, choice: Choice, limits: Limits): Selection | null {
  if (missing(dish, choice, limits).length > 0) return null;
  return {
    dish: dish.id,
    variant: choice.variant,
    quantity: choice.quantity,
    weight_g: choice.weight_g,
    options: dish.groups.flatMap((group) =>
      group.options.flatMap((o) => {
        const quantity = choice.options[o.id] ?? 0;
        return quantity > 0 ? [{ option: o.id, quantity }] : [];
      }),
    ),
    set: dish.set_groups.flatMap((group) =>
      group.choices.flatMap((c) => {
        const quantity = choice.set[group.id]?.[c.dish] ?? 0;
        return quantity > 0 ? [{ group: group.id, dish: c.dish, quantity }] : [];
      }),
    ),
    note: choice.note.trim() === "" ? null : choice.note.trim(),
  };
}

/** The choice that stands for a line that was made before; what the menu no longer has is left out. */
export function choiceOf(dish: Dish, line: Selection): Choice {
  const known = dish.variants.some((v) => v.id === line.variant);
  const start: Choice = { ...startChoice(dish), options: {}, set: {}, variant: known ? line.variant : startChoice(dish).variant, quantity: line.quantity, weight_g: dish.charge === "weight" ? (line.weight_g ?? 500) : null, note: line.note ?? "" };
  const withOptions = line.options.reduce((c, o) => setOption(dish, c, o.option, o.quantity), start);
  return line.set.reduce((c, s) => setPick(dish, c, s.group, s.dish, s.quantity), withOptions);
}

/** True where a tap has to ask something first. Options that may be left out are added to the line afterwards. */
export function mustChoose(dish: Dish, limits: Limits): boolean {
  return dish.variants.length > 1 || dish.charge === "weight" || missing(dish, startChoice(dish), { ...limits, remaining: null }).length > 0;
}

function groupOf(dish: Dish, optionId: string): OptionGroup | undefined {
  return dish.groups.find((g) => g.options.some((o) => o.id === optionId));
}
