/** What the table has ordered and how far each dish is, as the kitchen says it. */
import { Text, View } from "@tarojs/components";
import { useEffect } from "react";
import type { OrderLineView, OrderView, SessionView } from "@dandan/client";
import { orderLineWords, say, timeOfDay } from "@/rules/describe";
import { money } from "@/rules/money";
import { due, wholeOf } from "@/rules/bill";
import { awaiting, checkButton, minutesSeconds, secondsLeft } from "@/rules/pay";
import { isGone, lineLook, orderTone, progress, rushLabel } from "@/rules/status";
import { rush } from "@/state/outbox";
import { set, useApp } from "@/state/store";
import { Btn, Empty, Icon, Tag, Tap } from "@/ui/basics";
import { Bill, hasBill } from "@/ui/bill";
import { go } from "@/ui/go";
import { Page, useNow } from "@/ui/page";
import { guestWords, words } from "@/words";
import "../review/index.css";
import "./index.css";

export default function Status() {
  const app = useApp();
  const t = words[app.lang];
  const { view, order, accepted, refused } = app;
  const now = useNow(1_000, order !== null || (view ? awaiting(view) !== null : false));

  useEffect(() => {
    if (accepted !== null) set({ accepted: null });
  }, [accepted]);
  // An order resumed here after a kill may come back refused; the differences are shown where orders are reviewed.
  useEffect(() => {
    if (refused?.problem.code === "order_differs") go("review");
  }, [refused]);

  const orders = view ? [...view.orders].reverse() : [];
  return (
    <Page title={t.yourOrders} back footer={view ? <PayBar view={view} /> : null}>
      {view && (
        <View className="pad">
          {order && (
            <View className="card status__sending" id="sending">
              <View className="sending__title">{t.submitting}<View className="dots"><View className="dot" /><View className="dot" /><View className="dot" /></View></View>
              <View className="faint">{t.submittingSub(Math.max(0, Math.floor((now - order.at) / 1000)))}</View>
            </View>
          )}
          {orders.length === 0 && !order ? <Empty icon="list" title={t.noOrders} sub={t.noOrdersSub} /> : null}
          {orders.map((o) => <OrderCard key={o.id} order={o} view={view} now={now + app.clockSkewMs} />)}
          {hasBill(view.check) && <View className="card" id="bill"><View className="order__round">{t.bill}</View><Bill check={view.check} /></View>}
        </View>
      )}
    </Page>
  );
}

function OrderCard({ order, view, now }: { order: OrderView; view: SessionView; now: number }) {
  const app = useApp();
  const t = words[app.lang];
  const { served, of } = progress(order);
  const left = secondsLeft(order.expires_at, now);
  const waits = order.state === "awaiting_payment";
  const dead = order.state === "expired" || order.state === "cancelled";
  return (
    <View className="card order" id={`order-${order.id}`}>
      {view.mode === "pay_first" ? (
        <View className="order__pickup">
          <View className="faint">{t.pickup}</View>
          <View className="order__number" id="pickup-number">{order.number}</View>
        </View>
      ) : null}
      <View className="order__head">
        <View className="grow">
          <View className="order__round">{t.round(order.round)}</View>
          <View className="faint">{[timeOfDay(order.placed_at, app.store?.utc_offset_min ?? -new Date().getTimezoneOffset()), guestWords(order.placed_by, t), view.mode === "pay_later" ? t.orderNo(order.number) : ""].filter(Boolean).join(" · ")}</View>
        </View>
        <Tag tone={orderTone[order.state]} icon={dead ? "cross" : waits ? "clock" : "check"}>{order.state === "accepted" && of > 0 && served > 0 ? t.served(served, of) : t.order[order.state]}</Tag>
      </View>
      {waits && left !== null ? <View className="order__wait" id="expires"><Icon name="clock" size="s" /><Text>{t.expiresIn(minutesSeconds(left))}</Text></View> : null}
      {order.state === "expired" ? <View className="order__wait">{t.expired}</View> : null}
      {order.lines.map((line) => <DishLine key={line.line} line={line} />)}
      {order.note ? <View className="line__words order__note">“{order.note}”</View> : null}
    </View>
  );
}

function DishLine({ line }: { line: OrderLineView }) {
  const app = useApp();
  const t = words[app.lang];
  const look = lineLook[line.state];
  const pending = app.outbox.some((p) => p.wish.kind === "rush" && p.wish.line === line.line);
  const label = rushLabel(line, pending);
  const chosen = orderLineWords(line, app.lang);
  const offset = app.store?.utc_offset_min ?? -new Date().getTimezoneOffset();
  const cooking = line.state === "sent" || line.state === "seen" || line.state === "started";
  return (
    <View className={`dl${isGone(line.state) ? " dl--gone" : ""}`} id={`ol-${line.line}`}>
      <View className={`dl__disc dl__disc--${look.tone}`}><Icon name={look.icon} /></View>
      <View className="grow">
        <View className="dl__top">
          <View className="dl__name">{say(line.name, app.lang)}{line.quantity > 1 ? ` × ${line.quantity}` : ""}</View>
          <Text className="dl__price">{money(line.amount, app.menu?.currency ?? "CNY")}</Text>
        </View>
        {chosen.length > 0 && <View className="line__words">{chosen.join(" / ")}</View>}
        {line.note ? <View className="line__words">“{line.note}”</View> : null}
        <View className="dl__state">
          <View className="dl__now">
            <Text className={`dl__word dl__word--${look.tone}`}>{line.state === "voided" && line.void_reason ? t.voided(line.void_reason) : t.line[line.state]}</Text>
            {cooking && line.due_at !== null ? <Text className="faint"> · {t.due(timeOfDay(line.due_at, offset))}</Text> : null}
          </View>
          {label && (
            <Tap id={`rush-${line.line}`} className={`dl__rush${label === "rushed" ? " dl__rush--sent" : ""}`} disabled={label === "rushed"} onTap={() => rush(line.line)}>
              <Icon name={label === "rush" ? "flame" : label === "rushed" ? "clock" : "check"} size="s" />
              <Text>{pending ? t.unsent : t[label]}</Text>
            </Tap>
          )}
        </View>
      </View>
    </View>
  );
}

function PayBar({ view }: { view: SessionView }) {
  const app = useApp();
  const t = words[app.lang];
  const currency = app.menu?.currency ?? "CNY";
  const waits = awaiting(view);
  const button = waits && checkButton[view.check.state] !== "wait" ? "pay" : checkButton[view.check.state];
  const amount = due(view, wholeOf(view));
  return (
    <>
      <Btn id="add-more" kind="line" className="btn--wide" icon="plus" onTap={() => go("menu", "replace")}>{t.addMore}</Btn>
      {button === "pay" && amount > 0 && <Btn id="pay" className="btn--wide" onTap={() => go("pay")}>{waits ? t.payFirst(money(amount, currency)) : t.pay(money(amount, currency))}</Btn>}
      {button === "wait" && <Btn id="pay" kind="soft" className="btn--wide" icon="clock" onTap={() => go("pay")}>{t.paying}</Btn>}
      {button === "showReceipt" && <View className="paid" id="paid-up"><Icon name="check" /><Text>{t.paidUp}</Text></View>}
    </>
  );
}
