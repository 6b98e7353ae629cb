/** A line in plain words, for reading back. */
import type { Dish, LineSelection, Menu, OrderLineView, Selection, Text } from "@dandan/client";

export type Lang = "zh" | "en";

export const say = (text: Text, lang: Lang): string => text[lang] || text.zh;

const times = (n: number): string => (n > 1 ? `×${n}` : "");

/** "加大 / 微辣 / 加蛋×2": variant, set choices, options, in the order of the menu. */
export function choiceWords(dish: Dish, selection: Selection, menu: Menu, lang: Lang): string[] {
  const variant = dish.variants.length > 1 ? dish.variants.find((v) => v.id === selection.variant) : undefined;
  const set = selection.set.map((s) => {
    const part = menu.dishes.find((d) => d.id === s.dish);
    return (part ? say(part.name, lang) : s.dish) + times(s.quantity);
  });
  const options = selection.options.map((o) => {
    const option = dish.groups.flatMap((g) => g.options).find((x) => x.id === o.option);
    return (option ? say(option.name, lang) : o.option) + times(o.quantity);
  });
  return [
    ...(variant ? [say(variant.name, lang)] : []),
    ...(selection.weight_g !== null ? [grams(selection.weight_g)] : []),
    ...set,
    ...options,
  ];
}

export function lineWords(line: LineSelection, menu: Menu | null, lang: Lang): string[] {
  const dish = menu?.dishes.find((d) => d.id === line.dish);
  return dish && menu ? choiceWords(dish, line, menu, lang) : line.weight_g !== null ? [grams(line.weight_g)] : [];
}

export function orderLineWords(line: OrderLineView, lang: Lang): string[] {
  return [
    ...(line.variant && say(line.variant, lang) ? [say(line.variant, lang)] : []),
    ...(line.weight_g !== null ? [`${line.needs_weight ? "≈ " : ""}${grams(line.weight_g)}`] : []),
    ...line.set.map((s) => say(s.name, lang) + times(s.quantity)),
    ...line.options.map((o) => say(o.name, lang) + times(o.quantity)),
  ];
}

export const grams = (g: number): string => `${g} g`;

/** "11:05" of the store's own clock. */
export function timeOfDay(at: number, utcOffsetMin: number): string {
  const min = Math.floor((at / 60_000 + utcOffsetMin) % 1440);
  const h = Math.floor(min / 60);
  const m = min % 60;
  return `${h < 10 ? "0" : ""}${h}:${m < 10 ? "0" : ""}${m}`;
}
