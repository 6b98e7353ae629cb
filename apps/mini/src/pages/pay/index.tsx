/** Paying. "Paid" is said on the server's word only; while that is open, nothing here offers to pay a second time. */
import { Text, View } from "@tarojs/components";
import { useEffect, useState } from "react";
import { useDidShow } from "@tarojs/taro";
import type { Id, OrderView } from "@dandan/client";
import { due } from "@/rules/bill";
import { money } from "@/rules/money";
import { awaiting, currentPayment, isOpen, minutesSeconds, secondsLeft, secondsSince, type Payable } from "@/rules/pay";
import { backFromWallet, openOnce, readPayment } from "@/state/pay";
import { get, useApp } from "@/state/store";
import { Empty, Icon } from "@/ui/basics";
import { Bill } from "@/ui/bill";
import { Page, useNow } from "@/ui/page";
import { words } from "@/words";
import { Choose } from "./choose";
import { Foot } from "./foot";
import { Progress, Verdict } from "./progress";
import "./index.css";

/** How often an open payment is read besides the feed. */
const READ_MS = 3_000;
/** No share of the split check is chosen yet; no real share has this name. */
const NOT_CHOSEN = "";

export default function Pay() {
  const app = useApp();
  const t = words[app.lang];
  const { view, pay } = app;
  const now = useNow(1_000) + app.clockSkewMs;
  const [putAway, setPutAway] = useState<Id | null>(finished);
  const [changing, setChanging] = useState<Id | null>(null);
  const [chosen, setChosen] = useState<Id | null | undefined>(pay?.share ?? undefined);

  const waits = view ? awaiting(view) : null;
  const [paidOrder, setPaidOrder] = useState<Id | null>(null);
  useEffect(() => {
    if (waits) setPaidOrder(waits.id);
  }, [waits?.id]);
  const first = view?.mode === "pay_first";
  const order = (first && view.orders.find((o) => o.id === (waits?.id ?? pay?.order ?? paidOrder))) || null;

  const split = (view?.check.shares.length ?? 0) > 0;
  const share = !split ? null : chosen === null || view?.check.shares.some((s) => s.share === chosen) ? (chosen ?? null) : NOT_CHOSEN;
  const payable: Payable = { order: order?.id ?? null, share };
  const starting = pay !== null && !pay.sent ? pay : null;
  const shown = view && !starting ? currentPayment(view, payable, pay?.ask ?? null, putAway) : null;
  const open = shown !== null && isOpen(shown);
  const changes = open && changing === shown.ask;

  useEffect(() => {
    if (!open || !shown) return;
    void openOnce(shown); // What was still starting when it was asked can be opened by now.
    const timer = setInterval(() => void readPayment(shown.ask), READ_MS);
    return () => clearInterval(timer);
  }, [open, shown?.ask, shown?.state]);
  useEffect(() => {
    if (!view) return;
    if (get().pay?.away) void backFromWallet();
    else setPutAway(finished());
  }, [view?.id]);
  useDidShow(() => {
    const { view: seen, pay: mine } = get();
    const back = seen?.payments.find((p) => p.ask === mine?.ask);
    if (back && isOpen(back)) void readPayment(back.ask);
  });

  const price = (amount: number): string => money(amount, app.menu?.currency ?? "CNY");
  const amount = view ? due(view, { ...payable, share: share === NOT_CHOSEN ? null : share }) : 0;
  const footer = view ? (
    <Foot {...{ view, shown, changes, amount }} starting={starting !== null} onAgain={() => setPutAway(shown?.ask ?? null)} onChange={() => setChanging(changes ? null : (shown?.ask ?? null))} />
  ) : null;

  return (
    <Page title={t.payTitle} back footer={footer}>
      {view && (
        <View className="pay">
          {order ? <Waiting order={order} now={now} /> : null}
          {starting ? <Verdict is="checking" title={starting.insteadOf ? t.closingFirst : t.payStarting} sub={starting.insteadOf ? t.closingFirstSub : undefined} amount={price(starting.amount + starting.tip)} seconds={secondsSince(starting.at, Date.now())} />
            : shown && !changes ? <Progress payment={shown} now={now} />
            : amount > 0 || changes || (split && view.check.due > 0) ? <Choose key={changes ? shown?.ask : "new"} {...{ view, amount, payable }} chosen={share !== NOT_CHOSEN} first={changes ? shown : null} onShare={setChosen} />
            : view.check.state === "checking" ? <Verdict is="checking" title={t.payChecking} />
            : view.check.state === "settled" && view.check.tenders.length > 0 ? <Verdict is="paid" title={t.payPaid} sub={t.payPaidSub} amount={price(view.check.paid)} />
            : <Empty icon="wallet" title={t.nothingDue} />}
          {!starting && shown && !isOpen(shown) && !first ? <View className="card pay__bill" id="pay-bill"><Bill check={view.check} /></View> : null}
        </View>
      )}
    </Page>
  );
}

/** This phone's payment, where it had ended before the page opened: old news, unless its person comes back from the wallet. */
function finished(): Id | null {
  const { view, pay } = get();
  const own = view?.payments.find((p) => p.ask === pay?.ask);
  return own && !isOpen(own) && !pay?.away ? own.ask : null;
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
