/** Labels shared by every page. Money stays an integer until here. */
import type { Minor, Ms } from "@dandan/client";

const SYMBOL = { CNY: "¥", USD: "$" } as const;

export function money(minor: Minor, currency: "CNY" | "USD"): string {
  const whole = Math.trunc(Math.abs(minor) / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const cents = (Math.abs(minor) % 100).toString().padStart(2, "0");
  return `${minor < 0 ? "-" : ""}${SYMBOL[currency]}${whole}.${cents}`;
}

/** HH:MM on the store's wall clock, wherever the device believes it is. */
export function clockTime(at: Ms, utcOffsetMin: number): string {
  return new Date(at + utcOffsetMin * 60_000).toISOString().slice(11, 16);
}

export const wholeMinutes = (from: Ms, to: Ms): number => Math.max(0, Math.floor((to - from) / 60_000));

/** Natural order: table 2 before table 10. */
export const byName = (a: string, b: string): number => a.localeCompare(b, "zh-CN", { numeric: true });
