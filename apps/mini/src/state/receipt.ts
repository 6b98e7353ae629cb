/** Receipts of the cloud's, asked for while the restaurant can't answer. */
import type { PaymentView } from "@dandan/client";
import { kept, receiptOf, receiptPath } from "@/rules/receipt";
import { origin, read } from "@/net/http";
import { get, set } from "./store";

/** Asks the cloud, which has just said that the restaurant is cut off. */
export async function lookForReceipt(store: string, payment: PaymentView): Promise<void> {
  const path = receiptPath(origin(), store, payment);
  const answer = path === null ? null : await read(path);
  set({ receipt: kept(get().receipt, receiptOf(payment.ask, answer)) });
}

/** The restaurant has answered: its own word counts from here on. */
export function forgetReceipt(): void {
  if (get().receipt !== null) set({ receipt: null });
}
