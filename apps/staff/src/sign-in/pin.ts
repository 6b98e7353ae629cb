/** What the PIN pad says about a refused or unanswered try. Pure. */
import type { SignInAnswer } from "@dandan/client";
import type { Words } from "../i18n";
import type { Answer } from "../net/http";

export const PIN_LEAST = 4;
export const PIN_MOST = 8;

export type PinTrouble = { kind: "locked"; seconds: number } | { kind: "wrong" } | { kind: "unreachable" } | { kind: "other"; zh: string; en: string };

/** Without a Retry-After the lock is taken as 30 s, so the pad never invites another useless try at once. */
export function pinTrouble(answer: Exclude<Answer<SignInAnswer>, { kind: "ok" }>): PinTrouble {
  if (answer.kind === "undelivered") return { kind: "unreachable" };
  const { status, code, texts, retry_after_s } = answer.problem;
  if (status === 429 || code === "too_many_attempts") return { kind: "locked", seconds: Math.max(1, retry_after_s ?? 30) };
  if (status === 401 || code === "pin_wrong") return { kind: "wrong" };
  return { kind: "other", ...texts };
}

export function waitText(seconds: number, w: Words["signIn"]): string {
  return seconds < 60 ? w.seconds(seconds) : w.clock(Math.floor(seconds / 60), seconds % 60);
}
