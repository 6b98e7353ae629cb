/** The wallets themselves: signing in for a payer's id, and their windows. What a window says when it closes is a hint. */
import Taro from "@tarojs/taro";
import type { PaymentView } from "@dandan/client";
import type { ChannelWay } from "@/rules/pay";
import { alipayHint, hostOf, type Hint, type Host } from "@/rules/ways";

interface AlipayHost {
  getAuthCode: (o: { scopes: string; success: (r: { authCode: string }) => void; fail: (e: unknown) => void }) => void;
  tradePay: (o: { tradeNO: string; success: (r: { resultCode?: string }) => void; fail: (r: { resultCode?: string }) => void }) => void;
}
declare const my: AlipayHost;

export const host: Host = hostOf(process.env.TARO_ENV, process.env.TARO_ENV === "h5" ? navigator.userAgent : "");

/** What the server trades for the payer's id, for the ways that need one. */
export async function payerCode(way: ChannelWay): Promise<{ path: string; body: object } | null> {
  if (way === "wechat_jsapi") return { path: "wechat-login", body: { js_code: (await Taro.login()).code } };
  if (way === "alipay_app") return { path: "alipay-login", body: { auth_code: await alipayCode() } };
  return null;
}

export const payerOf = (answer: { openid?: string; buyer?: string }): string | null => answer.openid ?? answer.buyer ?? null;

/** Whether this phone can open the payment's wallet itself. */
export function canOpen(payment: PaymentView): boolean {
  const handle = { weapp: payment.jsapi, alipay: payment.trade_no, h5: payment.browser_url }[process.env.TARO_ENV];
  return handle !== null;
}

/** Opens the wallet and comes back with its hint; on the web the page is left, and comes back afresh. */
export function openWallet(payment: PaymentView): Promise<Hint> {
  if (process.env.TARO_ENV === "weapp") return openWechat(payment);
  if (process.env.TARO_ENV === "alipay") return openAlipay(payment);
  window.location.assign(payment.browser_url ?? "");
  return new Promise(() => undefined);
}

/** Where the channel's page leads back to: the app's own address, which finds the payment again from the phone's storage. */
export const returnUrl = (): string | undefined => (process.env.TARO_ENV === "h5" ? `${window.location.origin}${window.location.pathname}` : undefined);

/** Opens another page in this window: the server's pay page, or the simulator's wallet. */
export function openPage(url: string): void {
  if (process.env.TARO_ENV === "h5") window.location.assign(url);
  else void Taro.setClipboardData({ data: url });
}

export function openDemoWallet(url: string): void {
  if (process.env.TARO_ENV === "h5" && window.open(url, "_blank")) return;
  openPage(url);
}

/** With callbacks: Taro makes no promise of this one, so `await` would come back before the window does. */
function openWechat({ jsapi }: PaymentView): Promise<Hint> {
  if (!jsapi) return Promise.resolve("failed");
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = jsapi;
  return new Promise((resolve) => {
    void Taro.requestPayment({
      timeStamp, nonceStr, package: prepay, signType: signType as "RSA", paySign,
      success: () => resolve("claimed"),
      fail: (e) => resolve(String(e?.errMsg ?? "").includes("cancel") ? "left" : "unclear"), // The wallet may fail after the money moved.
    });
  });
}

function openAlipay({ trade_no }: PaymentView): Promise<Hint> {
  return new Promise((resolve) => {
    const closed = (r: { resultCode?: string } | undefined): void => resolve(alipayHint(String(r?.resultCode ?? "")));
    my.tradePay({ tradeNO: trade_no ?? "", success: closed, fail: closed });
  });
}

function alipayCode(): Promise<string> {
  return new Promise((resolve, reject) => my.getAuthCode({ scopes: "auth_base", success: (r) => resolve(r.authCode), fail: reject }));
}
