/** What would have to be signed for, item by item, and where each is mended. Pure. */
import type { Id, Minor, Text, Unmatched } from "@dandan/client";

/** A party of the floor, as much of it as this needs. */
export interface Seated { session: Id; tables: string; lines: readonly { order: Id; line: Id; name: Text }[] }

export type Place =
  | { at: "session"; session: Id }
  | { at: "tables" }
  | { at: "shift" }
  | { at: "payments" }
  | { at: "slips" };

export type Item =
  | { kind: "table"; table: string; balance: Minor; place: Place }
  | { kind: "payment"; table: string | null; amount: Minor; place: Place }
  /** Dishes of one party together: nobody wants forty links to one table. */
  | { kind: "unserved"; table: string | null; names: Text[]; count: number; place: Place }
  | { kind: "nod"; table: string; place: Place }
  | { kind: "shift"; till: string; by: string; place: Place }
  | { kind: "cash"; amount: Minor; place: Place }
  | { kind: "slip"; why: string | null; place: Place }
  /** Something this build does not know yet still has to be signed for. */
  | { kind: "other"; name: string; place: Place };

const NAMES_SHOWN = 4;

export function itemsOf(open: readonly Unmatched[], seated: readonly Seated[], nods: readonly { order: Id; session: Id }[]): Item[] {
  const items: Item[] = [];
  const dishes = new Map<string, Extract<Item, { kind: "unserved" }>>();
  const tableOf = (session: Id): string | null => seated.find((s) => s.session === session)?.tables ?? null;
  for (const one of open) {
    if ("open_table" in one) items.push({ kind: "table", table: one.open_table.table, balance: one.open_table.balance, place: { at: "session", session: one.open_table.session } });
    else if ("open_payment" in one) items.push({ kind: "payment", table: tableOf(one.open_payment.session), amount: one.open_payment.amount, place: { at: "session", session: one.open_payment.session } });
    else if ("unserved" in one) {
      const party = seated.find((s) => s.lines.some((l) => l.line === one.unserved.line));
      const name = party?.lines.find((l) => l.line === one.unserved.line)?.name;
      const known = dishes.get(party?.session ?? "");
      const place: Place = party === undefined ? { at: "tables" } : { at: "session", session: party.session };
      const item: Extract<Item, { kind: "unserved" }> = known ?? { kind: "unserved", table: party?.tables ?? null, names: [], count: 0, place };
      item.count++;
      if (name !== undefined && item.names.length < NAMES_SHOWN) item.names.push(name);
      if (known === undefined) {
        dishes.set(party?.session ?? "", item);
        items.push(item);
      }
    } else if ("unanswered" in one) {
      const session = nods.find((n) => n.order === one.unanswered.order)?.session;
      items.push({ kind: "nod", table: one.unanswered.table, place: session === undefined ? { at: "tables" } : { at: "session", session } });
    } else if ("open_shift" in one) items.push({ kind: "shift", till: one.open_shift.till, by: one.open_shift.by, place: { at: "shift" } });
    else if ("loose_cash" in one) items.push({ kind: "cash", amount: one.loose_cash.amount, place: { at: "payments" } });
    else if ("unprinted" in one) items.push({ kind: "slip", why: one.unprinted.why ?? null, place: { at: "slips" } });
    else items.push({ kind: "other", name: Object.keys(one)[0] ?? "?", place: { at: "tables" } });
  }
  return items;
}
