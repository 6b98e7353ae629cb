/** How many numbers fit and how large; which page of them is on. Pure. */
import type { Ms, PickupView } from "@dandan/client";

export type Entry = PickupView["entries"][number];

/** Ready: newest first, so the number just called is on top. Preparing: in the kitchen's order, the longest waiting first. */
export function columnsOf(view: PickupView): { preparing: Entry[]; ready: Entry[] } {
  const ready = view.entries.filter((e) => e.state === "ready").sort((a, b) => (b.ready_at ?? 0) - (a.ready_at ?? 0) || (a.order < b.order ? -1 : 1));
  return { preparing: view.entries.filter((e) => e.state === "preparing"), ready };
}

export interface Grid {
  columns: number;
  rows: number;
}

/** From few and huge to many and still readable; the last one is the most that is ever shown at once. */
const READY: readonly Grid[] = [{ columns: 1, rows: 2 }, { columns: 2, rows: 2 }, { columns: 2, rows: 3 }, { columns: 3, rows: 4 }, { columns: 3, rows: 5 }];
const PREPARING: readonly Grid[] = [{ columns: 1, rows: 4 }, { columns: 2, rows: 4 }, { columns: 2, rows: 6 }, { columns: 2, rows: 8 }, { columns: 3, rows: 9 }];

export function gridFor(side: "ready" | "preparing", count: number): Grid {
  const choices = side === "ready" ? READY : PREPARING;
  return choices.find((g) => g.columns * g.rows >= count) ?? choices[choices.length - 1] ?? { columns: 1, rows: 1 };
}

export const PAGE_FOR_MS = 8000;

/** When they don't fit, pages take turns by the clock; nothing is left out for good. */
export function pageOf<T>(list: readonly T[], grid: Grid, now: Ms): { shown: T[]; page: number; pages: number } {
  const size = grid.columns * grid.rows;
  const pages = Math.max(1, Math.ceil(list.length / size));
  const page = Math.floor(now / PAGE_FOR_MS) % pages;
  return { shown: list.slice(page * size, page * size + size), page: page + 1, pages };
}

export const NEW_FOR_MS = 20_000;
export const isNew = (e: Entry, now: Ms): boolean => e.state === "ready" && e.ready_at !== null && now - e.ready_at < NEW_FOR_MS;
