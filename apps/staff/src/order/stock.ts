/** Whether a dish can be ordered now: the floor's live stock first, then what the party's view knows of hours and pauses. Pure. */
import type { FloorView, SessionView } from "@dandan/client";

export type Can = { kind: "ok" } | { kind: "few"; left: number } | { kind: "sold_out" } | { kind: "off_hours" } | { kind: "paused" };

/** So many or fewer are worth saying. */
const FEW = 10;

export function canOrder(dish: string, floor: FloorView["stock"], view: SessionView["stock"]): Can {
  const live = floor.find((s) => s.dish === dish);
  const known = view.find((s) => s.dish === dish);
  const left = live !== undefined ? live.remaining : (known?.remaining ?? null);
  if ((live !== undefined ? live.sold_out : (known?.sold_out ?? false)) || left === 0) return { kind: "sold_out" };
  if (known?.off_hours === true) return { kind: "off_hours" };
  // Staff may order what guests can't for now; they are only told.
  if (known?.paused === true) return { kind: "paused" };
  return left !== null && left <= FEW ? { kind: "few", left } : { kind: "ok" };
}

export const leftOf = (dish: string, floor: FloorView["stock"], view: SessionView["stock"]): number | null =>
  (floor.find((s) => s.dish === dish) ?? view.find((s) => s.dish === dish))?.remaining ?? null;

export const blocks = (can: Can): boolean => can.kind === "sold_out" || can.kind === "off_hours";
