/** Whose shift stands open, and in which order shifts are listed. Pure. */
import type { Id, Minor, ShiftView } from "@dandan/client";

/** One's own that is open; a person has one at most. */
export const mine = <T extends { by: string; closed?: unknown }>(shifts: readonly T[], me: string): T | null => shifts.find((s) => s.by === me && (s.closed ?? null) === null) ?? null;

/** Open ones first, then the latest. */
export function listed(shifts: readonly ShiftView[]): ShiftView[] {
  return [...shifts].sort((a, b) => Number(a.closed !== null) - Number(b.closed !== null) || b.opened_at - a.opened_at || (a.shift < b.shift ? -1 : 1));
}

/** The last float anybody began with: most houses always begin with the same. */
export function lastFloat(shifts: readonly ShiftView[]): Minor | null {
  return [...shifts].sort((a, b) => b.opened_at - a.opened_at)[0]?.float ?? null;
}

export const shiftPath = (shift: Id, verb: string): string => `/shifts/${encodeURIComponent(shift)}/${verb}`;
