/** What somebody on this device asked for, until the server has answered. Pure: the rules of the queue without its effects. */
import type { Id, Ms, Problem } from "@dandan/client";

/** Who tapped; null when the device itself reports something. */
export interface Person { id: Id; name: string }

/** One command as it lies in the queue. Its key was made before the first send and never changes, so it acts once however often it is sent. */
export interface Intent {
  key: Id;
  store: Id;
  /** Intents of one lane (one kitchen item, one table) go strictly in order; lanes do not wait for each other. */
  lane: string;
  path: string;
  body: unknown;
  /** The page's own words for it, in the language of the moment; null: named by its path. */
  what: string | null;
  by: Person | null;
  token: string;
  /** When it was tapped, by this device's clock. */
  at: Ms;
  /** Tries that ended without a final answer. */
  attempts: number;
  /** A try may have reached the server and nobody knows: only the server's answer ends it. */
  unsure: boolean;
  /** The server no longer knows the token (401): it rests until its person signs in again. */
  blocked: boolean;
}

/** An intent the server turned down while the page that sent it was gone; shown until somebody has read it. */
export interface Refused {
  key: Id;
  path: string;
  what: string | null;
  by: Person | null;
  at: Ms;
  refusedAt: Ms;
  problem: Problem;
}

export type IntentState = "waiting" | "sending" | "unknown" | "sign-in";

/** What pages see of an intent: neither its body nor its token. */
export interface Pending {
  key: Id;
  lane: string;
  path: string;
  what: string | null;
  by: Person | null;
  /** When it was tapped, by this device's clock. */
  since: Ms;
  attempts: number;
  state: IntentState;
  /** A server may have it. */
  unsure: boolean;
  /** Kept over a reload. False where the device has no storage, and for what must never be stored. */
  kept: boolean;
}

/** Facts a screen reports by itself: kept and sent like the rest, but nobody waits for them and nobody is asked about them. */
const QUIET = new Set(["painted", "voice"]);
export const isQuiet = (p: { lane: string }): boolean => QUIET.has(p.lane);

/** A wallet's code is money and a PIN is a signature: what carries one is sent from memory and never written down. */
const SECRET = /^(auth_code|pin|.+_pin|password)$/;

export function isVolatile(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return Object.entries(body).some(([name, value]) => SECRET.test(name) || isVolatile(value));
}

/** Money somebody has already taken by hand: the till keeps it too, so it is never thrown away from a list. */
const TAKEN = /\/(cash|tenders)$/;

export function stateOf(i: Pick<Intent, "attempts" | "unsure" | "blocked">, inFlight: boolean): IntentState {
  if (i.blocked) return "sign-in";
  // Begun by another page of this device, and not come back yet.
  if (inFlight || (i.unsure && i.attempts === 0)) return "sending";
  return i.unsure ? "unknown" : "waiting";
}

/** Only what no server can have seen may be thrown away. */
export const mayDiscard = (p: Pending): boolean => (p.state === "waiting" || p.state === "sign-in") && !p.unsure && !TAKEN.test(p.path);

/** A command that has failed once, or that has waited two seconds, is told to the person as 未送达. */
export const isUndelivered = (p: Pick<Pending, "attempts" | "since" | "state">, now: Ms): boolean => p.state === "sign-in" || p.attempts > 0 || now - p.since > 2000;

/** What a reload would interrupt. What waits for a person to sign in can wait for days and is safe where it lies. */
export const isUnsent = (p: Pending): boolean => !isQuiet(p) && p.state !== "sign-in";

/** Puts what only this page holds where it was tapped, among what all pages share and which keeps its order. */
export function inOrder<T extends Pick<Intent, "at">>(shared: readonly T[], own: readonly T[]): T[] {
  const all = [...shared];
  for (const i of own) {
    const next = all.findIndex((s) => s.at > i.at);
    all.splice(next < 0 ? all.length : next, 0, i);
  }
  return all;
}

/**
 * The intents whose turn it is: of each lane the first that isn't blocked. A blocked one steps aside, so that one person's ended
 * sign-in does not hold up everybody else's work on the same dish.
 */
export function heads<T extends Pick<Intent, "store" | "lane" | "blocked">>(list: readonly T[]): T[] {
  const first = new Map<string, T>();
  for (const i of list) {
    const lane = `${i.store} ${i.lane}`;
    if (!i.blocked && !first.has(lane)) first.set(lane, i);
  }
  return [...first.values()];
}
