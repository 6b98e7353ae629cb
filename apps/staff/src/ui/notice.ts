/** Short messages for the person, newest last; each leaves by itself. */
import { useSyncExternalStore } from "react";

export interface Notice {
  id: number;
  text: string;
  /** Something went as wished; else it asks for attention. */
  good: boolean;
}

let notices: readonly Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

/** The same words are not stacked. */
export function notify(text: string, forMs = 6000, good = false): void {
  if (notices.some((n) => n.text === text)) return;
  const id = ++last;
  set([...notices.slice(-3), { id, text, good }]);
  setTimeout(() => dismiss(id), forMs);
}

export const dismiss = (id: number): void => set(notices.filter((n) => n.id !== id));

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useNotices = (): readonly Notice[] => useSyncExternalStore(subscribe, () => notices);
