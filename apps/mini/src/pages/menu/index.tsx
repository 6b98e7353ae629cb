/** The menu: category rail, dishes, and the table's one cart at the bottom. */
import { ScrollView, Text, View } from "@tarojs/components";
import { memo, useCallback, useEffect, useMemo, useState } from "react";
import type { Dish, SessionView } from "@dandan/client";
import { isPlain, quantityRoom } from "@/rules/choice";
import { say as pick, type Lang } from "@/rules/describe";
import { money, shortMoney, type Currency } from "@/rules/money";
import { countOf, shownCart } from "@/rules/outbox";
import { needsSoup } from "@/rules/pot";
import { fromPrice, total } from "@/rules/preview";
import { categoryAt, sections } from "@/rules/search";
import { availability, clock, isOff, remainingOf } from "@/rules/stock";
import { addLine, stepDish } from "@/state/outbox";
import { say, set, useApp } from "@/state/store";
import { Btn, Empty, Field, Icon, Picture, Skeleton, Stepper, Tag, Tap } from "@/ui/basics";
import { go, isOnTop } from "@/ui/go";
import { BeforeStrip, SoupStrip } from "@/ui/before";
import { Page } from "@/ui/page";
import { both, words } from "@/words";
import { CartSheet } from "./cart";
import { Chooser } from "./chooser";
import "./index.css";

/** Rows drawn at once; the rest follows a moment later, so that the first sight of the menu does not wait for its end. */
const FIRST_ROWS = 14;

export default function MenuPage() {
  const app = useApp();
  const t = words[app.lang];
  const { view, menu, outbox, guest } = app;
  const [query, setQuery] = useState("");
  const [active, setActive] = useState<string | null>(null);
  const [jump, setJump] = useState("");
  const [choosing, setChoosing] = useState<Dish | null>(null);
  const [cartOpen, setCartOpen] = useState(false);
  const [all, setAll] = useState(false);

  const list = useMemo(() => (menu ? sections(menu, query) : []), [menu, query]);
  const cart = useMemo(() => (view ? shownCart(view, outbox, menu, guest) : []), [view?.cart, outbox, menu, guest]);
  const count = cart.reduce((n, l) => n + l.quantity, 0);
  const rounds = view?.orders.filter((o) => o.state === "accepted" || o.state === "awaiting_payment" || o.state === "awaiting_nod" || o.state === "declined").length ?? 0;
  const currency = menu?.currency ?? "CNY";
  const current = active ?? list[0]?.category.id ?? null;

  useEffect(() => {
    if (!menu) return;
    const timer = setTimeout(() => setAll(true), 120);
    return () => clearTimeout(timer);
  }, [menu]);

  // An order that arrives while people look at the menu is told here; the other pages show it themselves.
  useEffect(() => {
    if (app.accepted === null || !isOnTop("menu")) return;
    set({ accepted: null });
    say(both((w) => w.sentOk));
  }, [app.accepted]);

  const jumpTo = (category: string): void => {
    setAll(true);
    setActive(category);
    setJump("");
    setTimeout(() => setJump(`sec-${category}`), 30);
  };
  // Another page led here, to one heading.
  useEffect(() => {
    if (!menu || app.jump === null) return;
    setQuery("");
    jumpTo(app.jump);
    set({ jump: null });
  }, [menu, app.jump]);

  const covers = view?.covers ?? 1;
  const stock = view?.stock;
  const open = useCallback((dish: Dish): void => setChoosing(dish), []);
  let row = 0;
  const footer = (
    <>
      <Tap id="cart" className="cartbar" label={t.cart} onTap={() => setCartOpen(true)}>
        <View className="cartbar__bag"><Icon name="bag" size="l" />{count > 0 && <View id="cart-count" className="cartbar__n">{count}</View>}</View>
        <View className="grow">
          <View className="cartbar__sum">{count > 0 ? <><Text className={`cartbar__est${cart.some((l) => l.unsent) ? " cartbar__unsent" : ""}`}>{cart.some((l) => l.unsent) ? t.unsent : t.estimate}</Text><Text id="cart-total">{money(total(cart), currency)}</Text></> : <Text className="cartbar__none">{t.cartEmpty}</Text>}</View>
        </View>
      </Tap>
      {rounds > 0 && <Btn id="to-status" kind="line" className="btn--slim" onTap={() => go("status")}>{t.orders}</Btn>}
      <Btn id="to-review" disabled={count === 0} onTap={() => go("review")}>{t.review}</Btn>
    </>
  );

  return (
    <Page footer={footer}>
      <View className="menu">
        <View className="menu__search"><View className="menu__glass"><Icon name="search" /></View><Field id="search" value={query} hint={t.search} max={20} onInput={setQuery} />
          {query !== "" && <Tap id="search-clear" className="menu__clear" label={t.clear} onTap={() => setQuery("")}><Icon name="cross" size="s" /></Tap>}
        </View>
        {view && menu && count === 0 && query === "" ? <BeforeStrip view={view} /> : null}
        {view && menu && query === "" && needsSoup(view, menu, cart) ? <SoupStrip menu={menu} view={view} onGo={jumpTo} /> : null}
        {!menu ? <Skeleton rows={5} /> : (
          <View className="menu__main">
            {query === "" && (
              <ScrollView scrollY className="rail" enhanced showScrollbar={false}>
                {list.map(({ category, dishes }) => {
                  const chosen = dishes.reduce((n, d) => n + countOf(cart, d.id), 0);
                  return (
                    <Tap key={category.id} id={`cat-${category.id}`} className={`rail__one${current === category.id ? " rail__one--on" : ""}`} onTap={() => jumpTo(category.id)}>
                      <Text>{pick(category.name, app.lang)}</Text>
                      {chosen > 0 && <View className="rail__n">{chosen}</View>}
                    </Tap>
                  );
                })}
              </ScrollView>
            )}
            <ScrollView id="dishes" scrollY className="dishes" scrollIntoView={jump} scrollIntoViewAlignment="start" onScroll={(e) => setActive(categoryAt(list, e.detail.scrollTop))}>
              {list.map(({ category, dishes }) => (
                <View key={category.id} id={`sec-${category.id}`} className="dishes__sec">
                  <View className="dishes__head">{pick(category.name, app.lang)}</View>
                  {dishes.map((dish) => {
                    row += 1;
                    if (!all && row > FIRST_ROWS) return <View key={dish.id} className="dish" />;
                    return <DishRow key={dish.id} dish={dish} lang={app.lang} currency={currency} stock={stock} covers={covers} inCart={countOf(cart, dish.id)} onOpen={open} onStep={stepDish} />;
                  })}
                </View>
              ))}
              {list.length === 0 && <Empty icon="search" title={t.nothingFound} sub={t.nothingFoundSub} />}
              <View className="dishes__end" />
            </ScrollView>
          </View>
        )}
      </View>
      {choosing && view && menu && <Chooser key={choosing.id} dish={choosing} menu={menu} view={view} lang={app.lang} onClose={() => setChoosing(null)} onAdd={(line) => { addLine(line); setChoosing(null); }} />}
      {cartOpen && view && <CartSheet cart={cart} onClose={() => setCartOpen(false)} />}
    </Page>
  );
}

