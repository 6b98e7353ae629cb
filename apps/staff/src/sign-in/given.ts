/** The key head office gives a device: it names the device, and is shown as it is. Pure. */
import type { Id } from "@dandan/client";

/** The device a key is for; null for a pairing code. */
export function deviceOfKey(code: string): Id | null {
  return /^dhd_([0-9a-f]{32})_[0-9a-f]{32,}$/.exec(code.trim())?.[1] ?? null;
}
