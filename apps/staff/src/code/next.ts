/** When a screen asks for the next code. */
const SOON_MS = 3_000;
const LATER_MS = 60_000;

/** As soon as the shown one ends; by the screen's own clock, which may be wrong, so never later than a minute and never in a hurry. */
export function nextLook(until: number | null, now: number, ok: boolean): number {
  if (!ok) return SOON_MS;
  if (until === null) return LATER_MS;
  return Math.min(LATER_MS, Math.max(1_000, until - now + 250));
}
