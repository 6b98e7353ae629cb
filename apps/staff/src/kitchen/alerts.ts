/** What is worth a chime between two views of the kitchen. Pure. */
import { isRushing, phaseOf } from "./board";
import type { KitchenView, TicketItem } from "./types";

export type News = "ticket" | "rush" | "void";

/** A ticket that only came back by a recall is not news: its items were known. A dish to be cooked again is. */
export function newsBetween(before: KitchenView, after: KitchenView): News[] {
  const known = new Map<string, TicketItem>(before.tickets.flatMap((t) => t.items.map((i) => [i.key, i] as const)));
  const news = new Set<News>();
  for (const item of after.tickets.flatMap((t) => t.items)) {
    const old = known.get(item.key);
    if (old === undefined && phaseOf(item) === "cook" && item.state === "sent") news.add("ticket");
    if (old !== undefined && item.state === "sent" && item.remade !== null && old.state !== "sent") news.add("ticket");
    if (isRushing(item) && item.rushed > (old?.rushed ?? 0)) news.add("rush");
    if (phaseOf(item) === "void" && (old === undefined || phaseOf(old) !== "void")) news.add("void");
  }
  return [...news].sort();
}
