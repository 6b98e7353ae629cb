/** Picks dishes and tables for the walk from what the house really has. */

/** A dish of its own: no broth, and nothing that needs one. */
export const isAlone = (dish) => (dish.pot ?? "none") === "none";

/** Sold in one size, by the piece, at every hour, uncounted, with nothing to choose. */
export const isPlain = (dish) =>
  isAlone(dish) && dish.charge === "item" && dish.variants.length === 1 && dish.hours === null && dish.daily_count === null && dish.set_groups.length === 0 && dish.groups.length === 0;

/** Has a group that must be chosen from, and no other hurdle. */
export const mustChoose = (dish) =>
  isAlone(dish) && dish.charge === "item" && dish.hours === null && dish.daily_count === null && dish.set_groups.length === 0 && dish.groups.some((g) => g.min > 0);

export function pick(menu, fits, besides = []) {
  const found = menu.dishes.filter((dish) => fits(dish) && !besides.includes(dish));
  const dish = found.find((d) => d.popular) ?? found[0];
  if (!dish) throw new Error("the menu has no such dish");
  return dish;
}

/** Free tables of the areas with this mode; hot pot tables and private rooms, which have rules of their own, by name only. */
export function tablesOf(floor, mode, named = (area) => !area.hot_pot && !area.minimum_spend) {
  const areas = floor.areas.filter((a) => a.mode === mode && named(a)).map((a) => a.id);
  const free = floor.tables.filter((t) => areas.includes(t.area) && t.sessions.length === 0);
  if (free.length === 0) throw new Error(`no free table where people ${mode}`);
  return free;
}
