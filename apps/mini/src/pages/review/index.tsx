/** Reads the order back in plain words and sends it, once. */
import { useDidShow } from "@tarojs/taro";
import { Text, View } from "@tarojs/components";
import { useEffect, useMemo, useRef, useState } from "react";
import type { LineProblem, Quote } from "@dandan/client";
import { newId } from "@/net/ids";
import { money } from "@/rules/money";
import { bare, blocks, cartKey, orderRequest, priced, quoteFits } from "@/rules/order";
import { shownCart, unsentCount } from "@/rules/outbox";
import { placeName } from "@/rules/place";
import { needsSoup, soupCategory } from "@/rules/pot";
import { total } from "@/rules/preview";
import { placeOrder, quote } from "@/state/order";
import { set, useApp } from "@/state/store";
import { Btn, Empty, Field } from "@/ui/basics";
import { BeforeNotes, SoupStrip } from "@/ui/before";
import { CartRow } from "@/ui/cartRow";
import { go } from "@/ui/go";
import { Page, useNow } from "@/ui/page";
import { words } from "@/words";
import { DifferenceSheet } from "./differences";
import { Heads, useHeadLines } from "./heads";
import { NotAcceptingSheet } from "./notAccepting";
import "../menu/index.css";
import "./index.css";

/** A line that came from another phone this recently is pointed out. */
const FRESH_MS = 20_000;
const QUOTE_RETRY_MS = 3_000;

export default function Review() {
  const app = useApp();
  const t = words[app.lang];
  const { view, menu, outbox, guest, order, refused, accepted } = app;
  const [answer, setAnswer] = useState<{ quote: Quote; key: string } | null>(null);
  const [tries, setTries] = useState(0);
  const [note, setNote] = useState("");
  const lock = useRef(false);
  const [leaving, setLeaving] = useState(false);

  const cart = useMemo(() => (view ? shownCart(view, outbox, menu, guest) : []), [view?.cart, outbox, menu, guest]);
  const unsent = view ? unsentCount(outbox, view.id) : 0;
  const { heads, step } = useHeadLines(view, menu, cart);
  const asked = [...cart, ...heads.map((h) => h.line)];
  const key = cartKey(asked);
  const fits = answer !== null && quoteFits(answer.quote, asked, answer.key);
  const soup = view !== null && menu !== null && needsSoup(view, menu, asked);
  const now = useNow(1_000);

  useEffect(() => {
    if (cart.length === 0 || unsent > 0 || order) return;
    let stale = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    void quote(asked.map(bare)).then((got) => {
      if (stale) return;
      if (got) setAnswer({ quote: got, key });
      else timer = setTimeout(() => setTries((n) => n + 1), QUOTE_RETRY_MS);
    });
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [key, unsent, view?.menu_version, view?.stock, order === null, tries]);

  // What was accepted while another page was open is old news here.
  useDidShow(() => {
    set({ accepted: null });
    setLeaving(false);
  });
  useEffect(() => {
    if (accepted === null) return;
    setLeaving(true);
    set({ accepted: null });
    go(view?.mode === "pay_first" ? "pay" : "status", "replace");
  }, [accepted]);

  useEffect(() => {
    if (order === null) lock.current = false;
  }, [order]);

  const lines = priced(asked, fits ? answer.quote : null);
  const problems = asked.map((l): LineProblem | null => (fits ? answer.quote.lines.find((q) => q.line === l.line)?.problem ?? null : cart.find((c) => c.line === l.line)?.problem ?? null));
  const sum = total(lines);
  const currency = menu?.currency ?? "CNY";

  const submit = (): void => {
    if (lock.current || !view) return;
    lock.current = true; // A state would let a second tap of the same frame through.
    if (!placeOrder(orderRequest(newId(), view.menu_version, lines, fits ? answer.quote : null, note))) lock.current = false;
  };

  const toSoup = (category: string | null): void => {
    if (category) set({ jump: category });
    go("menu");
  };

  const label = unsent > 0 ? t.waitUnsent(unsent) : problems.some(blocks) ? t.fixFirst : !fits ? t.waitQuote : t.submit(money(sum, currency));
  const sumRow = <View className="review__sum"><Text>{fits ? t.total : t.estimate}</Text><Text className="price" id="review-total">{money(sum, currency)}</Text></View>;
  const ready = unsent === 0 && fits && !problems.some(blocks);

  // Until the next page is there nothing can be tapped: a second tap meant for "submit" must not hit another button.
  const footer = order || accepted !== null || leaving ? (
    <View className="grow sending" id="sending">
      <View className="sending__title">{t.submitting}<View className="dots"><View className="dot" /><View className="dot" /><View className="dot" /></View></View>
      <View className="faint">{t.submittingSub(Math.max(0, Math.floor((now - (order?.at ?? now)) / 1000)))}</View>
    </View>
  ) : cart.length > 0 && soup && view && menu ? (
    <Btn id="to-soup" className="btn--wide" onTap={() => toSoup(soupCategory(menu, view.stock))}>{t.chooseSoup}</Btn>
  ) : cart.length > 0 ? (
    <Btn id="submit" className="btn--wide" disabled={!ready} onTap={submit}>{label}</Btn>
  ) : (
    <Btn id="more" className="btn--wide" onTap={() => go("menu")}>{t.keepChoosing}</Btn>
  );

  return (
    <Page title={t.readBack} back footer={footer}>
      {view && cart.length === 0 && !order && accepted === null && !leaving ? <Empty icon="bag" title={t.cartEmpty} sub={t.cartEmptySub} /> : view ? (
        <View className="pad">
          <View className="review__table">
            <View className="review__name" id="review-table">{t.tableIs(placeName(view))}</View>
            <View className="review__party">{t.covers(view.covers)}</View>
          </View>
          <View className="faint review__mode">{view.mode === "pay_first" ? t.payBefore : t.payAfter}</View>
          <BeforeNotes view={view} />
          {soup && menu ? <SoupStrip menu={menu} view={view} onGo={toSoup} /> : null}
          <View className="card">
            <View className="review__title">{t.readBackTitle(cart.reduce((n, l) => n + l.quantity, 0))}</View>
            {cart.map((line, i) => (
              <CartRow key={line.line} line={line} amount={lines[i]?.amount} problem={problems[i]} fresh={line.guest !== guest.id && line.added_at > 0 && now + app.clockSkewMs - line.added_at < FRESH_MS} />
            ))}
            {heads.length === 0 ? sumRow : null}
          </View>
          {heads.length > 0 && menu ? <Heads {...{ heads, view, menu }} amounts={lines.slice(cart.length).map((l) => l.amount)} onStep={step} /> : null}
          {heads.length > 0 ? <View className="card review__last">{sumRow}</View> : null}
          <View className="review__label">{t.orderNote}</View>
          <Field id="order-note" value={note} hint={t.orderNoteHint} max={60} onInput={setNote} />
        </View>
      ) : null}
      {refused && refused.problem.code === "not_accepting" && <NotAcceptingSheet problem={refused.problem} />}
      {refused && refused.problem.code === "order_differs" && <DifferenceSheet request={refused.request} problem={refused.problem} />}
    </Page>
  );
}
