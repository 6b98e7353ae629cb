/** The same dish of all tickets together (同菜合并): same name, size, options and wishes, so one wok load is cooked all alike. Pure. */
import { ageOf, isRushing, type Age, type BoardTicket } from "./board";
import type { Ms, RankWhy, Ticket, TicketItem } from "./types";

/** What one ticket wants of it. */
export interface BatchPart {
  ticket: Ticket;
  item: TicketItem;
  title: string;
}

export interface Batch {
  key: string;
  /** Any of them: they are all alike. */
  item: TicketItem;
  /** Most pressing first. */
  parts: BatchPart[];
  quantity: number;
  age: Age;
  rushing: boolean;
}

/** Two items are the same to a cook when nothing on their lines differs; a note for the whole order makes it its own. */
export function batchKey(ticket: Pick<Ticket, "note">, item: TicketItem): string {
  const options = item.options.map((o) => `${o.kind}:${o.name.zh}×${o.quantity}`).sort();
  return JSON.stringify([item.name.zh, item.variant?.zh ?? "", item.weight_g, item.note?.trim() ?? "", ticket.note?.trim() ?? "", options]);
}

const EARLIER_MIN: Record<RankWhy, number> = { remade: 15, rushed: 10, soup: 10, vip: 5 };

/** When a single dish counts as due: the server's rule for tickets, for what concerns this dish. */
export function pressingAt({ ticket, item }: Pick<BatchPart, "ticket" | "item">): Ms {
  const why: RankWhy[] = [];
  if (item.remade !== null) why.push("remade");
  if (item.rushed > 0) why.push("rushed");
  if (ticket.vip) why.push("vip");
  if (ticket.rank_why.includes("soup")) why.push("soup");
  return item.due_at - why.reduce((n, w) => n + EARLIER_MIN[w], 0) * 60_000;
}

const byPressing = (a: BatchPart, b: BatchPart): number => pressingAt(a) - pressingAt(b) || (a.item.key < b.item.key ? -1 : 1);

/** All that is still to be cooked, most pressing first. */
export function batchesOf(board: readonly BoardTicket[], now: Ms): Batch[] {
  const groups = new Map<string, BatchPart[]>();
  for (const { ticket, cook, title } of board) {
    for (const item of cook) {
      const key = batchKey(ticket, item);
      groups.set(key, [...(groups.get(key) ?? []), { ticket, item, title }]);
    }
  }
  return [...groups].map(([key, parts]) => batchOf(key, parts.sort(byPressing), now)).sort(compare);
}

function batchOf(key: string, parts: BatchPart[], now: Ms): Batch {
  const first = parts[0];
  if (first === undefined) throw new Error("a batch has parts");
  const ages = parts.map((p) => ageOf(p.item, now));
  return {
    key,
    item: first.item,
    parts,
    quantity: parts.reduce((n, p) => n + p.item.quantity, 0),
    age: ages.includes("overdue") ? "overdue" : ages.includes("due") ? "due" : "normal",
    rushing: parts.some((p) => isRushing(p.item)),
  };
}

/** Of two that press alike the larger one first. */
function compare(a: Batch, b: Batch): number {
  const at = (batch: Batch): Ms => Math.min(...batch.parts.map(pressingAt));
  return at(a) - at(b) || b.quantity - a.quantity || (a.key < b.key ? -1 : 1);
}

/** What a button acts on: those chosen, or all where none is. */
export const chosenParts = (batch: Batch, chosen: ReadonlySet<string>): BatchPart[] => {
  const some = batch.parts.filter((p) => chosen.has(p.item.key));
  return some.length > 0 ? some : batch.parts;
};

export const portions = (parts: readonly BatchPart[]): number => parts.reduce((n, p) => n + p.item.quantity, 0);
