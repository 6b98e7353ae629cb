/** What the table has ordered and how far each dish is, as the kitchen says it. */
import { Text, View } from "@tarojs/components";
import { useEffect } from "react";
import type { OrderLineView, OrderView, SessionView } from "@dandan/client";
import { orderLineWords, say, timeOfDay } from "@/rules/describe";
import { money } from "@/rules/money";
import { due, unweighed, wholeOf } from "@/rules/bill";
import { isBack, nextId, putBack } from "@/rules/putBack";
import { awaiting, checkButton, minutesSeconds, secondsLeft } from "@/rules/pay";
import { shownInFull } from "@/rules/order";
import { isGone, isOver, lineLook, linePrice, orderTone, progress, rushLabel } from "@/rules/status";
import { addLine, rush } from "@/state/outbox";
import { get, say as tell, set, useApp } from "@/state/store";
import { Btn, Empty, Icon, Tag, Tap } from "@/ui/basics";
import { Bill, hasBill } from "@/ui/bill";
import { nodWords } from "@/ui/before";
import { go } from "@/ui/go";
import { Page, useNow } from "@/ui/page";
import { both, guestWords, words, type Words } from "@/words";
import "../review/index.css";
import "./index.css";

const heldWords: Record<NonNullable<OrderLineView["held"]>, (t: Words) => string> = { asked: (t) => t.heldAsked, soup: (t) => t.heldSoup };

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
    if (refused && shownInFull(refused.problem)) go("review");
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
          {hasBill(view.check) && <View className="card" id="bill"><View className="order__round">{t.bill}</View><Bill check={view.check} /><Weighing view={view} /></View>}
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
  const nods = order.state === "awaiting_nod";
  const dead = isOver[order.state];
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
        <Tag tone={orderTone[order.state]} icon={dead ? "cross" : waits ? "clock" : nods ? "hand" : "check"}>{order.state === "accepted" && of > 0 && served > 0 ? t.served(served, of) : t.order[order.state]}</Tag>
      </View>
      {waits && left !== null ? <View className="order__wait" id="expires"><Icon name="clock" size="s" /><Text>{t.expiresIn(minutesSeconds(left))}</Text></View> : null}
      {order.state === "expired" ? <View className="order__wait">{t.expired}</View> : null}
      {nods ? <View className="note order__nod" id="nod"><Icon name="hand" /><View className="grow"><View className="note__head">{t.nodSent}</View>{order.nod ? <View>{nodWords(order.nod, t)}</View> : null}</View></View> : null}
      {order.state === "declined" ? <Declined order={order} view={view} /> : null}
      {order.lines.map((line) => <DishLine key={line.line} line={line} />)}
      {order.note ? <View className="line__words order__note">“{order.note}”</View> : null}
    </View>
  );
}

/** The waiter's reason, and the way back into the cart as long as nobody has taken it. */
function Declined({ order, view }: { order: OrderView; view: SessionView }) {
  const app = useApp();
  const t = words[app.lang];
  const { menu } = app;
  const again = (): void => {
    if (!menu || !get().view) return;
    const { lines, lost } = putBack(order, menu, view);
    for (const { line, selection } of lines) addLine(selection, line);
    const [zh, en] = [lost.map((name) => name.zh).join("、"), lost.map((name) => name.en).join(", ")];
    const text = both((w) => (lines.length > 0 ? w.putBackDone(lines.length) : ""));
    const gone = { zh: lost.length > 0 ? words.zh.putBackLost(zh) : "", en: lost.length > 0 ? words.en.putBackLost(en) : "" };
    tell({ zh: [text.zh, gone.zh].filter(Boolean).join("；"), en: [text.en, gone.en].filter(Boolean).join(". ") }, lost.length > 0);
    if (lines.length > 0) go("menu", "replace");
  };
  const unsent = app.outbox.some((p) => p.wish.kind === "add" && order.lines.some((l) => p.wish.kind === "add" && p.wish.line.line === nextId(l.line)));
  return (
    <View className="order__declined" id="declined">
      <View className="note note--bad"><Icon name="cross" /><View className="grow"><View className="note__head">{order.declined ? t.declinedFor(order.declined) : t.declined}</View><View>{t.nothingCharged}</View></View></View>
      {view.state === "open" && menu && !unsent && !isBack(order, view) ? <Btn id="put-back" kind="soft" icon="bag" onTap={again}>{t.putBack}</Btn> : null}
    </View>
  );
}

/** Dishes whose price the scale has still to say. */
function Weighing({ view }: { view: SessionView }) {
  const { lang } = useApp();
  const lines = unweighed(view);
  if (lines.length === 0) return null;
  return <View className="bill__more" id="weighing">{words[lang].weighingSub(lines.map((l) => say(l.name, lang)).join(lang === "zh" ? "、" : ", "))}</View>;
}

function DishLine({ line }: { line: OrderLineView }) {
  const app = useApp();
  const t = words[app.lang];
  const look = lineLook[line.state];
  const pending = app.outbox.some((p) => p.wish.kind === "rush" && p.wish.line === line.line);
  const label = rushLabel(line, pending);
  const chosen = orderLineWords(line, app.lang);
  const offset = app.store?.utc_offset_min ?? -new Date().getTimezoneOffset();
  const cost = linePrice(line);
  const price = (amount: number): string => money(amount, app.menu?.currency ?? "CNY");
  const marks = [
    line.course !== null && !isGone(line.state) ? t.course(line.course) : "",
    cost.gift && line.comped ? t.giftFor(line.comped) : "",
    !cost.gift && cost.was !== null ? t.priceChanged : "",
    cost.estimate ? t.byScale : "",
    line.remakes > 0 && line.state !== "served" && !isGone(line.state) ? t.remade : "",
  ].filter(Boolean);
  const cooking = line.state === "sent" || line.state === "seen" || line.state === "started";
  return (
    <View className={`dl${isGone(line.state) ? " dl--gone" : ""}`} id={`ol-${line.line}`}>
      <View className={`dl__disc dl__disc--${look.tone}`}><Icon name={look.icon} /></View>
      <View className="grow">
        <View className="dl__top">
          <View className="dl__name">{say(line.name, app.lang)}{line.quantity > 1 ? ` × ${line.quantity}` : ""}</View>
          {cost.was !== null ? <Text className="dl__was">{price(cost.was)}</Text> : null}
          <Text className="dl__price">{cost.gift ? t.gift : cost.estimate ? t.about(price(cost.amount)) : price(cost.amount)}</Text>
        </View>
        {chosen.length > 0 && <View className="line__words">{chosen.join(" / ")}</View>}
        {line.note ? <View className="line__words">“{line.note}”</View> : null}
        {marks.length > 0 ? <View className="dl__marks">{marks.map((mark) => <Tag key={mark} tone="wait">{mark}</Tag>)}</View> : null}
        <View className="dl__state">
          <View className="dl__now">
            <Text className={`dl__word dl__word--${look.tone}`}>{line.state === "voided" && line.void_reason ? t.voided(line.void_reason) : line.state === "held" && line.held ? heldWords[line.held](t) : t.line[line.state]}</Text>
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
