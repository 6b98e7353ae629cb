/** Figures of several stores side by side: read, sorted, added up. Money stays whole fen. Pure. */
import type { Id, Minor, Ms } from "@dandan/client";
import { dayAfter } from "../ui/when";

/** What is shown, in this order. `per_cover` is made here, all others come from the node. */
export const COLUMNS = ["net", "received", "orders", "covers", "per_cover", "discounts", "voids", "refunded"] as const;
export type Column = (typeof COLUMNS)[number];
export type Figures = Record<Exclude<Column, "per_cover">, number>;

export const isMoney = (column: Column): boolean => column !== "orders" && column !== "covers";

export interface Row {
  store: Id;
  figures: Figures;
  /** The newest thing that is counted; null: nothing is. */
  asOf: Ms | null;
  /** More happened than is counted, or may have: its box isn't heard from. */
  behind: boolean;
}

const NAMES = COLUMNS.filter((c): c is keyof Figures => c !== "per_cover");

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const whole = (value: unknown): number => (typeof value === "number" && Number.isSafeInteger(value) ? value : 0);

/** What was put on a customer's account is no money yet: it counts when the account is paid. */
const figuresIn = (json: Json): Figures => {
  const figures = Object.fromEntries(NAMES.map((name) => [name, whole(json[name])])) as Figures;
  return { ...figures, received: figures.received - whole(json["on_account"]) };
};

/** A row for each of these stores. Those of which nothing is counted aren't in the answer: they have a row of nothing. */
export function rowsIn(answer: unknown, stores: readonly Id[]): Row[] {
  const told = new Map((Array.isArray(answer) ? answer : []).filter(isObject).map((json) => [json["store"], json]));
  return stores.map((store) => {
    const json = told.get(store) ?? {};
    const asOf = isObject(json["as_of"]) ? json["as_of"] : {};
    const at = asOf["at_ms"];
    return { store, figures: figuresIn(json), asOf: typeof at === "number" ? at : null, behind: whole(asOf["behind"]) > 0 || asOf["cut_off"] === true };
  });
}

export const isEmpty = (row: Row): boolean => NAMES.every((name) => row.figures[name] === 0);

/** Null where nobody sat: nothing can be said per head. Half a fen counts up. */
export function perCover(figures: Figures): Minor | null {
  return figures.covers <= 0 ? null : Math.round(figures.net / figures.covers);
}

export const valueOf = (figures: Figures, column: Column): number | null => (column === "per_cover" ? perCover(figures) : figures[column]);

export function totalOf(rows: readonly Row[]): Figures {
  const total = figuresIn({});
  for (const row of rows) for (const name of NAMES) total[name] += row.figures[name];
  return total;
}

export interface Sorting {
  by: Column | "name";
  down: boolean;
}

/** Without a value comes last, whichever way; equal ones by name, so that nothing jumps. */
export function sorted(rows: readonly Row[], names: ReadonlyMap<Id, string>, sorting: Sorting): Row[] {
  const name = (row: Row): string => names.get(row.store) ?? row.store;
  const byName = (a: Row, b: Row): number => name(a).localeCompare(name(b), "zh-CN", { numeric: true });
  const turn = sorting.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (sorting.by === "name") return turn * byName(a, b);
    const [x, y] = [valueOf(a.figures, sorting.by), valueOf(b.figures, sorting.by)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || byName(a, b);
    return turn * (x - y) || byName(a, b);
  });
}

/** The length of a bar, 0 to 100: against the largest, and nothing for what is below nothing. */
export function bar(value: number | null, largest: number): number {
  return value === null || value <= 0 || largest <= 0 ? 0 : Math.round((100 * value) / largest);
}

export const PERIODS = ["today", "yesterday", "week", "month", "own"] as const;
export type Period = (typeof PERIODS)[number];
export interface Span {
  from: string;
  to: string;
}

/** Days as the stores date them; both ends count. */
export const spanOf = (period: Exclude<Period, "own">, today: string): Span => {
  const back: Record<Exclude<Period, "own">, Span> = {
    today: { from: today, to: today },
    yesterday: { from: dayAfter(today, -1), to: dayAfter(today, -1) },
    week: { from: dayAfter(today, -6), to: today },
    month: { from: dayAfter(today, -29), to: today },
  };
  return back[period];
};

const MOST_DAYS = 366;

export function isSpan({ from, to }: Span): boolean {
  const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  return isDate(from) && isDate(to) && from <= to && dayAfter(from, MOST_DAYS) > to;
}
