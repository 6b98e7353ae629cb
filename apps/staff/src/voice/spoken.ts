/** Amounts as people say them (三十八元五角, thirty-eight yuan fifty). Pure, in whole fen. */
import type { Minor } from "@dandan/client";
import type { Lang } from "../device/settings";

const ZH = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"] as const;
const PLACES = ["", "十", "百", "千"] as const;
const SECTIONS = ["", "万", "亿"] as const;

const digit = (n: number): string => ZH[n] ?? "";

/** Up to four digits. An inner gap of noughts is one 零. */
function section(n: number): string {
  let out = "";
  let gap = false;
  for (let place = 3; place >= 0; place--) {
    const d = Math.floor(n / 10 ** place) % 10;
    if (d === 0) {
      gap = out !== "";
      continue;
    }
    out += (gap ? "零" : "") + digit(d) + (PLACES[place] ?? "");
    gap = false;
  }
  return out;
}

/** A whole number, 0 to 999,999,999,999. Ten is 十, not 一十, where it stands first. */
export function spokenZh(n: number): string {
  if (n === 0) return "零";
  let out = "";
  let gap = false;
  for (let s = SECTIONS.length - 1; s >= 0; s--) {
    const part = Math.floor(n / 10_000 ** s) % 10_000;
    if (part === 0) {
      gap = out !== "";
      continue;
    }
    if (out !== "" && (gap || part < 1000)) out += "零";
    out += section(part) + (SECTIONS[s] ?? "");
    gap = false;
  }
  return out.replace(/^一十/, "十");
}

/** 两元 rather than 二元: so it is said over the counter. */
function yuanZh(minor: Minor): string {
  const [yuan, jiao, fen] = [Math.floor(minor / 100), Math.floor(minor / 10) % 10, minor % 10];
  if (yuan === 0 && jiao === 0) return `${digit(fen)}分`;
  const whole = yuan === 0 ? "" : `${yuan === 2 ? "两" : spokenZh(yuan)}元`;
  if (jiao === 0) return fen === 0 ? whole : `${whole}零${digit(fen)}分`;
  return `${whole}${digit(jiao)}角${fen === 0 ? "" : `${digit(fen)}分`}`;
}

const ONES = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

function hundredsEn(n: number): string {
  const [hundreds, rest] = [Math.floor(n / 100), n % 100];
  const small = rest < 20 ? (ONES[rest] ?? "") : [TENS[Math.floor(rest / 10)], ONES[rest % 10]].filter((w) => w).join("-");
  return [hundreds > 0 ? `${ONES[hundreds]} hundred` : "", small].filter((w) => w).join(" and ");
}

/** A whole number in English words. */
export function spokenEn(n: number): string {
  if (n === 0) return "zero";
  const [millions, thousands, rest] = [Math.floor(n / 1_000_000), Math.floor(n / 1000) % 1000, n % 1000];
  const words = [millions > 0 ? `${hundredsEn(millions)} million` : "", thousands > 0 ? `${hundredsEn(thousands)} thousand` : ""];
  const tail = rest === 0 ? "" : rest < 100 && n >= 1000 ? `and ${hundredsEn(rest)}` : hundredsEn(rest);
  return [...words, tail].filter((w) => w).join(" ");
}

const UNITS_EN = { CNY: { whole: ["yuan", "yuan"], part: ["fen", "fen"] }, USD: { whole: ["dollar", "dollars"], part: ["cent", "cents"] } } as const;
const many = (n: number, [one, other]: readonly [string, string]): string => `${spokenEn(n)} ${n === 1 ? one : other}`;

function amountEn(minor: Minor, currency: "CNY" | "USD"): string {
  const [whole, part] = [Math.floor(minor / 100), minor % 100];
  const unit = UNITS_EN[currency];
  if (whole === 0) return many(part, unit.part);
  return part === 0 ? many(whole, unit.whole) : `${many(whole, unit.whole)} and ${many(part, unit.part)}`;
}

/** Yuan in Chinese are 元角分; another currency is said with its own name and two decimals. */
function amountZh(minor: Minor, currency: "CNY" | "USD"): string {
  if (currency === "CNY") return yuanZh(minor);
  const part = minor % 100;
  const decimals = part === 0 ? "" : `点${digit(Math.floor(part / 10))}${part % 10 === 0 ? "" : digit(part % 10)}`;
  return `${spokenZh(Math.floor(minor / 100))}${decimals}美元`;
}

export const spokenAmount = (minor: Minor, lang: Lang, currency: "CNY" | "USD" = "CNY"): string => (lang === "zh" ? amountZh(minor, currency) : amountEn(minor, currency));

/** A table's name: numbers as a number (三号桌), letters and digits one by one (A 一), a name as it is. */
export function spokenTable(name: string, lang: Lang): string {
  // Tables that were put together are named one after the other.
  if (name.includes("+")) return name.split("+").map((one) => spokenTable(one.trim(), lang)).join(lang === "zh" ? "、" : " and ");
  if (lang === "en") return /^\d+$/.test(name) ? `table ${spokenEn(Number(name))}` : `table ${[...name].join(" ")}`;
  if (/^\d{1,4}$/.test(name)) return `${spokenZh(Number(name))}号桌`;
  if (/^[A-Za-z0-9]+$/.test(name)) return `${[...name].map((c) => (/\d/.test(c) ? digit(Number(c)) : c)).join(" ")}桌`;
  return name;
}

/** Digit by digit, so that A023 is not read "A twenty-three". */
export const spokenNumber = (number: string, lang: Lang): string => [...number].map((c) => (lang === "zh" && /\d/.test(c) ? digit(Number(c)) : c)).join(" ");
