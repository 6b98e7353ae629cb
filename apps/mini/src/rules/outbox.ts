/**
 * Small wishes on their way to the server. Each keeps the id it was given before its first send; they go out one by one,
 * in order; the cart on the screen is the server's cart with the unsent ones laid over it.
 */
import type { CallView, CartLine, Dish, Id, LineSelection, Menu, SessionView } from "@dandan/client";
import { previewUnit } from "./preview";

export type Wish =
  | { kind: "add"; line: LineSelection }
  | { kind: "quantity"; line: Id; quantity: number }
  | { kind: "rush"; line: Id }
  | { kind: "call"; call: Id; reason: CallView["reason"] };

export interface Parcel {
  /** the Idempotency-Key, the same for every try */
  id: Id;
  store: string;
  session: Id;
  tries: number;
  wish: Wish;
}

/** Adds a parcel. A later quantity for a line replaces one that was never tried; one already tried stays, in order. */
export function enqueue(queue: readonly Parcel[], parcel: Parcel): Parcel[] {
  const { wish } = parcel;
  if (wish.kind !== "quantity") return [...queue, parcel];
  const rest = queue.filter((p) => !(p.tries === 0 && p.session === parcel.session && p.wish.kind === "quantity" && p.wish.line === wish.line));
  return [...rest, parcel];
}

/** Path below the store, and body. */
export function parcelRequest({ session, wish }: Parcel): { path: string; body: object } {
  switch (wish.kind) {
    case "add":
      return { path: `/sessions/${session}/cart/lines`, body: { line: wish.line } };
    case "quantity":
      return { path: `/sessions/${session}/cart/lines/${wish.line}/quantity`, body: { quantity: wish.quantity } };
    case "rush":
      return { path: `/sessions/${session}/lines/${wish.line}/rush`, body: {} };
    case "call":
      return { path: `/sessions/${session}/calls`, body: { call: wish.call, reason: wish.reason } };
  }
}

export interface ShownLine extends CartLine {
  /** true until the server has answered: shown as 未发送 */
  unsent: boolean;
}

/** The cart as the person sees it: the server's, with what this phone has not got through yet. */
export function shownCart(view: SessionView, queue: readonly Parcel[], menu: Menu | null, me: { id: Id; name: string }): ShownLine[] {
  const mine = queue.filter((p) => p.session === view.id);
  return mine
    .reduce<ShownLine[]>((lines, { wish }) => {
      switch (wish.kind) {
        case "add": {
          const dish = menu?.dishes.find((d) => d.id === wish.line.dish);
          if (!dish || lines.some((l) => l.line === wish.line.line)) return lines;
          return [...lines, unsentLine(dish, wish.line, me)];
        }
        case "quantity":
          return lines.map((l) => (l.line === wish.line ? { ...l, quantity: wish.quantity, amount: l.unit_price * wish.quantity, unsent: true } : l));
        case "rush":
        case "call":
          return lines;
      }
    }, view.cart.map((l) => ({ ...l, unsent: false })))
    .filter((l) => l.quantity > 0);
}

/**
 * What this phone had not sent goes along when its party moves to another's check. A line that is there already has
 * arrived; what was tried once gets a new id, since its content, the party, is another.
 */
export function carryOver(queue: readonly Parcel[], from: Id, view: SessionView, fresh: () => Id): Parcel[] {
  const arrived = new Set([...view.cart.map((l) => l.line), ...view.orders.flatMap((o) => o.lines.map((l) => l.line))]);
  return queue.flatMap((p) => {
    if (p.session !== from) return [p];
    if (p.wish.kind === "add" && arrived.has(p.wish.line.line)) return [];
    return [{ ...p, session: view.id, id: p.tries > 0 && p.wish.kind !== "call" ? fresh() : p.id, tries: 0 }];
  });
}

export const unsentCount = (queue: readonly Parcel[], session: Id): number => queue.filter((p) => p.session === session).length;

/** Lines of this dish in the cart. */
export const countOf = (cart: readonly ShownLine[], dish: string): number =>
  cart.filter((l) => l.dish === dish).reduce((n, l) => n + l.quantity, 0);

function unsentLine(dish: Dish, line: LineSelection, me: { id: Id; name: string }): ShownLine {
  const unit_price = previewUnit(dish, line);
  return { ...line, guest: me.id, guest_name: me.name, name: dish.name, unit_price, amount: unit_price * line.quantity, problem: null, added_at: 0, unsent: true };
}
