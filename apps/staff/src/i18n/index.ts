/** The chosen language: a device setting, Chinese until switched. */
import type { Text } from "@dandan/client";
import { useSettings, type Lang } from "../device/settings";
import { en } from "./en";
import { zh, type Words } from "./zh";

export type { Words };
export const words: Record<Lang, Words> = { zh, en };

export const useWords = (): Words => words[useSettings().lang];
export const useLang = (): Lang => useSettings().lang;

/** The text in the chosen language; a missing translation falls back to the other rather than to nothing. */
export const say = (text: Text, lang: Lang): string => text[lang] || text.zh || text.en;
