/** Registers the service worker, notices new builds, offers to install the app. On plain http it does nothing and says why. */
import { useSyncExternalStore } from "react";
import { whyNoInstall, type NoInstall } from "./update";

/** Chromium's own offer to install; other browsers have it in their menu. */
interface InstallPrompt extends Event {
  prompt: () => Promise<void>;
}

export interface Worker {
  no: NoInstall;
  /** Opened from the home screen or the desktop, not in a browser's tab. */
  installed: boolean;
  /** A new build waits to take over. */
  waiting: boolean;
  /** The browser lets us ask. */
  mayAsk: boolean;
}

const CHECK_EVERY_MS = 30 * 60_000;

const listeners = new Set<() => void>();
let prompt: InstallPrompt | null = null;
let registration: ServiceWorkerRegistration | null = null;
let reloading = false;
let current: Worker = {
  no: whyNoInstall({ secure: isSecureContext, workers: "serviceWorker" in navigator, built: import.meta.env.PROD }),
  installed: matchMedia("(display-mode: standalone)").matches,
  waiting: false,
  mayAsk: false,
};

function set(part: Partial<Worker>): void {
  current = { ...current, ...part };
  for (const listener of listeners) listener();
}

export function startWorker(): void {
  addEventListener("beforeinstallprompt", (e) => {
    e.preventDefault();
    prompt = e as InstallPrompt;
    set({ mayAsk: true });
  });
  addEventListener("appinstalled", () => set({ mayAsk: false, installed: true }));
  if (current.no !== null) return;
  navigator.serviceWorker.register("/staff/sw.js", { scope: "/staff/", updateViaCache: "none" }).then(watch, () => set({ no: "old-browser" }));
  // Asked for so that a full disk does not take the queue; the browser may say no, and says so to nobody.
  void navigator.storage?.persist?.().catch(() => undefined);
}

function watch(found: ServiceWorkerRegistration): void {
  registration = found;
  let had = navigator.serviceWorker.controller !== null;
  let left = false;
  const look = (): void => set({ waiting: left || (found.waiting !== null && navigator.serviceWorker.controller !== null) });
  found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", look));
  look();
  const check = (): void => void found.update().catch(() => undefined);
  setInterval(check, CHECK_EVERY_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (reloading) return location.reload();
    // Another page let the new build take over: this one goes on with the pieces it has, and is offered the same.
    left = had;
    had = true;
    look();
  });
}

/** Lets the waiting build take over and opens it. */
export function takeNewBuild(): void {
  if (reloading) return;
  reloading = true;
  if (registration?.waiting == null) location.reload();
  else registration.waiting.postMessage("take-over");
}

export async function askToInstall(): Promise<void> {
  const ask = prompt;
  prompt = null;
  set({ mayAsk: false });
  await ask?.prompt().catch(() => undefined);
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useWorker = (): Worker => useSyncExternalStore(subscribe, () => current);
