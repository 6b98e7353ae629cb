/** Keeps a cash tender's id until its answer is known, over reloads too: the same money must never be booked twice. */
import type { Id, Minor } from "@dandan/client";
import { newId } from "../net/ids";
import type { Due } from "./view";

export interface Tender {
  tender: Id;
  amount: Minor;
  received: Minor;
  /** Only where guests pay first. */
  order?: Id;
}

const keyOf = (session: Id): string => `dandan.staff.tender.${session}`;

export function keptTender(session: Id): Tender | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(session)) ?? "null");
    const t = value as Partial<Tender> | null;
    return typeof t?.tender === "string" && typeof t.amount === "number" && typeof t.received === "number" ? (t as Tender) : null;
  } catch {
    return null;
  }
}

export function keepTender(session: Id, due: Due, received: Minor): Tender {
  const tender: Tender = { tender: newId(), amount: due.amount, received, ...(due.order === null ? {} : { order: due.order }) };
  try {
    localStorage.setItem(keyOf(session), JSON.stringify(tender));
  } catch {
    // Without storage the id still lives as long as this page.
  }
  return tender;
}

export function forgetTender(session: Id): void {
  try {
    localStorage.removeItem(keyOf(session));
  } catch {
    // Nothing was kept.
  }
}
