import type { LineState, OrderLineView, OrderView } from "@dandan/client";
import type { IconName } from "@/ui/icons";

export type Tone = "quiet" | "busy" | "good" | "bad" | "wait";

/** Every state has an icon and a tone; its word is in the dictionary under the same key. Colour never speaks alone. */
export const lineLook: Record<LineState, { icon: IconName; tone: Tone }> = {
  awaiting_payment: { icon: "clock", tone: "wait" },
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
  accepted: "good",
  expired: "bad",
  cancelled: "bad",
};

const rushable: Record<LineState, boolean> = {
  awaiting_payment: false,
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
