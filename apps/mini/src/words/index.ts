import type { Text } from "@dandan/client";
import type { Lang } from "@/rules/describe";
import { en } from "./en";
import { zh } from "./zh";

export type Words = typeof zh;

export const words: Record<Lang, Words> = { zh, en };

/** A guest who gave no name is a number to the server. */
export const guestWords = (name: string, w: Words): string => (/^\d+$/.test(name) ? w.guest(name) : name);

/** One text in both languages, for notices that outlive a switch. */
export const both = (pick: (w: Words) => string): Text => ({ zh: pick(zh), en: pick(en) });
