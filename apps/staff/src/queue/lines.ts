/** Who waits for a table, line by line; which tables fit; reservations in order. Pure. */
import type { Id, Ms } from "@dandan/client";
import type { FloorTable, Entry, Reservation } from "@dandan/client";
import { byName, wholeMinutes } from "../ui/labels";
import { dayOffset } from "./time";

export interface Line {
  /** A, B, C. */
  letter: string;
  entries: Entry[];
  /** How long the first of them waits. Units: minutes. */
  longest: number;
}

/** Lines in order of their letters; in each the first come first, whoever was called stays where they are. */
export function linesOf(waiting: readonly Entry[], now: Ms): Line[] {
  const lines = new Map<number, Entry[]>();
  for (const e of waiting) lines.set(e.line, [...(lines.get(e.line) ?? []), e]);
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([line, entries]) => {
      const sorted = [...entries].sort((a, b) => a.at - b.at || (a.entry < b.entry ? -1 : 1));
      return { letter: String.fromCharCode(65 + line), entries: sorted, longest: wholeMinutes(sorted[0]?.at ?? now, now) };
    });
}

/** Tables a party can sit down at now, the tightest fit first; too small ones come last. Tables kept for others are left out, the party's own comes first. */
export function seatsFor(tables: readonly FloorTable[], covers: number, own: { reservation: Id; table: string | null } | null): FloorTable[] {
  const free = (t: FloorTable): boolean => t.sessions.length === 0 && (t.state === "free" || (t.state === "reserved" && own !== null && (t.reserved?.reservation === own.reservation || t.id === own.table)));
  const first = (t: FloorTable): number => Number(own === null || t.id !== own.table);
  const small = (t: FloorTable): number => Number(t.seats < covers);
  return tables.filter(free).sort((a, b) => first(a) - first(b) || small(a) - small(b) || (small(a) === 1 ? b.seats - a.seats : a.seats - b.seats) || byName(a.name, b.name));
}

/** More than this long after its time somebody should decide about it. Units: minutes. */
const LATE_MIN = 15;

export type Nearness = "late" | "soon" | "later";

/** Late: nobody came; soon: within the hour, the table should be ready. */
export function nearness(r: Pick<Reservation, "for_when">, now: Ms): Nearness {
  const min = (r.for_when - now) / 60_000;
  return min < -LATE_MIN ? "late" : min <= 60 ? "soon" : "later";
}

export interface Kept { offset: number; reservations: Reservation[] }

/** By day, each day by time. Yesterday's that nobody decided about stand first. */
export function keptByDay(reservations: readonly Reservation[], now: Ms, utcOffsetMin: number): Kept[] {
  const days = new Map<number, Reservation[]>();
  for (const r of [...reservations].sort((a, b) => a.for_when - b.for_when || (a.reservation < b.reservation ? -1 : 1))) {
    const offset = dayOffset(r.for_when, now, utcOffsetMin);
    days.set(offset, [...(days.get(offset) ?? []), r]);
  }
  return [...days].sort(([a], [b]) => a - b).map(([offset, list]) => ({ offset, reservations: list }));
}
