/** Makes ids: 32 lower-case hex characters. `crypto.randomUUID` is missing on a plain-http LAN origin, `getRandomValues` is not. */
import type { Id } from "@dandan/client";

export function newId(): Id {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
