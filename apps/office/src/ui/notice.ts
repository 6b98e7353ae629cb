/** One short word that something went as wished; it leaves by itself. */
import { useSyncExternalStore } from "react";

let notice: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: string | null): void {
  notice = next;
  for (const listener of listeners) listener();
}

export function tell(text: string): void {
  clearTimeout(timer);
  set(text);
  timer = setTimeout(() => set(null), 6000);
}

export const dismiss = (): void => set(null);

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useNotice = (): string | null => useSyncExternalStore(subscribe, () => notice);
