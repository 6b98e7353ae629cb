/** What a person should know before ordering: the house says it, the page shows it, nobody finds out afterwards. */
import type { OrderView, SessionView } from "@dandan/client";

export type NodWhy = NonNullable<OrderView["nod"]>;

/** A kitchen less far behind than this is not worth a word. Unit: minutes. */
export const LATE_MIN = 10;

/** `stopped`: paid-first orders are not taken now; `nod`: the order will wait for a waiter's yes; `late`: it will take longer. */
export type Before = { kind: "stopped"; why: NodWhy } | { kind: "nod"; why: NodWhy } | { kind: "late"; minutes: number };

export function before(view: Pick<SessionView, "mode" | "nod" | "behind_min">): Before[] {
  const late: Before[] = view.behind_min !== null && view.behind_min >= LATE_MIN ? [{ kind: "late", minutes: view.behind_min }] : [];
  if (view.nod === null) return late;
  return [{ kind: view.mode === "pay_first" ? "stopped" : "nod", why: view.nod }, ...late];
}
