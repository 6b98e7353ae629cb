/** From the money inbox to rows, clocks and days. Pure: time comes in. */
import type { BillCompared, CaseView, Ms, PaymentRow, Remedy, Role } from "@dandan/client";
import { may } from "../floor/view";

export const openCases = (cases: readonly CaseView[]): CaseView[] => cases.filter((c) => c.resolved_at === null);
export const settledCases = (cases: readonly CaseView[]): CaseView[] => cases.filter((c) => c.resolved_at !== null);

export type Clock = { kind: "left"; minutes: number } | { kind: "over"; minutes: number };

/** Minutes until somebody should have looked, or since. */
export function clockOf(c: Pick<CaseView, "due_at">, now: Ms): Clock {
  const minutes = Math.floor(Math.abs(c.due_at - now) / 60_000);
  return now > c.due_at ? { kind: "over", minutes } : { kind: "left", minutes };
}

/** What moves money, or ends a payment, is asked twice; asking the channel is not. */
export type Care = "tap" | "confirm" | "words";
const CARE: Record<Remedy, Care> = { ask_channel: "tap", give_up: "confirm", send_back: "confirm", retry_refund: "confirm", resolve: "words" };
export const careOf = (r: Remedy): Care => CARE[r];

const MANAGERS: Record<Remedy, boolean> = { ask_channel: false, give_up: false, send_back: true, retry_refund: true, resolve: false };
export const mayRemedy = (role: Role, r: Remedy): boolean => may(role, MANAGERS[r] ? "correct" : "reconcile");

export const remedyPath: Record<Remedy, string> = { ask_channel: "ask-channel", give_up: "give-up", send_back: "send-back", retry_refund: "retry-refund", resolve: "resolve" };

/** Finds by amount in yuan ("38.5"), table, the channel's number or ours. */
export function findPayments(rows: readonly PaymentRow[], search: string): PaymentRow[] {
  const q = search.trim().toLowerCase();
  if (q === "") return [...rows];
  const amount = /^\d+(\.\d{0,2})?$/.test(q) ? Math.round(Number(q) * 100) : null;
  return rows.filter(
    (r) => r.amount === amount || (r.table ?? "").toLowerCase() === q || (q.length >= 4 && ((r.channel_txn ?? "").toLowerCase().includes(q) || r.attempt.includes(q))),
  );
}

const DAY_MS = 86_400_000;

/** The channels' days are Beijing's, wherever the store is. */
export const beijingDay = (at: Ms): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);

/** The last days whose bill can be there: yesterday and before. */
export const billDays = (now: Ms, count: number): string[] => Array.from({ length: count }, (_, i) => beijingDay(now - (i + 1) * DAY_MS));

export const billOf = (bills: readonly BillCompared[], day: string, channel: BillCompared["channel"]): BillCompared | null =>
  bills.find((b) => b.day === day && b.channel === channel) ?? null;

export type BillState = "not_compared" | "empty" | "clean" | "differs";

export function billState(bill: BillCompared | null): BillState {
  if (bill === null) return "not_compared";
  if (bill.differences > 0) return "differs";
  return bill.rows === 0 && bill.matched === 0 ? "empty" : "clean";
}

/** The journal's "amount 39399" as money; anything else as it stands. */
export function detailText(detail: string, amount: (minor: number) => string): string {
  const found = /^amount (-?\d+)$/.exec(detail);
  return found?.[1] === undefined ? detail : amount(Number(found[1]));
}

/** Fees come in hundred-thousandths of a yuan; shown to the fen. */
export const feeMinor = (fee_e5: number): number => Math.round(fee_e5 / 1000);
