/** Paying. "Paid" is said on the server's word only; while that is open, nothing here offers to pay again. */
import { Text, View } from "@tarojs/components";
import { useEffect, useState } from "react";
import { useDidShow } from "@tarojs/taro";
import type { OrderView, PaymentView, SessionView } from "@dandan/client";
import { money } from "@/rules/money";
import { awaiting, currentPayment, due, isOpen, minutesSeconds, offered, payStep, secondsLeft } from "@/rules/pay";
import { askPayment, cancelPayment, checkPayment, openWallet, openWechatPay, readPayment } from "@/state/pay";
import { callWaiter } from "@/state/outbox";
import { get, say, useApp } from "@/state/store";
import { Btn, Empty, Icon, Tap } from "@/ui/basics";
import { go } from "@/ui/go";
import { Page, useNow } from "@/ui/page";
import { Qr } from "@/ui/qr";
import { both, words } from "@/words";
import "./index.css";

/** How often an open payment is read besides the feed. */
const READ_MS = 3_000;

export default function Pay() {
  const app = useApp();
  const t = words[app.lang];
  const { view, pay, menu } = app;
  const now = useNow(1_000);
  const [again, setAgain] = useState<string | null>(null);

  const waits = view ? awaiting(view) : null;
  const [paidOrder, setPaidOrder] = useState<string | null>(null);
  useEffect(() => {
    if (waits) setPaidOrder(waits.id);
  }, [waits?.id]);
  const order = view?.orders.find((o) => o.id === (waits?.id ?? paidOrder)) ?? null;
  const payment = view ? currentPayment(view, view.mode === "pay_first" ? (order?.id ?? null) : null, pay?.ask ?? null) : null;
  const shown = payment && payment.ask !== again ? payment : null;
  const open = shown !== null && isOpen(shown);

  useEffect(() => {
    if (!open || !shown) return;
    const timer = setInterval(() => void readPayment(shown.ask), READ_MS);
    return () => clearInterval(timer);
  }, [open, shown?.ask]);
  // Back from the wallet: ask at once.
  useDidShow(() => {
    const { view: seen, pay: mine } = get();
    const back = seen?.payments.find((p) => p.ask === mine?.ask);
    if (back && isOpen(back)) void readPayment(back.ask);
  });

  const currency = menu?.currency ?? "CNY";
  const amount = view ? due(view, order) : 0;
  const starting = pay !== null && !pay.sent;
  const footer = view ? <Foot {...{ view, shown, starting, amount }} mine={shown !== null && shown.ask === pay?.ask} onAgain={() => setAgain(shown?.ask ?? null)} /> : null;

  return (
    <Page title={t.payTitle} back footer={footer}>
      {view && (
        <View className="pay">
          {order && view.mode === "pay_first" ? <Waiting order={order} now={now + app.clockSkewMs} /> : null}
          {shown ? <Progress payment={shown} amount={money(shown.amount, currency)} seconds={Math.max(0, Math.floor((now + app.clockSkewMs - shown.asked_at) / 1000))} />
            : starting ? <State icon="wallet" tone="wait" title={t.payStarting} amount={money(pay.amount, currency)} dots />
            : view.check.state === "checking" ? <State icon="clock" tone="wait" title={t.payChecking} dots />
            : amount > 0 ? <Ways amount={amount} text={money(amount, currency)} order={view.mode === "pay_first" ? order : null} />
            : view.check.state === "settled" && view.check.total > 0 ? <State icon="check" tone="good" title={t.payPaid} sub={t.payPaidSub} amount={money(view.check.paid, currency)} />
            : <Empty icon="wallet" title={t.nothingDue} />}
        </View>
      )}
    </Page>
  );
}

function Waiting({ order, now }: { order: OrderView; now: number }) {
  const t = words[useApp().lang];
  const left = secondsLeft(order.expires_at, now);
  return (
    <View className="pay__order">
      <View className="faint">{t.pickup}</View>
      <View className="pay__number" id="pickup-number">{order.number}</View>
      {order.state === "awaiting_payment" && left !== null ? <View className="pay__left" id="expires"><Icon name="clock" size="s" /><Text>{t.expiresIn(minutesSeconds(left))}</Text></View> : null}
      {order.state === "expired" ? <View className="pay__left">{t.expired}</View> : null}
    </View>
  );
}

