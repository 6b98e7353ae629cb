/** The cloud's proof of a payment while the restaurant is cut off (付款回执): a text that the till reads off the screen and checks by itself. */
import type { Id, PaymentView } from "@dandan/client";

/** What the cloud answers about a payment. */
export interface ReceiptAnswer {
  state: "none" | "paid";
  text: string | null;
}

export interface Receipt {
  ask: Id;
  /** null: the channel has not reported yet */
  text: string | null;
}

/** Only what the cloud itself signed is shown; anything else means "not yet". */
export const receiptOf = (ask: Id, answer: unknown): Receipt => ({ ask, text: isPaid(answer) ? answer.text : null });

const isPaid = (answer: unknown): answer is { state: "paid"; text: string } =>
  typeof answer === "object" && answer !== null && "state" in answer && answer.state === "paid" && "text" in answer && typeof answer.text === "string" && answer.text.startsWith("DDR");

/** Where the cloud shows the receipt; below `base`, which is empty where the page itself came from the cloud. Null while nothing was begun at a channel. */
export const receiptPath = (base: string, store: string, payment: Pick<PaymentView, "attempt">): string | null =>
  !payment.attempt ? null : `${base}/s/${store}/receipt/${payment.attempt}`;

/** A receipt once seen stays until the restaurant itself has answered: an answer that fails takes nothing away. */
export const kept = (before: Receipt | null, now: Receipt): Receipt => (before?.ask === now.ask && now.text === null ? before : now);
