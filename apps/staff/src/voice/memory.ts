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
