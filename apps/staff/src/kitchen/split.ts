/** Cuts a ticket taller than the screen into cards of the same ticket, each with its header. Pure: heights come in as an argument. */
import { isRushing, type BoardTicket } from "./board";

/** One card. `cook` and `voids` hold only what stands on this card; the header speaks for the whole ticket. */
export interface Part extends BoardTicket {
  whole: BoardTicket;
  /** From 1. */
  part: number;
  parts: number;
  /** Lines of this ticket that stand on later cards. */
  later: number;
  /** A rush that has not been answered is on this very card. */
  rushing: boolean;
  /** One line that is taller than a column all by itself: drawn smaller (1) or as small as can be (2), to be read whole. */
  tight: 0 | 1 | 2;
}

/** What the page measured, in whole pixels. What is not known yet counts as nothing until it has been drawn once. */
export interface Sizes {
  /** Height of a column; infinite where the board simply scrolls. */
  room: number;
  /** Everything of a card that is not a line: header, notes, frame. By ticket. */
  heads: Readonly<Record<string, number>>;
  /** By item key. */
  rows: Readonly<Record<string, number>>;
}

export const UNMEASURED: Sizes = { room: Number.POSITIVE_INFINITY, heads: {}, rows: {} };

/** The "continues" strip below every card but the last. */
export const FOOT_PX = 44;

/** How many lines go on each card: as many as fit, at least one. The last card needs no strip below. */
export function cutRows(heights: readonly number[], head: number, foot: number, room: number): number[] {
  let left = heights.reduce((a, b) => a + b, 0);
  const cards: number[] = [];
  let from = 0;
  while (head + left > room && from < heights.length - 1) {
    let to = from;
    let used = head + foot;
    do {
      used += heights[to] ?? 0;
      left -= heights[to] ?? 0;
      to++;
    } while (to < heights.length - 1 && used + (heights[to] ?? 0) <= room);
    cards.push(to - from);
    from = to;
  }
  return [...cards, heights.length - from];
}

export const partsOf = (board: readonly BoardTicket[], sizes: Sizes): Part[] => board.flatMap((whole) => split(whole, sizes));

function split(whole: BoardTicket, { room, heads, rows }: Sizes): Part[] {
  const items = [...whole.voids, ...whole.cook];
  const head = heads[whole.ticket.id] ?? 0;
  const counts = cutRows(items.map((i) => rows[i.key] ?? 0), head, FOOT_PX, room);
  let from = 0;
  return counts.map((count, n) => {
    const onCard = items.slice(from, from + count);
    const here = new Set(onCard);
    from += count;
    const foot = from < items.length ? FOOT_PX : 0;
    const tight = count === 1 ? tightness(rows[onCard[0]?.key ?? ""] ?? 0, room - head - foot) : 0;
    const cook = whole.cook.filter((i) => here.has(i));
    return { ...whole, whole, cook, voids: whole.voids.filter((i) => here.has(i)), part: n + 1, parts: counts.length, later: items.length - from, rushing: cook.some(isRushing), tight };
  });
}

function tightness(height: number, space: number): Part["tight"] {
  if (height <= space) return 0;
  return height <= space * 1.5 ? 1 : 2;
}

// ---------- what is off the glass ----------

/** Tickets with something off the glass, and why somebody should look: a rush, or lines no screen has shown yet. */
export interface Count {
  tickets: number;
  rushed: number;
  fresh: number;
}

export interface OffGlass {
  ticket: string;
  rushing: boolean;
  fresh: boolean;
}

/** Two cards of one ticket are one ticket. */
export function countOff(cards: readonly OffGlass[]): Count {
  const distinct = (of: readonly OffGlass[]): number => new Set(of.map((c) => c.ticket)).size;
  return { tickets: distinct(cards), rushed: distinct(cards.filter((c) => c.rushing)), fresh: distinct(cards.filter((c) => c.fresh)) };
}
