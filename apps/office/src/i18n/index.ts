/** The chosen language, Chinese until switched. */
import type { Problem, Text } from "@dandan/client";
import { useSession, type Lang } from "../session";
import { en } from "./en";
import { zh, type Words } from "./zh";

export type { Words };
export const words: Record<Lang, Words> = { zh, en };

export const useWords = (): Words => words[useSession().lang];
export const useLang = (): Lang => useSession().lang;

/** The text in the chosen language; a missing translation falls back to the other rather than to nothing. */
export const say = (text: Text, lang: Lang): string => text[lang] || text.zh || text.en;

/** What the node says to the person, and what exactly where it says more. */
export const problemText = (problem: Problem, lang: Lang): string => say(problem.texts, lang);
