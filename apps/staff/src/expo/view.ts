/** Turns the expediter's view into cards: what is missing for each course, what can go out, what presses. Pure. */
import type { ExpoCourse, ExpoItem, ExpoLine, ExpoTable, ExpoView, HoldWhy, Ms, Seq } from "../kitchen/types";

/** Only tables that changed come along, and the parties that wait for nothing any more. */
export function mergeExpo(view: ExpoView, change: Partial<Omit<ExpoView, "seq">> & { removed?: string[] }, seq: Seq): ExpoView {
  const { tables = [], removed = [] } = change;
  const gone = new Set([...removed, ...tables.map((t) => t.session)]);
  return { seq, tables: [...view.tables.filter((t) => !gone.has(t.session)), ...tables] };
}

/** `ready`: on the pass · `cooking`: some station has it · `held`: nobody cooks it before it is fired · `gone`: nothing to do. */
export type Standing = "ready" | "cooking" | "held" | "gone";

export function standingOf(line: Pick<ExpoLine, "state" | "held">): Standing {
  if (line.held !== null) return "held";
  switch (line.state) {
    case "ready":
      return "ready";
    case "sent":
    case "seen":
    case "started":
      return "cooking";
    case "held":
    case "awaiting_nod":
    case "awaiting_payment":
      return "held";
    case "served":
    case "voided":
    case "expired":
      return "gone";
  }
}

/** What a line still waits for: with a set meal, only those of its parts that are not ready. */
export const missingItems = (line: ExpoLine): ExpoItem[] => line.items.filter((i) => i.state === "sent" || i.state === "seen" || i.state === "started");

/** What can be carried out of a line now, whole or in part. */
export const readyItems = (line: ExpoLine): ExpoItem[] => (line.held === null ? line.items.filter((i) => i.state === "ready") : []);

/** `complete`: all that is left of it stands ready · `partly`: some does · `waiting`: all is being cooked · `held`: nothing was fired. */
export type Completeness = "complete" | "partly" | "waiting" | "held";

export interface CourseCard {
  course: number | null;
  /** Ready first, then what presses most, then what is held. */
  lines: ExpoLine[];
  state: Completeness;
  ready: number;
  all: number;
  /** By station, in the order they press. */
  missing: { station: string; names: ExpoItem[] }[];
  held: { lines: ExpoLine[]; why: HoldWhy } | null;
  /** Items of it on the pass. */
  toServe: ExpoItem[];
  pressing: Ms;
}

/** Minutes earlier, as the kitchen ranks its tickets. */
const EARLIER = { remade: 15, rushed: 10, vip: 5 } as const;

export function pressingAt(line: ExpoLine, vip: boolean): Ms {
  if (line.due_at === null) return Number.POSITIVE_INFINITY;
  const minutes = (line.remakes > 0 ? EARLIER.remade : 0) + (line.rushed > 0 ? EARLIER.rushed : 0) + (vip ? EARLIER.vip : 0);
  return line.due_at - minutes * 60_000;
}

const ORDER: Record<Standing, number> = { ready: 0, cooking: 1, held: 2, gone: 3 };

export function courseCard(course: ExpoCourse, vip: boolean): CourseCard {
  const lines = course.lines
    .filter((l) => standingOf(l) !== "gone")
    .sort((a, b) => ORDER[standingOf(a)] - ORDER[standingOf(b)] || pressingAt(a, vip) - pressingAt(b, vip) || (a.line < b.line ? -1 : 1));
  const held = lines.filter((l) => standingOf(l) === "held");
  const fired = lines.filter((l) => standingOf(l) !== "held");
  const ready = fired.filter((l) => standingOf(l) === "ready").length;
  const missing = new Map<string, ExpoItem[]>();
  for (const item of fired.flatMap(missingItems)) missing.set(item.station, [...(missing.get(item.station) ?? []), item]);
  const toServe = fired.flatMap(readyItems);
  return {
    course: course.course,
    lines,
    state: stateOf(fired.length, held.length, ready, toServe.length),
    ready,
    all: lines.length,
    missing: [...missing].map(([station, names]) => ({ station, names })),
    held: held.length === 0 ? null : { lines: held, why: held.some((l) => l.held === "soup") ? "soup" : "asked" },
    toServe,
    pressing: Math.min(Number.POSITIVE_INFINITY, ...fired.map((l) => pressingAt(l, vip))),
  };
}

/** A course with a held line is not complete: it belongs on the table together. */
function stateOf(fired: number, held: number, ready: number, toServe: number): Completeness {
  if (fired === 0) return "held";
  if (ready === fired && held === 0) return "complete";
  return toServe > 0 ? "partly" : "waiting";
}

export interface TableCard {
  table: ExpoTable;
  title: string;
  courses: CourseCard[];
  complete: number;
  overdue: number;
  rushed: number;
  pressing: Ms;
}

export function tableCard(table: ExpoTable, now: Ms): TableCard {
  const courses = table.courses.map((c) => courseCard(c, table.vip)).filter((c) => c.lines.length > 0);
  const cooking = courses.flatMap((c) => c.lines).filter((l) => standingOf(l) === "cooking");
  return {
    table,
    title: titleOf(table, courses),
    courses,
    complete: courses.filter((c) => c.state === "complete").length,
    overdue: cooking.filter((l) => l.overdue_at !== null && now >= l.overdue_at).length,
    rushed: cooking.filter((l) => l.rushed > 0).length,
    pressing: Math.min(Number.POSITIVE_INFINITY, ...courses.map((c) => c.pressing)),
  };
}

/** At a counter many parties stand at one table: their pick-up numbers tell them apart. Only a table's own orders have a dash in their number. */
function titleOf(table: ExpoTable, courses: readonly CourseCard[]): string {
  const numbers = new Set(courses.flatMap((c) => c.lines.map((l) => l.number)).filter((n) => !n.includes("-")));
  return numbers.size === 0 ? table.tables : [...numbers].join(" ");
}

/** What can go out stands first, then what presses; two screens agree. */
export function expoBoard(view: ExpoView, now: Ms, readyOnly: boolean): TableCard[] {
  const cards = view.tables.map((t) => tableCard(t, now)).filter((c) => c.courses.length > 0);
  const shown = readyOnly ? cards.filter((c) => c.courses.some((x) => x.toServe.length > 0)) : cards;
  return shown.sort((a, b) => Number(b.complete > 0) - Number(a.complete > 0) || compareTime(a.pressing, b.pressing) || (a.table.session < b.table.session ? -1 : 1));
}

/** Two infinities are equal; their difference is not a number. */
const compareTime = (a: Ms, b: Ms): number => (a === b ? 0 : a < b ? -1 : 1);
