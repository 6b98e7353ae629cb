/** What has been counted of a drawer so far, kept on this device until the shift is closed. */
import type { Id } from "@dandan/client";
import type { Counts } from "./count";

const KEY = "dandan.staff.count";

/** Only the counts of the shift being counted; another shift's are of no use. */
export function kept(shift: Id): Counts {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (typeof value !== "object" || value === null || (value as { shift?: unknown }).shift !== shift) return {};
    const counts = (value as { counts?: unknown }).counts;
    if (typeof counts !== "object" || counts === null) return {};
    return Object.fromEntries(Object.entries(counts).filter(([piece, n]) => Number.isInteger(Number(piece)) && Number.isInteger(n) && n >= 0));
  } catch {
    return {};
  }
}

export function keep(shift: Id, counts: Counts): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ shift, counts }));
  } catch {
    // A device without storage counts again after a reload.
  }
}

export function forget(shift: Id): void {
  try {
    if (Object.keys(kept(shift)).length > 0) localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
