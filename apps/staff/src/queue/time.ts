/** Days and times to choose from for a reservation, on the store's wall clock. Pure. */
import type { Ms } from "@dandan/client";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const STEP_MIN = 15;

/** Midnight at the store, `offset` days from today, as a UTC instant. */
export function dayStart(now: Ms, utcOffsetMin: number, offset: number): Ms {
  const local = now + utcOffsetMin * MINUTE;
  return local - (((local % DAY) + DAY) % DAY) - utcOffsetMin * MINUTE + offset * DAY;
}

/** How many days from the store's today a moment lies. */
export const dayOffset = (at: Ms, now: Ms, utcOffsetMin: number): number => Math.round((dayStart(at, utcOffsetMin, 0) - dayStart(now, utcOffsetMin, 0)) / DAY);

/** The quarter hours of a day from its opening to its last seating; today's past ones are left out. */
export function slots(now: Ms, utcOffsetMin: number, offset: number, fromHour = 10, toHour = 22): Ms[] {
  const start = dayStart(now, utcOffsetMin, offset);
  const all: Ms[] = [];
  for (let at = start + fromHour * 60 * MINUTE; at <= start + toHour * 60 * MINUTE; at += STEP_MIN * MINUTE) if (at > now) all.push(at);
  return all;
}

/** The first quarter hour at least half an hour from now. */
export const usual = (now: Ms): Ms => Math.ceil((now + 30 * MINUTE) / (STEP_MIN * MINUTE)) * STEP_MIN * MINUTE;

/** A typed "1830" or "18:30" on that day; null where it is no time. */
export function typedTime(text: string, now: Ms, utcOffsetMin: number, offset: number): Ms | null {
  const m = /^([01]?\d|2[0-3]):?([0-5]\d)$/.exec(text.trim());
  return m === null ? null : dayStart(now, utcOffsetMin, offset) + (Number(m[1]) * 60 + Number(m[2])) * MINUTE;
}

/** Month, day and weekday (0 is Sunday) at the store. */
export function dateOf(at: Ms, utcOffsetMin: number): { month: number; day: number; weekday: number } {
  const local = new Date(at + utcOffsetMin * MINUTE);
  return { month: local.getUTCMonth() + 1, day: local.getUTCDate(), weekday: local.getUTCDay() };
}
