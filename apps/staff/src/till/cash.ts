/** Typing amounts and making change. Pure, in whole fen. */
import type { Minor } from "@dandan/client";

/** The received amount as typed: whole yuan by default, a point starts the fen. Never more than 6 + 2 digits. */
export function typeAmount(text: string, key: string): string {
  if (key === "⌫") return text.slice(0, -1);
  if (key === ".") return text.includes(".") ? text : `${text === "" ? "0" : text}.`;
  const [whole = "", fen] = (text + key).split(".");
  if (fen !== undefined) return fen.length > 2 ? text : text + key;
  const trimmed = whole.replace(/^0+(?=\d)/, "");
  return trimmed.length > 6 ? text : trimmed;
}

export function parseAmount(text: string): Minor {
  const [whole = "", fen = ""] = text.split(".");
  return Number(whole || "0") * 100 + Number((fen + "00").slice(0, 2));
}

export const amountText = (minor: Minor): string => (minor % 100 === 0 ? String(minor / 100) : `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, "0")}`);

/** Notes a guest is likely to hand over: exact, then the next round sums. */
export function quickAmounts(due: Minor): Minor[] {
  const up = (step: number): Minor => Math.ceil(due / step) * step;
  return [...new Set([due, up(1000), up(5000), up(10_000), up(10_000) + 10_000])].filter((m) => m >= due).slice(0, 4);
}

export interface Cash {
  received: Minor;
  change: Minor;
  short: Minor;
}

export const cashOf = (due: Minor, received: Minor): Cash => ({ received, change: Math.max(0, received - due), short: Math.max(0, due - received) });
