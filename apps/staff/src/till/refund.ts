/** What can go back of a payment. Pure; the server decides again. */
import type { Minor, SessionView, TenderView, Way } from "@dandan/client";
import { splitLines, tipOf, type SplitLine } from "./payable";

/** Lines this payment may have paid for: of its order where guests pay first, else all of them. */
export function refundLines(view: Pick<SessionView, "orders">, tender: TenderView): SplitLine[] {
  return splitLines({ orders: view.orders.filter((o) => tender.order === null || o.id === tender.order) });
}

/** What dishes cost with their part of the service charge, as the server reckons it: what the check loses when they leave it. */
export function costOf(check: SessionView["check"], dishes: Minor): Minor {
  const eaten = check.total + check.allowance - check.service_charge;
  if (check.service_charge === 0 || eaten <= 0) return dishes;
  const bp = Math.round((check.service_charge * 10_000) / eaten);
  return dishes + tipOf(eaten, bp) - tipOf(eaten - dishes, bp);
}

/** Never more than can still go back of this payment. */
export const refundFor = (view: Pick<SessionView, "check">, tender: TenderView, dishes: Minor): Minor => Math.min(costOf(view.check, dishes), tender.refundable);

export type RefundTo = "channel" | "cash" | "card" | "house_account" | "member_balance";

export function refundTo(way: Way): RefundTo {
  switch (way) {
    case "cash":
    case "card":
    case "house_account":
    case "member_balance":
      return way;
    case "wechat_jsapi":
    case "wechat_native":
    case "wechat_h5":
    case "wechat_code":
    case "alipay_app":
    case "alipay_qr":
    case "alipay_wap":
    case "alipay_code":
      return "channel";
  }
}
