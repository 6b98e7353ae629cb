/** What this device has said and since when it listens, over reloads and in all its pages. */
const KEY = "dandan.staff.heard";
/** More than the server keeps announcements of a day. */
const MOST = 800;

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

const readTime = (name: string): number | null => {
  try {
    const at = Number(localStorage.getItem(name) ?? "");
    return at > 0 ? at : null;
  } catch {
    return null;
  }
};

const LISTENED = "dandan.staff.listened";
const BEGAN = "dandan.staff.listens-since";

/** Until when (server time) a page of this kind was listening on this device; null where none ever did. */
export const listenedUntil = (page: string): number | null => readTime(`${LISTENED}.${page}`);

/** When it listened for the first time: what is older was never its to say. */
export const listensSince = (page: string): number | null => readTime(`${BEGAN}.${page}`);

export function rememberListening(page: string, at: number): void {
  try {
    if (listensSince(page) === null) localStorage.setItem(`${BEGAN}.${page}`, String(at));
    localStorage.setItem(`${LISTENED}.${page}`, String(at));
  } catch {
    // Without storage a reload lists what came meanwhile instead of saying it.
  }
}
