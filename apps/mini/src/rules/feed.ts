import type { Frame, OrderView, PaymentView, SessionView } from "@dandan/client";

export type SessionFrame = Frame<SessionView, Partial<SessionView>>;

/** Takes a frame into the view. A frame older than the view (it came late) changes nothing. */
export function applyFrame(view: SessionView | null, frame: SessionFrame): SessionView | null {
  switch (frame.type) {
    case "snapshot":
      return newer(view, { ...frame.view, seq: frame.seq });
    case "change":
      return view && frame.seq >= view.seq ? { ...view, ...frame.change, seq: frame.seq } : view;
    case "heartbeat":
      return view;
  }
}

/** Of two views of one session, the later. Another session always replaces. */
export function newer(had: SessionView | null, got: SessionView): SessionView {
  return had && had.id === got.id && had.seq > got.seq ? had : got;
}

/** Puts an accepted order in at once, before the feed brings it: its lines leave the cart. */
export function withOrder(view: SessionView, order: OrderView): SessionView {
  const taken = new Set(order.lines.map((l) => l.line));
  return {
    ...view,
    cart: view.cart.filter((l) => !taken.has(l.line)),
    orders: replaceBy(view.orders, order, (o) => o.id),
  };
}

export function withPayment(view: SessionView, payment: PaymentView): SessionView {
  return { ...view, payments: replaceBy(view.payments, payment, (p) => p.ask) };
}

function replaceBy<T>(list: readonly T[], item: T, key: (t: T) => string): T[] {
  const at = list.findIndex((t) => key(t) === key(item));
  return at < 0 ? [...list, item] : list.map((t, i) => (i === at ? item : t));
}

/** The server sends a heartbeat every 2 s; after 5 s without a frame the page says that it is stale. */
export const STALE_MS = 5_000;
export const isStale = (lastFrameAt: number | null, now: number): boolean => lastFrameAt === null || now - lastFrameAt > STALE_MS;

/** Waits before the next try: 1, 2, 4, 8, 15 s, each up to a fifth longer so that phones do not march in step. */
export function backoffMs(tries: number, random: number): number {
  const base = Math.min(15_000, 1_000 * 2 ** Math.max(0, tries - 1));
  return base + Math.floor((base / 5) * random);
}
