/** The counting sheet of a drawer: how many of each note and coin, and what they come to. Pure. */
import type { Minor } from "@dandan/client";

export type Currency = "CNY" | "USD";

/** Notes and coins people are paid with, the largest first. */
export const PIECES: Record<Currency, readonly Minor[]> = {
  CNY: [10_000, 5000, 2000, 1000, 500, 100, 50, 10],
  USD: [10_000, 5000, 2000, 1000, 500, 100, 25, 10, 5, 1],
};

/** How many of each piece; what was not touched is missing. */
export type Counts = Readonly<Partial<Record<number, number>>>;

/** Nobody has more of one piece in a drawer; keeps the sum an exact integer too. */
const MOST = 9999;

export const totalOf = (counts: Counts): Minor => Object.entries(counts).reduce((sum, [piece, n]) => sum + Number(piece) * (n ?? 0), 0);

/** A digit or ⌫ typed into one row. */
export function typeCount(counts: Counts, piece: Minor, key: string): Counts {
  const before = String(counts[piece] ?? "");
  const after = key === "⌫" ? before.slice(0, -1) : before + key;
  const n = Math.min(MOST, Number.parseInt(after, 10));
  const { [piece]: _, ...rest } = counts;
  return Number.isNaN(n) ? rest : { ...rest, [piece]: n };
}

/** The row below, round again at the end. */
export function nextPiece(pieces: readonly Minor[], piece: Minor): Minor {
  return pieces[(pieces.indexOf(piece) + 1) % pieces.length] ?? piece;
}

/** What a piece is called without its symbol: 100, 0.5. */
export const pieceName = (piece: Minor): string => String(piece / 100);

/** Usual floats to begin with, and the one of the last shift. */
export function floatPresets(last: Minor | null): Minor[] {
  const usual = [0, 20_000, 50_000, 100_000];
  return last === null || usual.includes(last) ? usual : [last, ...usual];
}

/** Whether a drawer has more or less than it should, and by how much. */
export type Over = { kind: "even" } | { kind: "over" | "short"; by: Minor };

export function overOf(over: Minor): Over {
  if (over === 0) return { kind: "even" };
  return over > 0 ? { kind: "over", by: over } : { kind: "short", by: -over };
}
