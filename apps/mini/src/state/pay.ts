/**
 * Paying. The ask has its id on disk before it is sent; what the phone's wallet says is only a reason to ask the server,
 * and the page shows "paid" on the server's word alone.
 */
import Taro from "@tarojs/taro";
import type { AskPaymentRequest, Id, PaymentView, Way } from "@dandan/client";
import { backoffMs, withPayment } from "@/rules/feed";
import type { PayIntent } from "@/rules/pay";
import { call } from "@/net/http";
import { newId } from "@/net/ids";
import { keep } from "@/net/storage";
import { both } from "@/words";
import { get, say, set } from "./store";
import { endedBy, refresh } from "./table";

let running = false;

/** Begins a payment. False where one is under way on this phone. */
export function askPayment(way: Exclude<Way, "cash">, amount: number, order: Id | null): boolean {
  const { member, pay } = get();
  if (!member || running || (pay && !pay.sent)) return false;
  const intent: PayIntent = { store: member.store, session: member.session, token: member.token, ask: newId(), way, amount, order, openid: null, sent: false };
  save(intent);
  void resumePayment();
  return true;
}

/** Goes on with an ask that has no answer yet. */
export async function resumePayment(): Promise<void> {
  const intent = get().pay;
  if (running || !intent || intent.sent) return;
  running = true;
  try {
    const ready = await withOpenid(intent);
    if (ready) await sendUntilAnswered(ready);
  } finally {
    running = false;
  }
}

/** "I have paid": makes the server ask the channel now. */
export async function checkPayment(ask: Id): Promise<void> {
  await touch(ask, "check");
}

/** Closes a payment; only the channel's proof ends it, so the page goes by the answer. */
export async function cancelPayment(ask: Id): Promise<void> {
  await touch(ask, "cancel");
}

/** Reads a payment again, for when the feed is down. */
export async function readPayment(ask: Id): Promise<void> {
  const { member } = get();
  if (!member) return;
  const answer = await call<PaymentView>({ method: "GET", store: member.store, path: `/sessions/${member.session}/payments/${ask}`, token: member.token });
  if (answer.kind === "ok") await take(answer.data);
}

/** Opens WeChat's own pay page. Whatever it says, the server is asked. */
export async function openWechatPay(payment: PaymentView): Promise<void> {
  const { jsapi, ask } = payment;
  if (!jsapi) return;
  try {
    await Taro.requestPayment({ timeStamp: jsapi.timeStamp, nonceStr: jsapi.nonceStr, package: jsapi.package, signType: jsapi.signType as "RSA", paySign: jsapi.paySign });
  } catch {
    // Cancelled, or the wallet failed after the money moved: only the server can tell.
  }
  await checkPayment(ask);
}

export function openWallet(url: string): void {
  if (process.env.TARO_ENV === "h5") window.open(url, "_blank") ?? window.location.assign(url);
  else void Taro.setClipboardData({ data: url });
}

const save = (intent: PayIntent | null): void => {
  keep("pay", intent);
  set({ pay: intent });
};

/** WeChat charges a person, so it needs to know whom: sign-in code to openid, once per ask. */
async function withOpenid(intent: PayIntent): Promise<PayIntent | null> {
  if (intent.way !== "wechat_jsapi" || intent.openid) return intent;
  try {
    const { code } = await Taro.login();
    const answer = await call<{ openid: string }>({ method: "POST", store: intent.store, path: `/sessions/${intent.session}/wechat-login`, token: intent.token, key: newId(), body: { js_code: code } });
    if (answer.kind === "ok") {
      const known = { ...intent, openid: answer.data.openid };
      save(known);
      return known;
    }
    if (answer.kind === "refused" && !endedBy(answer.problem)) say(answer.problem.texts, true);
    else say(both((w) => w.payNotBegun), true);
  } catch {
    say(both((w) => w.payNotBegun), true);
  }
  save(null); // Nothing was asked yet, so nothing is open.
  return null;
}

async function sendUntilAnswered(intent: PayIntent): Promise<void> {
  const body: AskPaymentRequest = { ask: intent.ask, way: intent.way, amount: intent.amount, order: intent.order, openid: intent.openid };
  for (let tries = 1; get().pay?.ask === intent.ask; tries += 1) {
    const answer = await call<PaymentView>({ method: "POST", store: intent.store, path: `/sessions/${intent.session}/payments`, token: intent.token, key: intent.ask, body });
    if (answer.kind === "ok") {
      save({ ...intent, sent: true });
      if (answer.data?.ask) await take(answer.data, true);
      return;
    }
    if (answer.kind === "refused") {
      save(null);
      if (!endedBy(answer.problem)) say(answer.problem.texts, true);
      return refresh();
    }
    set({ online: false });
    await new Promise((done) => setTimeout(done, answer.afterMs ?? backoffMs(tries, Math.random())));
  }
}

const begun = new Set<Id>();

/** Takes a payment's new state in; a fresh JSAPI order opens WeChat's page once by itself. */
async function take(payment: PaymentView, fresh = false): Promise<void> {
  const { view } = get();
  if (view) set({ view: withPayment(view, payment), online: true });
  if (fresh && payment.jsapi && !begun.has(payment.ask)) {
    begun.add(payment.ask);
    await openWechatPay(payment);
  }
}

async function touch(ask: Id, what: "check" | "cancel"): Promise<void> {
  const { member } = get();
  if (!member) return;
  const answer = await call<PaymentView>({ method: "POST", store: member.store, path: `/sessions/${member.session}/payments/${ask}/${what}`, token: member.token, key: newId(), body: {} });
  if (answer.kind === "ok" && answer.data?.ask) await take(answer.data);
  if (answer.kind === "refused" && !endedBy(answer.problem)) say(answer.problem.texts, true);
  if (answer.kind === "retry") say(both((w) => w.noAnswerYet), true);
}
