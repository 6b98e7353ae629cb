/** When a new build may take over from the one that is open. Pure. */

export interface UpdateFacts {
  /** A new build is installed and waits. */
  waiting: boolean;
  /** Intents the server has not answered yet. */
  unsent: number;
  /** The page was opened a moment ago and nobody has touched it. */
  untouched: boolean;
}

/** `apply`: reload now, nobody notices · `offer`: say so and let somebody tap · `hold`: first everything must be sent. */
export type UpdateStep = "none" | "hold" | "offer" | "apply";

export function updateStep({ waiting, unsent, untouched }: UpdateFacts): UpdateStep {
  if (!waiting) return "none";
  if (unsent > 0) return "hold";
  return untouched ? "apply" : "offer";
}

/** Why this page can't be installed; null when it can. Browsers allow service workers on https and on the machine itself only. */
export type NoInstall = "not-secure" | "old-browser" | "development" | null;

export function whyNoInstall(facts: { secure: boolean; workers: boolean; built: boolean }): NoInstall {
  if (!facts.secure) return "not-secure";
  if (!facts.workers) return "old-browser";
  return facts.built ? null : "development";
}
