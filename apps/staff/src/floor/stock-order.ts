/** In which order dishes stand in the stock list, and what a whole station comes to. Pure. */
import { byName } from "../ui/labels";
import type { StockRow } from "./view";

const rank = (r: StockRow): number => (r.remaining !== null && !r.soldOut ? 0 : r.soldOut ? 1 : 2);

/** Counted dishes first, the fewest left on top; then what is sold out; then the rest as the menu counts them. */
export function stockOrder(rows: readonly StockRow[]): StockRow[] {
  return [...rows].sort((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? (a.remaining ?? 0) - (b.remaining ?? 0) : 0) || byName(a.dish.code, b.dish.code));
}

export const ofStation = (rows: readonly StockRow[], station: string | null): StockRow[] => (station === null ? [...rows] : rows.filter((r) => r.dish.station === station));

/** What is cooked on this screen before the rest; otherwise as it stood. */
export const ownFirst = <T>(rows: readonly T[], isOwn: (row: T) => boolean): T[] => [...rows.filter(isOwn), ...rows.filter((r) => !isOwn(r))];

export const stockCounts = (rows: readonly StockRow[]): { out: number; counted: number } => ({ out: rows.filter((r) => r.soldOut).length, counted: rows.filter((r) => !r.soldOut && r.remaining !== null).length });
