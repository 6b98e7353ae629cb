/** What this device has said, over reloads and in all its pages. */
const KEY = "dandan.staff.heard";
const MOST = 300;

export function heardHere(): Set<string> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(value) ? value.filter((k): k is string => typeof k === "string") : []);
  } catch {
    return new Set();
  }
}

export function rememberHeard(key: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...heardHere(), key].slice(-MOST)));
  } catch {
    // Storage is full or closed: after a reload something may be listed as missed, which is better than unheard.
  }
}

const LISTENED = "dandan.staff.listened";

/** Until when (server time) a page of this device was listening; null on a device that never did. */
export function listenedUntil(): number | null {
  try {
    const at = Number(localStorage.getItem(LISTENED) ?? "");
    return at > 0 ? at : null;
  } catch {
    return null;
  }
}

export function rememberListening(at: number): void {
  try {
    localStorage.setItem(LISTENED, String(at));
  } catch {
    // Without storage a reload lists what came meanwhile instead of saying it.
  }
}
