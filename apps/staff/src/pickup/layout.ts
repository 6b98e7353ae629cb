/** How many numbers fit and how large; which page of them is on. Pure. */
import type { Announcement, Ms, PickupView as Board, Seq } from "@dandan/client";
import type { Announced } from "../kitchen/types";
import { mergeAnnouncements } from "../voice/said";

export type PickupView = Board & Announced;
export type Entry = PickupView["entries"][number];

/** The numbers come whole; of the announcements only what changed. */
export function mergePickup(view: PickupView, change: Partial<PickupView> & { removed?: string[] }, seq: Seq): PickupView {
  const { entries = view.entries, last_announcement = view.last_announcement, removed = [] } = change;
  return { seq, entries, last_announcement, announcements: mergeAnnouncements(view.announcements ?? [], change.announcements ?? [], removed) };
}

/** A waiting party's number stays on the wall for so long after its last call. */
export const CALLED_FOR_MS = 120_000;
const CALLS_AT_ONCE = 4;

/** Waiting parties called to their tables lately, the latest first; a number called again moves up and stands once. */
export function queueCalls(announcements: readonly Announcement[], now: Ms): { number: string; at: Ms }[] {
  const latest = new Map<string, Ms>();
  for (const a of announcements) if (a.said.kind === "queue" && now - a.at < CALLED_FOR_MS) latest.set(a.said.number, Math.max(a.at, latest.get(a.said.number) ?? 0));
  return [...latest].map(([number, at]) => ({ number, at })).sort((a, b) => b.at - a.at).slice(0, CALLS_AT_ONCE);
}

/** Ready: newest first, so the number just called is on top. Preparing: in the kitchen's order, the longest waiting first. */
export function columnsOf(view: Pick<PickupView, "entries">): { preparing: Entry[]; ready: Entry[] } {
  const ready = view.entries.filter((e) => e.state === "ready").sort((a, b) => (b.ready_at ?? 0) - (a.ready_at ?? 0) || (a.order < b.order ? -1 : 1));
  return { preparing: view.entries.filter((e) => e.state === "preparing"), ready };
}

export interface Grid {
  columns: number;
  rows: number;
}

/** From few and huge to many and still readable; the last one is the most that is ever shown at once. */
const READY: readonly Grid[] = [{ columns: 1, rows: 2 }, { columns: 2, rows: 2 }, { columns: 2, rows: 3 }, { columns: 3, rows: 4 }, { columns: 3, rows: 5 }, { columns: 4, rows: 6 }];
const PREPARING: readonly Grid[] = [{ columns: 1, rows: 4 }, { columns: 2, rows: 4 }, { columns: 2, rows: 6 }, { columns: 2, rows: 8 }, { columns: 3, rows: 9 }, { columns: 3, rows: 10 }];

export function gridFor(side: "ready" | "preparing", count: number): Grid {
  const choices = side === "ready" ? READY : PREPARING;
  return choices.find((g) => g.columns * g.rows >= count) ?? choices[choices.length - 1] ?? { columns: 1, rows: 1 };
}

export const PAGE_FOR_MS = 8000;

/**
 * When they don't fit, pages take turns by the clock; nothing is left out for good. The first `pinned` stay on every page, so a number
 * being called is never on the page that is off; at most half of the cells, so the others still get theirs.
 */
export function pageOf<T>(list: readonly T[], grid: Grid, now: Ms, pinned = 0): { shown: T[]; page: number; pages: number } {
  const size = grid.columns * grid.rows;
  if (list.length <= size) return { shown: [...list], page: 1, pages: 1 };
  const kept = Math.min(pinned, Math.floor(size / 2));
  const turning = size - kept;
  const pages = Math.ceil((list.length - kept) / turning);
  const page = Math.floor(now / PAGE_FOR_MS) % pages;
  const from = kept + page * turning;
  return { shown: [...list.slice(0, kept), ...list.slice(from, from + turning)], page: page + 1, pages };
}

/** Characters the type must leave room for: all numbers of a side are equally large, and four is what a number normally has. */
export const charsOf = (list: readonly Entry[]): number => Math.max(4, ...list.map((e) => [...e.number].length));

export const NEW_FOR_MS = 20_000;
export const isNew = (e: Entry, now: Ms): boolean => e.state === "ready" && e.ready_at !== null && now - e.ready_at < NEW_FOR_MS;
