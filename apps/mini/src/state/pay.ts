/**
 * Paying. The ask has its id on disk before it is sent; what the phone's wallet says is only a reason to ask the server,
 * and the page shows "paid" on the server's word alone.
 */
import type { AskPaymentRequest, Id, PaymentView } from "@dandan/client";
import { backoffMs, withPayment } from "@/rules/feed";
import { isOpen, switchRefused, type ChannelWay, type Payable, type PayIntent } from "@/rules/pay";
import { saysDontPay } from "@/rules/ways";
import { call } from "@/net/http";
import { newId } from "@/net/ids";
import { keep } from "@/net/storage";
import { both } from "@/words";
import { forgetReceipt, lookForReceipt } from "./receipt";
import { get, say, set } from "./store";
import { endedBy, refresh } from "./table";
import { canOpen, openWallet, payerCode, payerOf, returnUrl } from "./wallet";
import { readWays } from "./ways";

/** Proving that another payment is closed may take the channel some seconds. */
const SWITCH_TIMEOUT_MS = 20_000;
let running = false;

export interface Wish extends Payable {
  way: ChannelWay;
  amount: number;
  tip: number;
  partial: boolean;
  insteadOf: Id | null;
}

/** Begins a payment. False where one is under way on this phone. */
export function askPayment(wish: Wish): boolean {
  const { member, pay } = get();
  if (!member || running || (pay && !pay.sent)) return false;
  const { store, session, token } = member;
  save({ store, session, token, ask: newId(), ...wish, payer: null, at: Date.now(), sent: false, opened: false, claimed: false, away: false });
  void resumePayment();
  return true;
}

/** Goes on with an ask that has no answer yet. */
export async function resumePayment(): Promise<void> {
  const intent = get().pay;
  if (running || !intent || intent.sent) return;
  running = true;
  try {
    const ready = await withPayer(intent);
    if (ready) await sendUntilAnswered(ready);
  } finally {
    running = false;
  }
}

/** Back from the wallet's page, by whichever road: the server is asked at once. */
export async function backFromWallet(): Promise<void> {
  const { pay, view } = get();
  if (!pay?.away) return;
  change(pay.ask, { away: false });
  const known = view?.payments.find((p) => p.ask === pay.ask);
  if (!known || isOpen(known)) await checkPayment(pay.ask);
}

/** "I have paid": makes the server ask the channel now. */
export async function checkPayment(ask: Id): Promise<void> {
  await touch(ask, "check");
}

/** The person says so: from here on the page says "don't pay again". */
export async function claimPaid(ask: Id): Promise<void> {
  change(ask, { claimed: true });
  await checkPayment(ask);
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
  const known = get().view?.payments.find((p) => p.ask === ask);
  if (answer.kind === "retry" && answer.problem?.code === "store_offline" && known) await lookForReceipt(member.store, known);
}

/** Opens the wallet's own window. Whatever it says, the server is asked. */
export async function goOn(payment: PaymentView): Promise<void> {
  change(payment.ask, { opened: true, away: process.env.TARO_ENV === "h5" });
  const hint = await openWallet(payment);
  change(payment.ask, { claimed: saysDontPay[hint] });
  await checkPayment(payment.ask);
}

function save(intent: PayIntent | null): void {
  keep("pay", intent);
  set({ pay: intent });
}

function change(ask: Id, part: Partial<PayIntent>): void {
  const { pay } = get();
  if (pay?.ask === ask) save({ ...pay, ...part });
}

/** WeChat and Alipay tie a payment to the person: a fresh code is traded for their id, which stays on this phone. */
async function withPayer(intent: PayIntent): Promise<PayIntent | null> {
  if (intent.payer !== null) return intent;
  try {
    const code = await payerCode(intent.way);
    if (!code) return intent;
    const answer = await call<{ openid?: string; buyer?: string }>({ method: "POST", store: intent.store, path: `/sessions/${intent.session}/${code.path}`, token: intent.token, key: newId(), body: code.body });
    const payer = answer.kind === "ok" ? payerOf(answer.data) : null;
    if (payer !== null) {
      const known = { ...intent, payer };
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

function requestOf(intent: PayIntent): AskPaymentRequest {
  const { ask, way, amount, tip, order, share, partial, payer, insteadOf } = intent;
  const browser = way === "wechat_h5" || way === "alipay_wap";
  return { ask, way, amount, tip, order, share, partial, payer, return_url: browser ? returnUrl() : null, instead_of: insteadOf };
}

async function sendUntilAnswered(intent: PayIntent): Promise<void> {
  const body = requestOf(intent);
  const timeoutMs = intent.insteadOf === null ? undefined : SWITCH_TIMEOUT_MS;
  for (let tries = 1; get().pay?.ask === intent.ask; tries += 1) {
    const answer = await call<PaymentView>({ method: "POST", store: intent.store, path: `/sessions/${intent.session}/payments`, token: intent.token, key: intent.ask, body, timeoutMs });
    if (answer.kind === "ok") {
      change(intent.ask, { sent: true });
      if (answer.data?.ask) await take(answer.data);
      return;
    }
    if (answer.kind === "refused") {
      save(null);
      const why = switchRefused(answer.problem);
      if (intent.insteadOf !== null && why !== null) say(both((w) => (why === "settled" ? w.firstWasPaid : w.firstStillOpen)), true);
      else if (answer.problem.code === "weight_open") set({ weightOpen: answer.problem.lines ?? [] });
      else if (!endedBy(answer.problem)) say(answer.problem.texts, true);
      void readWays();
      void refresh();
      return;
    }
    set({ online: false });
    await new Promise((done) => setTimeout(done, answer.afterMs ?? backoffMs(tries, Math.random())));
  }
}

/** Takes a payment's new state in. This phone's own opens the wallet once by itself, as soon as it can. */
async function take(payment: PaymentView): Promise<void> {
  forgetReceipt();
  const { view } = get();
  if (view) set({ view: withPayment(view, payment), online: true });
  void openOnce(payment); // A person may stay in the wallet for minutes; nothing waits for that.
}

export async function openOnce(payment: PaymentView): Promise<void> {
  const { pay } = get();
  if (pay?.ask === payment.ask && pay.sent && !pay.opened && payment.state === "waiting" && canOpen(payment)) await goOn(payment);
}

async function touch(ask: Id, what: "check" | "cancel"): Promise<void> {
  const { member } = get();
  if (!member) return;
  const answer = await call<PaymentView>({ method: "POST", store: member.store, path: `/sessions/${member.session}/payments/${ask}/${what}`, token: member.token, key: newId(), body: {} });
  if (answer.kind === "ok" && answer.data?.ask) await take(answer.data);
  if (answer.kind === "refused" && !endedBy(answer.problem)) say(answer.problem.texts, true);
  if (answer.kind === "retry") say(both((w) => w.noAnswerYet), true);
}
