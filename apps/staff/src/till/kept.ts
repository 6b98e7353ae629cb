/** Keeps what staff took by hand until its answer is known, over reloads too: the same money must never be booked twice. */
import type { Id, Minor, Way } from "@dandan/client";
import type { PaidFor } from "./payable";

/** A request to book money, with the id it keeps through every retry. Wallet codes are never kept: they are worth money. */
export interface Kept {
  path: "cash" | "tenders";
  way: Way;
  body: PaidFor & { tender: Id; amount: Minor; tip: Minor; received?: Minor; rounded_off?: Minor; way?: Way; reference?: string };
}

const keyOf = (session: Id): string => `dandan.staff.tender.${session}`;

export function kept(session: Id): Kept | null {
  try {
    const value = JSON.parse(localStorage.getItem(keyOf(session)) ?? "null") as Partial<Kept> | null;
    return (value?.path === "cash" || value?.path === "tenders") && typeof value.body?.tender === "string" ? (value as Kept) : null;
  } catch {
    return null;
  }
}

export function keep(session: Id, what: Kept): void {
  try {
    localStorage.setItem(keyOf(session), JSON.stringify(what));
  } catch {
    // Without storage the id still lives as long as this page.
  }
}

export function forget(session: Id): void {
  try {
    localStorage.removeItem(keyOf(session));
  } catch {
    // Nothing was kept.
  }
}
