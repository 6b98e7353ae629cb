import type { LineState, Minor, OrderLineView, OrderView } from "@dandan/client";
import type { IconName } from "@/ui/icons";

export type Tone = "quiet" | "busy" | "good" | "bad" | "wait";

/** Every state has an icon and a tone; its word is in the dictionary under the same key. Colour never speaks alone. */
export const lineLook: Record<LineState, { icon: IconName; tone: Tone }> = {
  awaiting_payment: { icon: "clock", tone: "wait" },
  awaiting_nod: { icon: "hand", tone: "wait" },
  held: { icon: "clock", tone: "quiet" },
  sent: { icon: "send", tone: "quiet" },
  seen: { icon: "eye", tone: "quiet" },
  started: { icon: "flame", tone: "busy" },
  ready: { icon: "bell", tone: "good" },
  served: { icon: "check", tone: "good" },
  voided: { icon: "cross", tone: "bad" },
  expired: { icon: "cross", tone: "bad" },
};

export const orderTone: Record<OrderView["state"], Tone> = {
  awaiting_payment: "wait",
  awaiting_nod: "wait",
  accepted: "good",
  expired: "bad",
  cancelled: "bad",
  declined: "bad",
};

const rushable: Record<LineState, boolean> = {
  awaiting_payment: false,
  awaiting_nod: false,
  held: false,
  sent: true,
  seen: true,
  started: true,
  ready: false,
  served: false,
  voided: false,
  expired: false,
};

export type RushLabel = "rush" | "rushed" | "answered";

/** What the rush button says, or null where rushing makes no sense. A rush not yet answered is not sent twice. */
export function rushLabel(line: Pick<OrderLineView, "state" | "rushed" | "rush_answered">, pending: boolean): RushLabel | null {
  if (!rushable[line.state]) return null;
  if (pending || (line.rushed > 0 && !line.rush_answered)) return "rushed";
  return line.rushed > 0 ? "answered" : "rush";
}

const gone: Record<LineState, boolean> = {
  awaiting_payment: false,
  awaiting_nod: false,
  held: false,
  sent: false,
  seen: false,
  started: false,
  ready: false,
  served: false,
  voided: true,
  expired: true,
};

/** How far an order is: dishes on the table of those that will come. */
export function progress(order: OrderView): { served: number; of: number } {
  const live = order.lines.filter((l) => !gone[l.state]);
  return { served: live.filter((l) => l.state === "served").length, of: live.length };
}

export const isGone = (state: LineState): boolean => gone[state];

/** Orders that came to nothing: they count for nobody's round, and their dishes are not on the way. */
export const isOver: Record<OrderView["state"], boolean> = {
  awaiting_payment: false,
  awaiting_nod: false,
  accepted: false,
  expired: true,
  cancelled: true,
  declined: true,
};

/** How a line's price is shown: `was` is struck through, a `gift` costs nothing, an `estimate` waits for the scale. */
export interface LinePrice {
  amount: Minor;
  was: Minor | null;
  gift: boolean;
  estimate: boolean;
}

export function linePrice(line: Pick<OrderLineView, "amount" | "comped" | "was_amount" | "needs_weight" | "state">): LinePrice {
  if (line.comped !== null) return { amount: 0, was: line.amount, gift: true, estimate: false };
  const was = line.was_amount !== null && line.was_amount !== line.amount ? line.was_amount : null;
  return { amount: line.amount, was, gift: false, estimate: line.needs_weight && !isGone(line.state) };
}
