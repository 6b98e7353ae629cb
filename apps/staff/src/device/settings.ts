/** What this device remembers: whom it is paired with, who is signed in, and how its screen is set up. */
import type { Id, Ms, StaffCard } from "@dandan/client";
import { useSyncExternalStore } from "react";
import type { VoiceSettings } from "../voice/said";

export type Lang = "zh" | "en";

export interface Settings {
  lang: Lang;
  store: Id | null;
  device: { id: Id; token: string; name: string } | null;
  staff: { token: string; card: StaffCard; expiresAt: Ms } | null;
  /** The page this device is for; null: the role of whoever signs in decides. */
  home: "kitchen" | "expo" | "pickup" | "floor" | null;
  /** Kitchen station shown here; null = all. */
  station: string | null;
  /** Two taps (start, then ready) or one. */
  twoStep: boolean;
  /** A chime for a new ticket, a rush, a void. */
  kitchenSound: boolean;
  /** null: shown where the screen is wide enough. */
  showAllDay: boolean | null;
  /** The kitchen's board: by ticket, or the same dish of all tickets together. */
  kitchenBoard: "tickets" | "batch";
  /** What this device says aloud, and how loud; `voice/said.ts` reads it. */
  voice: Partial<VoiceSettings>;
}

export const defaults: Settings = { lang: "zh", store: null, device: null, staff: null, home: null, station: null, twoStep: true, kitchenSound: true, showAllDay: null, kitchenBoard: "tickets", voice: {} };

const KEY = "dandan.staff";
const listeners = new Set<() => void>();
let current: Settings = read();

/** Unknown or damaged storage falls back to the defaults, field by field. */
export function parseSettings(text: string | null): Settings {
  try {
    const value: unknown = text === null ? null : JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...defaults, ...(value as Partial<Settings>) } : defaults;
  } catch {
    return defaults;
  }
}

function read(): Settings {
  try {
    return parseSettings(localStorage.getItem(KEY));
  } catch {
    return defaults;
  }
}

export const settings = (): Settings => current;

export function change(part: Partial<Settings>): void {
  current = { ...current, ...part };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Private mode or full: the setting holds until the page is closed.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useSettings = (): Settings => useSyncExternalStore(subscribe, settings);
