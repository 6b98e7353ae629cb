import type { Category, Dish, Menu } from "@dandan/client";

export interface Section {
  category: Category;
  dishes: Dish[];
  /** where the section begins in the list, in pixels */
  top: number;
}

/** Heights are fixed so that the rail can follow the list without measuring it. */
export const ROW_PX = 116;
export const HEAD_PX = 40;

/** Finds dishes by name (both languages), pinyin initials or number. An empty query finds all. */
export function matches(dish: Dish, query: string): boolean {
  const q = query.trim().toLowerCase();
  if (q === "") return true;
  return (
    dish.name.zh.toLowerCase().includes(q) ||
    dish.name.en.toLowerCase().includes(q) ||
    dish.pinyin.toLowerCase().includes(q) ||
    dish.code.startsWith(q)
  );
}

/** The menu as the list shows it: categories in menu order, empty ones left out. */
export function sections(menu: Menu, query: string): Section[] {
  let top = 0;
  return menu.categories.flatMap((category) => {
    const dishes = menu.dishes.filter((d) => d.category === category.id && matches(d, query));
    if (dishes.length === 0) return [];
    const section = { category, dishes, top };
    top += HEAD_PX + dishes.length * ROW_PX;
    return [section];
  });
}

/** The category under the top edge of the list. */
export function categoryAt(list: readonly Section[], scrollTop: number): string | null {
  const passed = list.filter((s) => s.top <= scrollTop + HEAD_PX);
  return (passed[passed.length - 1] ?? list[0])?.category.id ?? null;
}
