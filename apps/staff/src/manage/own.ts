/** A store's own prices and hours over head office's: what was typed, what it means, what counts. Pure, in whole fen and minutes. */
import type { HoursOfDay, Minor, OverrideRequest, OwnDishView, ReleaseView } from "@dandan/client";

/** What somebody types for one dish. An empty price is head office's; no hours are head office's. */
export interface Draft {
  prices: Readonly<Record<string, string>>;
  hours: { from: string; to: string } | null;
}

const DAY_MIN = 1440;

export const priceText = (minor: Minor): string => (minor % 100 === 0 ? String(minor / 100) : `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, "0")}`);

/** The price that was typed in yuan; null where it is none. At most six digits before the point and two after it. */
export function priceOf(text: string): Minor | null {
  const m = /^(\d{1,6})(?:\.(\d{0,2}))?$/.exec(text.trim());
  return m === null ? null : Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0"));
}

/** "11:30" of a minute of the day; midnight at its end is 24:00. */
export const minuteText = (min: number): string => `${String(Math.floor(min / 60)).padStart(2, "0")}:${String(min % 60).padStart(2, "0")}`;

export const hoursText = (hours: HoursOfDay): string => `${minuteText(hours.from_min)}–${minuteText(hours.to_min)}`;

export function minuteOf(text: string): number | null {
  const m = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return m === null ? null : Number(m[1]) * 60 + Number(m[2]);
}

/** The dish as the store has it now. */
export const draftOf = (dish: OwnDishView): Draft => ({
  prices: Object.fromEntries(dish.sizes.filter((s) => s.own !== null).map((s) => [s.variant, priceText(s.own ?? 0)])),
  hours: dish.own_hours === null ? null : { from: minuteText(dish.own_hours.from_min), to: minuteText(dish.own_hours.to_min % DAY_MIN) },
});

export type Trouble = "price" | "hours";

/** What to send, or what is wrong. A price like head office's is none of the store's own: it follows head office's next one. */
export function requestOf(dish: OwnDishView, draft: Draft): { body: Required<OverrideRequest> } | { trouble: Trouble } {
  const prices: Record<string, Minor> = {};
  for (const size of dish.sizes) {
    const text = (draft.prices[size.variant] ?? "").trim();
    if (text === "") continue;
    const price = priceOf(text);
    if (price === null) return { trouble: "price" };
    if (price !== size.price) prices[size.variant] = price;
  }
  if (draft.hours === null) return { body: { prices, hours: null } };
  const [from, to] = [minuteOf(draft.hours.from), minuteOf(draft.hours.to)];
  if (from === null || to === null || from === to) return { trouble: "hours" };
  return { body: { prices, hours: { from_min: from, to_min: to } } };
}

/** Whether the two say the same. */
export function isSame(dish: OwnDishView, draft: Draft): boolean {
  const [now, then] = [requestOf(dish, draft), requestOf(dish, draftOf(dish))];
  return JSON.stringify(now) === JSON.stringify(then);
}

export const isChanged = (dish: OwnDishView): boolean => dish.own_hours !== null || dish.sizes.some((s) => s.own !== null);

/** The release whose time it is: on sale, or just being put there. */
export const current = (releases: readonly ReleaseView[]): ReleaseView | null =>
  releases.find((r) => r.state === "due") ?? releases.find((r) => r.state === "on_sale") ?? null;

/** By number or name, in either language; the changed ones alone where asked. */
export function find(dishes: readonly OwnDishView[], search: string, onlyChanged: boolean): OwnDishView[] {
  const wanted = search.trim().toLowerCase();
  return dishes.filter((d) => (!onlyChanged || isChanged(d)) && [d.code, d.name.zh, d.name.en].some((t) => t.toLowerCase().includes(wanted)));
}
