/** Which ways to pay this phone offers, out of those the restaurant has up this moment. */
import type { Way, WayView } from "@dandan/client";
import type { ChannelWay } from "./pay";

/** Where the app runs: it decides which wallet is at hand. */
export type Host = "weapp" | "alipay" | "wechat_browser" | "alipay_browser" | "browser";

export type Family = "wechat" | "alipay";

export type WayOffer = Pick<WayView, "way" | "state">;

/** How a tap on an offer goes on: in the wallet's own window, over to the channel's page, with a code, or on the server's pay page. */
export type How = "in_app" | "browser" | "code" | "page";

export interface Offer {
  family: Family;
  way: ChannelWay;
  how: How;
}

export function hostOf(env: "weapp" | "alipay" | "h5", userAgent: string): Host {
  if (env !== "h5") return env;
  if (/MicroMessenger/i.test(userAgent)) return "wechat_browser";
  return /AlipayClient/i.test(userAgent) ? "alipay_browser" : "browser";
}

/**
 * By wallet, best first. WeChat's browser pays by JSAPI, which needs WeChat's sign-in: the server's pay page does that.
 * A code is what is left where the phone can't open the wallet itself.
 */
const preference: Record<Host, readonly (readonly Offer[])[]> = {
  weapp: [[{ family: "wechat", way: "wechat_jsapi", how: "in_app" }], [{ family: "alipay", way: "alipay_qr", how: "code" }]],
  alipay: [[{ family: "alipay", way: "alipay_app", how: "in_app" }, { family: "alipay", way: "alipay_qr", how: "code" }], [{ family: "wechat", way: "wechat_native", how: "code" }]],
  wechat_browser: [
    [{ family: "wechat", way: "wechat_jsapi", how: "page" }, { family: "wechat", way: "wechat_native", how: "code" }],
    [{ family: "alipay", way: "alipay_qr", how: "code" }],
  ],
  alipay_browser: [
    [{ family: "alipay", way: "alipay_wap", how: "browser" }, { family: "alipay", way: "alipay_qr", how: "code" }],
    [{ family: "wechat", way: "wechat_native", how: "code" }],
  ],
  browser: [
    [{ family: "wechat", way: "wechat_h5", how: "browser" }, { family: "wechat", way: "wechat_native", how: "code" }],
    [{ family: "alipay", way: "alipay_wap", how: "browser" }, { family: "alipay", way: "alipay_qr", how: "code" }],
  ],
};

/** Inside a wallet the other wallet is offered only while the own one rests. */
const ownFirst: Record<Host, boolean> = { weapp: true, alipay: true, wechat_browser: false, alipay_browser: false, browser: false };

/** One offer for each wallet that can be paid with now, best first. */
export function offers(host: Host, ways: readonly WayOffer[]): Offer[] {
  const up = new Set(ways.filter((w) => w.state === "up").map((w) => w.way));
  const found = preference[host].flatMap((family) => family.find((offer) => up.has(offer.way)) ?? []);
  const own = preference[host][0]?.[0]?.family;
  return ownFirst[host] && found[0]?.family === own ? found.slice(0, 1) : found;
}

/** Wallets in service here that rest, and so have no button. One that was never in service is not spoken of. */
export function resting(host: Host, ways: readonly WayOffer[]): Family[] {
  const shown = offers(host, ways).map((o) => o.family);
  const rests = new Set(ways.filter((w) => w.state === "resting").map((w) => w.way));
  return preference[host].flatMap((family) => {
    const name = family[0]?.family;
    return name && !shown.includes(name) && family.some((offer) => rests.has(offer.way)) ? [name] : [];
  });
}

/** One code that any wallet scans is shown on the web, where some channel can be scanned for. */
export const anyWalletCode = (host: Host, ways: readonly WayOffer[]): boolean => (host === "browser" || host === "wechat_browser" || host === "alipay_browser") && offers("browser", ways).length > 0;

/** The wallet a channel's payment is finished in; of what is taken by hand, none is ever open. */
export const wayFamily = (way: Way): Family => (way.startsWith("alipay") ? "alipay" : "wechat");

/** What a wallet's window says when it closes. A hint only: whichever it is, the server is asked. */
export type Hint = "claimed" | "unclear" | "left" | "failed";

/** `my.tradePay` result codes: 9000 paid, 8000 and 6004 unclear, 4000 failed, 6001 left by the person, 6002 network. */
export function alipayHint(code: string): Hint {
  switch (code) {
    case "9000":
      return "claimed";
    case "6001":
      return "left";
    case "4000":
      return "failed";
    default:
      return "unclear"; // 8000, 6004, 6002, and whatever comes next: the money may have moved.
  }
}

/** Whether the page says "don't pay again" until the server has answered. Only a clear no leaves the button. */
export const saysDontPay: Record<Hint, boolean> = { claimed: true, unclear: true, left: false, failed: false };
