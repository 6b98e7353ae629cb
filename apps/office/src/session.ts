/** What this browser remembers: the language for good, the token until the tab is closed. */
import { useSyncExternalStore } from "react";

export type Lang = "zh" | "en";

export interface Session {
  lang: Lang;
  token: string | null;
  /** Why somebody who was signed in isn't any more. */
  ended: boolean;
}

const LANG = "dandan.office.lang";
const TOKEN = "dandan.office.token";
const listeners = new Set<() => void>();
let current: Session = { lang: read(() => localStorage, LANG) === "en" ? "en" : "zh", token: read(() => sessionStorage, TOKEN), ended: false };

/** A browser may forbid storage altogether. */
function read(place: () => Storage, key: string): string | null {
  try {
    return place().getItem(key);
  } catch {
    return null;
  }
}

function keep(place: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) place().removeItem(key);
    else place().setItem(key, value);
  } catch {
    // Private mode or full: it holds until the page is closed.
  }
}

function set(next: Session): void {
  current = next;
  for (const listener of listeners) listener();
}

export const session = (): Session => current;

export function speak(lang: Lang): void {
  keep(() => localStorage, LANG, lang);
  set({ ...current, lang });
}

export function enter(token: string): void {
  keep(() => sessionStorage, TOKEN, token);
  set({ ...current, token, ended: false });
}

/** `ended`: the node doesn't know the token any more. A newer token stays. */
export function leave(token: string, ended: boolean): void {
  if (current.token !== token) return;
  keep(() => sessionStorage, TOKEN, null);
  set({ ...current, token: null, ended });
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSession = (): Session => useSyncExternalStore(subscribe, session);
