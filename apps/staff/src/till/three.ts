/** The three things a till may say about a payment. There is no fourth: whatever is not certain is being checked. */
import type { PaymentView } from "@dandan/client";

export type Three = "paid" | "failed" | "checking";

/** Total by type: a new state does not compile until somebody has decided which of the three it is. */
export const three: Record<PaymentView["state"], Three> = {
  starting: "checking",
  waiting: "checking",
  checking: "checking",
  paid: "paid",
  failed: "failed",
  closed: "failed",
};

export const isOpen = (p: Pick<PaymentView, "state">): boolean => three[p.state] === "checking";

/** What the guest has to do meanwhile; a scanned wallet may be asking for its password. */
export type Meanwhile = "guest_scans" | "guest_confirms" | "channel_answers" | "opening";

export function meanwhile(p: Pick<PaymentView, "state" | "way">): Meanwhile | null {
  switch (p.state) {
    case "starting":
      return "opening";
    case "waiting":
      return "guest_scans";
    case "checking":
      return p.way === "wechat_code" || p.way === "alipay_code" ? "guest_confirms" : "channel_answers";
    case "paid":
    case "failed":
    case "closed":
      return null;
  }
}

/** Whole seconds since it was asked; never below zero when clocks differ. */
export const secondsSince = (at: number, now: number): number => Math.max(0, Math.floor((now - at) / 1000));