interface RowProps {
  dish: Dish;
  lang: Lang;
  currency: Currency;
  stock: SessionView["stock"] | undefined;
  covers: number;
  inCart: number;
  onOpen: (dish: Dish) => void;
  onStep: (dish: Dish, by: 1 | -1) => void;
}

const DishRow = memo(function DishRow({ dish, lang, currency, stock, covers, inCart, onOpen, onStep }: RowProps) {
  const t = words[lang];
  const can = availability(dish, stock);
  const off = isOff(can);
  const { price, more } = fromPrice(dish);
  const unit = dish.charge === "weight" ? t.per500 : dish.charge === "cover" ? t.perHead : more ? t.from : "";
  const plain = isPlain(dish);
  return (
    <View className={`dish${off ? " dish--off" : ""}`} id={`dish-${dish.id}`}>
      <Tap className="dish__pic" label={pick(dish.name, lang)} disabled={off} onTap={() => onOpen(dish)}><Picture image={dish.image} name={dish.name.zh} className="dish__img" /></Tap>
      <View className="dish__text">
        <Tap className="dish__upper" disabled={off} onTap={() => onOpen(dish)}>
          <View className="dish__name">{pick(dish.name, lang)}</View>
          <View className="dish__tags">
            {can.kind === "sold_out" && <Tag tone="bad" icon="cross">{t.soldOut}</Tag>}
            {can.kind === "off_hours" && <Tag tone="wait" icon="clock">{can.hours ? t.only(clock(can.hours.from_min), clock(can.hours.to_min)) : t.offHours}</Tag>}
            {can.kind === "paused" && <Tag tone="wait" icon="flame">{t.paused}</Tag>}
            {can.kind === "few" && <Tag tone="busy" icon="flame">{t.left(can.left)}</Tag>}
            {can.kind === "ok" && dish.popular && <Tag tone="busy">{t.popular}</Tag>}
            {can.kind === "ok" && dish.daily_count !== null && <Tag tone="wait">{t.limited}</Tag>}
            {can.kind === "ok" && !dish.popular && dish.daily_count === null && <Text className="dish__desc">{dish.description ? pick(dish.description, lang) : `#${dish.code}`}</Text>}
          </View>
        </Tap>
        <View className="dish__buy">
          <View className="dish__price"><Text className="price">{shortMoney(price, currency)}</Text><Text className="dish__unit">{unit}</Text></View>
          {off ? null : plain ? (
            <Stepper id={`step-${dish.id}`} value={inCart} max={quantityRoom(dish, { covers, remaining: remainingOf(dish.id, stock) })} words={{ add: t.add, less: t.less }} onStep={(by) => onStep(dish, by)} />
          ) : (
            <Tap id={`choose-${dish.id}`} className="dish__choose" onTap={() => onOpen(dish)}>
              <View className="dish__pill">{t.choose}</View>
              {inCart > 0 && <View className="dish__n">{inCart}</View>}
            </Tap>
          )}
        </View>
      </View>
    </View>
  );
});
