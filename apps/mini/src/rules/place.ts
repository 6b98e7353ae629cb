/** Where the party sits: other tables, put together, moved, and whether this phone may go along by itself. */
import type { SessionView } from "@dandan/client";

/** All tables of the party, such as "A1+A2". */
export const placeName = (view: Pick<SessionView, "tables" | "table">): string => view.tables || view.table.name;

export type PlaceNews = { kind: "moved"; to: string } | { kind: "merged"; tables: string } | { kind: "parted"; tables: string };

/** What happened to the tables between two views of one party. */
export function placeNews(had: SessionView | null, view: SessionView): PlaceNews | null {
  if (!had || had.id !== view.id || view.merged_into !== null) return null;
  if (had.table.id !== view.table.id) return { kind: "moved", to: view.table.name };
  if (had.merged.length < view.merged.length) return { kind: "merged", tables: placeName(view) };
  return had.merged.length > view.merged.length ? { kind: "parted", tables: placeName(view) } : null;
}

/** A slip's code leads to its party wherever that sits; a table's only while the party sits there. */
export const isPartyCode = (code: string): boolean => /^s\.[0-9a-f]{32}\./.test(code);

interface Seat {
  code: string;
  /** the table the code was read at */
  table?: string;
  /** the party this phone belonged to before it went along to another's check */
  home?: string;
}

/** The party this phone goes along to: its own was put on that one's check, or taken off it again. */
export function follows(seat: Seat, view: SessionView): string | null {
  const { merged_into: host } = view;
  if (host !== null) return isPartyCode(seat.code) || seat.table === undefined || seat.table === view.table.id ? host : null;
  const { home } = seat;
  if (home === undefined || home === view.id || view.merged.some((m) => m.session === home)) return null;
  return home;
}
