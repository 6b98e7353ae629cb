/** A menu as the node keeps it, by heading. Pure. */
import type { MenuBody, MenuDish } from "../net/contract";

export interface Section {
  category: MenuBody["categories"][number];
  dishes: MenuDish[];
}

/** The menu itself, whether it comes alone or with its version around it. */
export function menuOf(answer: unknown): MenuBody | null {
  if (typeof answer !== "object" || answer === null) return null;
  const inner = (answer as { menu?: unknown }).menu ?? answer;
  const isMenu = typeof inner === "object" && inner !== null && Array.isArray((inner as MenuBody).dishes) && Array.isArray((inner as MenuBody).categories);
  return isMenu ? (inner as MenuBody) : null;
}

/** Headings in their order with the dishes that fit; headings without any are left out. */
export function sections(menu: MenuBody, words: string): Section[] {
  const wanted = words.trim().toLocaleLowerCase();
  const fits = (dish: MenuDish): boolean => [dish.code, dish.name.zh, dish.name.en].some((text) => text.toLocaleLowerCase().includes(wanted));
  return menu.categories.map((category) => ({ category, dishes: menu.dishes.filter((dish) => dish.category === category.id && fits(dish)) })).filter((section) => section.dishes.length > 0);
}
