/** A store's state in words, and which colour and mark goes with them. Pure. */
import { say, type Words } from "../i18n";
import type { Unit } from "../net/contract";
import type { Lang } from "../session";
import { label } from "../ui/when";
import { followingOf, lineOf, type Following, type Line } from "./tree";

export type Tone = "ok" | "wait" | "bad" | "off";

export const lineTone: Record<Line["at"], Tone> = { here: "ok", away: "bad", none: "off" };
export const followTone: Record<Following, Tone> = { followed: "ok", waiting: "wait", trouble: "bad", nothing: "off" };

export function lineWords(unit: Unit, w: Words, now: number, offsetMin: number): string {
  const line = lineOf(unit);
  switch (line.at) {
    case "here":
      return w.state.here;
    case "away":
      return line.since === null ? w.state.neverSeen : w.state.awaySince(label(line.since, now, offsetMin));
    case "none":
      return w.state.nobody;
  }
}

const SHORT: Record<Following, keyof Words["state"]> = { followed: "followed", waiting: "waiting", trouble: "trouble", nothing: "nothing" };

export const followShort = (unit: Unit, w: Words): string => w.state[SHORT[followingOf(unit)]] as string;

/** The whole sentence: which number is meant, or what went wrong. */
export function followLong(unit: Unit, w: Words, lang: Lang): string {
  const directive = unit.state?.directive;
  switch (followingOf(unit)) {
    case "trouble":
      return `${w.state.trouble}${w.colon}${directive?.trouble_texts == null ? (directive?.trouble ?? "") : say(directive.trouble_texts, lang)}`;
    case "waiting":
      return directive == null || directive.followed === 0 ? w.state.waitingFirst : w.state.waitingLong(directive.wanted, directive.followed);
    case "followed":
      return w.state.followed;
    case "nothing":
      return w.state.nothing;
  }
}