function Ways({ amount, text, order }: { amount: number; text: string; order: OrderView | null }) {
  const { lang, store } = useApp();
  const t = words[lang];
  return (
    <View className="pay__ways">
      <View className="pay__amount"><View className="faint">{t.payNow}</View><View className="price--big" id="pay-amount">{text}</View></View>
      <View className="pay__with">{t.payWith}</View>
      {offered(process.env.TARO_ENV, store).map((way) => (
        <Tap key={way} id={`way-${way}`} className="way" onTap={() => askPayment(way, amount, order?.id ?? null)}>
          <View className={`way__disc way__disc--${way === "alipay_qr" ? "ali" : "wx"}`}><Text>{way === "alipay_qr" ? "支" : "微"}</Text></View>
          <View className="grow way__name">{t.way[way]}</View>
          <Icon name="chevron" size="s" />
        </Tap>
      ))}
      <Tap id="way-cash" className="way" onTap={() => { callWaiter("bill"); say(both((w) => w.callSent)); }}>
        <View className="way__disc"><Icon name="hand" /></View>
        <View className="grow"><View className="way__name">{t.payAtTill}</View><View className="faint">{t.payAtTillSub}</View></View>
        <Icon name="chevron" size="s" />
      </Tap>
    </View>
  );
}

interface StateProps {
  icon: "check" | "clock" | "cross" | "wallet";
  tone: "good" | "wait" | "bad";
  title: string;
  sub?: string;
  amount?: string;
  dots?: boolean;
}

function State({ icon, tone, title, sub, amount, dots }: StateProps) {
  return (
    <View className="pstate" id="pay-state">
      <View className={`pstate__disc pstate__disc--${tone}`}><Icon name={icon} size="l" /></View>
      <View className="pstate__title">{title}</View>
      {amount ? <View className="price--big">{amount}</View> : null}
      {sub ? <View className="empty__sub">{sub}</View> : null}
      {dots ? <View className="dots"><View className="dot" /><View className="dot" /><View className="dot" /></View> : null}
    </View>
  );
}

function Progress({ payment, amount, seconds }: { payment: PaymentView; amount: string; seconds: number }) {
  const t = words[useApp().lang];
  switch (payStep[payment.state]) {
    case "starting":
      return <State icon="wallet" tone="wait" title={t.payStarting} amount={amount} dots />;
    case "wait":
      return <State icon="clock" tone="wait" title={t.payChecking} sub={t.payCheckingSub(seconds)} amount={amount} dots />;
    case "done":
      return <State icon="check" tone="good" title={t.payPaid} sub={t.payPaidSub} amount={amount} />;
    case "again":
      return <State icon="cross" tone="bad" title={payment.state === "closed" ? t.payClosed : t.payFailed} sub={payment.state === "failed" ? t.payFailedSub : undefined} amount={amount} />;
    case "show":
      return payment.code_url ? (
        <View className="card pay__code" id="pay-state">
          <View className="pstate__title">{t.payScan} · {t.way[payment.way]}</View>
          <View className="price--big">{amount}</View>
          <Qr text={payment.code_url} />
          <View className="faint pay__hint">{t.payScanSub}</View>
        </View>
      ) : (
        <State icon="wallet" tone="wait" title={t.payInWechat} amount={amount} />
      );
  }
}

interface FootProps {
  view: SessionView;
  shown: PaymentView | null;
  /** begun on this phone: only its own person can go on in WeChat */
  mine: boolean;
  starting: boolean;
  amount: number;
  onAgain: () => void;
}

function Foot({ view, shown, mine, starting, amount, onAgain }: FootProps) {
  const t = words[useApp().lang];
  const status = <Btn id="to-status" className="btn--wide" onTap={() => go("status", "replace")}>{t.seeDishes}</Btn>;
  if (!shown) return starting ? null : amount > 0 && view.mode === "pay_later" ? <Btn id="later" kind="quiet" className="btn--wide" onTap={() => go("status", "replace")}>{t.payLater}</Btn> : amount > 0 ? null : status;
  switch (payStep[shown.state]) {
    case "starting":
      return null;
    case "wait":
      return <Btn id="check" kind="line" className="btn--wide" onTap={() => void checkPayment(shown.ask)}>{t.iHavePaid}</Btn>;
    case "done":
      return status;
    case "again":
      return amount > 0 ? <Btn id="again" className="btn--wide" onTap={onAgain}>{t.payAgain}</Btn> : status;
    case "show":
      return (
        <View className="grow">
          <View className="row">
            {mine && shown.jsapi && process.env.TARO_ENV === "weapp" ? <Btn id="continue" className="btn--wide" onTap={() => void openWechatPay(shown)}>{t.continuePay}</Btn> : null}
            {shown.demo_wallet_url ? <Btn id="wallet" className="btn--wide" kind={shown.jsapi ? "line" : "main"} icon="wallet" onTap={() => openWallet(shown.demo_wallet_url ?? "")}>{t.demoWallet}</Btn> : null}
            <Btn id="check" kind="line" className="btn--wide" onTap={() => void checkPayment(shown.ask)}>{t.iHavePaid}</Btn>
          </View>
          <Btn id="cancel-pay" kind="quiet" onTap={() => void cancelPayment(shown.ask)}>{t.cancelPay}</Btn>
        </View>
      );
  }
}
