/**
 * Sending an order. The request and its id are on the phone's disk before the first byte leaves; every try carries the
 * same id; after a kill the next start goes on. Only the server's word, or the order itself in the feed, ends it.
 */
import type { LineSelection, OrderView, PlaceOrderRequest, Quote } from "@dandan/client";
import { backoffMs, withOrder } from "@/rules/feed";
import { shownInFull, type OrderIntent } from "@/rules/order";
import { call } from "@/net/http";
import { keep, kept } from "@/net/storage";
import { get, say, set } from "./store";
import { endedBy } from "./table";

let running = false;
let hurry: (() => void) | null = null;

/** Begins to send an order. False where one is still on its way: a second tap is not a second order. */
export function placeOrder(request: PlaceOrderRequest): boolean {
  const { member, order } = get();
  if (!member || order || running) return false;
  const intent: OrderIntent = { store: member.store, session: member.session, token: member.token, request, tries: 0, at: Date.now() };
  keep("order", intent);
  set({ order: intent, refused: null, accepted: null });
  void resumeOrder();
  return true;
}

/** Goes on with an order that has no answer yet. Harmless when there is none. */
export async function resumeOrder(): Promise<void> {
  if (running) return void hurry?.();
  running = true;
  try {
    for (let intent = get().order; intent; intent = get().order) await tryOnce(intent);
  } finally {
    running = false;
  }
}

export function dismissRefusal(): void {
  set({ refused: null });
}

export async function quote(lines: readonly LineSelection[]): Promise<Quote | null> {
  const { member } = get();
  if (!member) return null;
  const answer = await call<Quote>({ method: "POST", store: member.store, path: `/sessions/${member.session}/quote`, token: member.token, body: { lines } });
  if (answer.kind === "refused") endedBy(answer.problem);
  return answer.kind === "ok" ? answer.data : null;
}

async function tryOnce(intent: OrderIntent): Promise<void> {
  const { request } = intent;
  if (hasArrived(intent)) return settle(request.order);
  const tried = { ...intent, tries: intent.tries + 1 };
  keep("order", tried);
  // A storage that refuses must not stop the order; the lock in memory still holds.
  set({ order: kept("order") ?? tried });
  const answer = await call<OrderView>({ method: "POST", store: intent.store, path: `/sessions/${intent.session}/orders`, token: intent.token, key: request.order, body: request });
  switch (answer.kind) {
    case "ok": {
      const { view } = get();
      if (view && view.id === intent.session && answer.data?.lines) set({ view: withOrder(view, answer.data) });
      set({ online: true });
      return settle(request.order);
    }
    case "refused":
      keep("order", null);
      set({ order: null, refused: { request, problem: answer.problem } });
      if (!endedBy(answer.problem) && !shownInFull(answer.problem)) say(answer.problem.texts, true);
      return;
    case "retry":
      set({ online: false });
      return wait(answer.afterMs ?? backoffMs(tried.tries, Math.random()));
  }
}

function settle(order: string): void {
  keep("order", null);
  set({ order: null, accepted: order, refused: null });
}

/** The reply may be lost and the order still be there: the feed shows it. */
const hasArrived = (intent: OrderIntent): boolean => {
  const { view } = get();
  return view?.orders.some((o) => o.id === intent.request.order) ?? false; // Ids are unique, and the party may be on another's check by now.
};

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      clearInterval(look);
      hurry = null;
      resolve();
    };
    const timer = setTimeout(done, ms);
    const look = setInterval(() => {
      const intent = get().order;
      if (intent && hasArrived(intent)) done();
    }, 500);
    hurry = done;
  });
}
