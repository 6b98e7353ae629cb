/** The parties this device closed lately: whoever closed a check too early opens it again from here. */
import type { Id, Ms } from "@dandan/client";

export interface Lately { session: Id; table: string; at: Ms }

const KEY = "dandan.staff.closed";
const MOST = 12;

export function latelyClosed(): Lately[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    const fits = (l: unknown): l is Lately => typeof l === "object" && l !== null && typeof (l as Partial<Lately>).session === "string" && typeof (l as Partial<Lately>).table === "string";
    return Array.isArray(value) ? value.filter(fits) : [];
  } catch {
    return [];
  }
}

export function rememberClosed(one: Lately): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([one, ...latelyClosed().filter((l) => l.session !== one.session)].slice(0, MOST)));
  } catch {
    // Without storage the payments list still finds what was paid by a channel.
  }
}
