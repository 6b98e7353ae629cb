/** What a cashier is told of a guest's receipt. Pure. */
import type { ReceiptAnswer } from "@dandan/client";

export type ReceiptTone = "good" | "known" | "look";

/** Total by type. `good`: the check has it; `known`: it had it before; `look`: a person has to do something. */
export const receiptTone: Record<ReceiptAnswer["outcome"], ReceiptTone> = {
  counted: "good",
  counted_before: "known",
  goes_back: "look",
  for_a_person: "look",
};

/** What a scanner typed, as it is sent: scanners add white space, and some hands paste a line too much. */
export const receiptText = (typed: string): string => typed.replace(/\s+/g, "");

/** Worth sending: a receipt says what it is. Everything else about it the server judges. */
export const looksLikeReceipt = (text: string): boolean => /^DDR\d+\./.test(text);
