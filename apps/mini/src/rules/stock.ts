import type { Dish, SessionView } from "@dandan/client";

/** Why a dish can't simply be ordered now, or how many are left. `paused`: its station is too far behind. */
export type Availability = { kind: "ok" } | { kind: "sold_out" } | { kind: "off_hours"; hours: Dish["hours"] } | { kind: "paused" } | { kind: "few"; left: number };

/** A count is shown from five down; a larger one only bounds the quantity. */
export const FEW = 5;

export function availability(dish: Dish, stock: SessionView["stock"] | undefined): Availability {
  const entry = stock?.find((s) => s.dish === dish.id);
  if (!entry) return { kind: "ok" };
  if (entry.sold_out || entry.remaining === 0) return { kind: "sold_out" };
  if (entry.off_hours) return { kind: "off_hours", hours: dish.hours };
  if (entry.paused) return { kind: "paused" };
  if (entry.remaining !== null && entry.remaining <= FEW) return { kind: "few", left: entry.remaining };
  return { kind: "ok" };
}

const off: Record<Availability["kind"], boolean> = { ok: false, few: false, sold_out: true, off_hours: true, paused: true };

/** True where the dish can't be ordered at all now. */
export const isOff = (can: Availability): boolean => off[can.kind];

export const remainingOf = (dish: string, stock: SessionView["stock"] | undefined): number | null =>
  stock?.find((s) => s.dish === dish)?.remaining ?? null;

/** Minutes of the store's day as "11:00". */
export function clock(min: number): string {
  const hours = Math.floor(min / 60) % 24;
  const minutes = min % 60;
  return `${hours < 10 ? "0" : ""}${hours}:${minutes < 10 ? "0" : ""}${minutes}`;
}
