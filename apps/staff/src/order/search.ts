/** Finds dishes the way waiters type: the house's number, pinyin initials, a piece of the name. Best hit first. */
import type { Dish } from "@dandan/client";

/** Smaller is better; null: no hit. A number that is typed whole beats everything, so that Enter may add it unseen. */
export function rank(dish: Pick<Dish, "code" | "pinyin" | "name">, query: string): number | null {
  const q = query.trim().toLowerCase();
  if (q === "") return null;
  const code = dish.code.toLowerCase();
  const pinyin = dish.pinyin.toLowerCase();
  const en = dish.name.en.toLowerCase();
  const tests: readonly boolean[] = [
    code === q, pinyin === q, code.startsWith(q), pinyin.startsWith(q), dish.name.zh.startsWith(query.trim()),
    en.split(/[\s-]+/).some((word) => word.startsWith(q)), pinyin.includes(q), dish.name.zh.includes(query.trim()), en.includes(q) && q.length > 1,
  ];
  const at = tests.indexOf(true);
  return at < 0 ? null : at;
}

/** Among equals what is ordered most on this device comes first, then the house's order. */
export function find<D extends Pick<Dish, "id" | "code" | "pinyin" | "name">>(dishes: readonly D[], query: string, often: ReadonlyMap<string, number>): D[] {
  return dishes
    .flatMap((dish, at) => {
      const r = rank(dish, query);
      return r === null ? [] : [{ dish, r, often: often.get(dish.id) ?? 0, at }];
    })
    .sort((a, b) => a.r - b.r || b.often - a.often || a.at - b.at)
    .map((x) => x.dish);
}

/** The dish that Enter adds: the only hit, or the one whose number or initials were typed whole. */
export function enterHit<D extends Pick<Dish, "id" | "code" | "pinyin" | "name">>(dishes: readonly D[], query: string, often: ReadonlyMap<string, number>): D | null {
  const hits = find(dishes, query, often);
  const first = hits[0];
  if (first === undefined) return null;
  const whole = (rank(first, query) ?? 9) <= 1;
  const rival = hits[1] !== undefined && rank(hits[1], query) === rank(first, query);
  return hits.length === 1 || (whole && !rival) ? first : null;
}

/** What this device orders most, then what the house is known for. */
export function favourites<D extends Pick<Dish, "id" | "popular">>(dishes: readonly D[], often: ReadonlyMap<string, number>, most: number): D[] {
  const own = dishes.filter((d) => (often.get(d.id) ?? 0) > 0).sort((a, b) => (often.get(b.id) ?? 0) - (often.get(a.id) ?? 0));
  const popular = dishes.filter((d) => d.popular && !own.includes(d));
  return [...own, ...popular].slice(0, most);
}
