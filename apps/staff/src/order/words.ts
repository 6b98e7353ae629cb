/** A draft's line in plain words, for reading back to the guests. Pure. */
import type { Dish, Menu, Selection } from "@dandan/client";
import { say } from "../i18n";

export interface Word { text: string; avoid: boolean }

const times = (n: number): string => (n > 1 ? `×${n}` : "");

/** Size, weight, parts of a set, options: in the order of the menu. */
export function choiceWords(dish: Dish, selection: Selection, menu: Menu, lang: "zh" | "en"): Word[] {
  const plain = (text: string): Word => ({ text, avoid: false });
  const variant = dish.variants.length > 1 ? dish.variants.find((v) => v.id === selection.variant) : undefined;
  return [
    ...(variant === undefined ? [] : [plain(say(variant.name, lang))]),
    ...(selection.weight_g === null ? [] : [plain(`${selection.weight_g} g`)]),
    ...selection.set.map((s) => plain(say(menu.dishes.find((d) => d.id === s.dish)?.name ?? { zh: s.dish, en: s.dish }, lang) + times(s.quantity))),
    ...dish.groups.flatMap((group) =>
      selection.options.flatMap((o) => {
        const option = group.options.find((x) => x.id === o.option);
        return option === undefined ? [] : [{ text: say(option.name, lang) + times(o.quantity), avoid: group.kind === "avoid" }];
      }),
    ),
  ];
}
