/** Times on a store's own clock, whatever this machine believes. Pure. */
import type { Ms } from "@dandan/client";

/** The clock of this machine. */
export const OWN_OFFSET_MIN = -new Date().getTimezoneOffset();

export function zoneName(offsetMin: number): string {
  const minutes = Math.abs(offsetMin) % 60;
  const hours = Math.trunc(Math.abs(offsetMin) / 60);
  return `UTC${offsetMin < 0 ? "-" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
}

const wall = (at: Ms, offsetMin: number): string => new Date(at + offsetMin * 60_000).toISOString();

/** `2026-11-23` */
export const dateOf = (at: Ms, offsetMin: number): string => wall(at, offsetMin).slice(0, 10);

/** The time alone on the same day, with the date on another, with the year in another. */
export function label(at: Ms, now: Ms, offsetMin: number): string {
  const [then, today] = [wall(at, offsetMin), wall(now, offsetMin)];
  const time = then.slice(11, 16);
  if (then.slice(0, 10) === today.slice(0, 10)) return time;
  return then.slice(0, 4) === today.slice(0, 4) ? `${then.slice(5, 10)} ${time}` : `${then.slice(0, 10)} ${time}`;
}

/** Always with the date: what is planned is read days later. */
export const fullLabel = (at: Ms, offsetMin: number): string => wall(at, offsetMin).slice(0, 16).replace("T", " ");

/** What a field for date and time holds, as that instant on the store's clock; null where it says nothing. */
export function instantOf(field: string, offsetMin: number): Ms | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(field)) return null;
  const at = Date.parse(`${field}Z`);
  return Number.isNaN(at) ? null : at - offsetMin * 60_000;
}

/** The other way round, to the minute. */
export const fieldOf = (at: Ms, offsetMin: number): string => wall(at, offsetMin).slice(0, 16);

/** The next full hour, which is where most plans begin. */
export const nextHour = (now: Ms): Ms => (Math.floor(now / 3_600_000) + 1) * 3_600_000;

/** A day so many days before or after. */
export const dayAfter = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** `07:30`; 24:00 is the end of a day. */
export const minuteLabel = (minute: number): string => `${String(Math.trunc(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
