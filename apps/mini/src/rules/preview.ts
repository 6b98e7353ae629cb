/** The running total on the screen, shown as an estimate. The server prices every order; nothing here is ever charged. */
import type { Dish, Minor, Selection } from "@dandan/client";

/** Price of one: variant (by weight: per 500 g, rounded half up), options and the surcharges of set choices. */
export function previewUnit(dish: Dish, selection: Pick<Selection, "variant" | "weight_g" | "options" | "set">): Minor {
  const variant = dish.variants.find((v) => v.id === selection.variant) ?? dish.variants[0];
  if (!variant) return 0;
  const base = dish.charge === "weight" ? perWeight(variant.price, selection.weight_g ?? 0) : variant.price;
  const options = selection.options.reduce((sum, chosen) => {
    const option = dish.groups.flatMap((g) => g.options).find((o) => o.id === chosen.option);
    return sum + (option ? option.price * chosen.quantity : 0);
  }, 0);
  const set = selection.set.reduce((sum, chosen) => {
    const pick = dish.set_groups.find((g) => g.id === chosen.group)?.choices.find((c) => c.dish === chosen.dish);
    return sum + (pick ? pick.surcharge * chosen.quantity : 0);
  }, 0);
  return base + options + set;
}

export const previewAmount = (dish: Dish, selection: Selection): Minor => previewUnit(dish, selection) * selection.quantity;

export const total = (lines: readonly { amount: Minor }[]): Minor => lines.reduce((sum, line) => sum + line.amount, 0);

/** Lowest price a dish can have, for the menu list; the second value says whether it can be more. */
export function fromPrice(dish: Dish): { price: Minor; more: boolean } {
  const prices = dish.variants.map((v) => v.price);
  const price = Math.min(...prices);
  return { price, more: prices.some((p) => p > price) };
}

function perWeight(price: Minor, weight_g: number): Minor {
  const product = price * weight_g + 250;
  return (product - (product % 500)) / 500;
}
