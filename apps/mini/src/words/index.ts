import type { Text } from "@dandan/client";
import type { Lang } from "@/rules/describe";
import { en } from "./en";
import { zh } from "./zh";

export type Words = typeof zh;

export const words: Record<Lang, Words> = { zh, en };

/** One text in both languages, for notices that outlive a switch. */
export const both = (pick: (w: Words) => string): Text => ({ zh: pick(zh), en: pick(en) });
