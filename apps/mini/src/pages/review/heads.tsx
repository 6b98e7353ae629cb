/** What every guest has (dips, tableware): filled in for the table's first order, one for each head, more where wished. */
import { Text, View } from "@tarojs/components";
import { useMemo, useRef, useState } from "react";
import type { Dish, LineSelection, Menu, Minor, SessionView } from "@dandan/client";
import { newId } from "@/net/ids";
import { choiceWords, say } from "@/rules/describe";
import { money } from "@/rules/money";
import type { ShownLine } from "@/rules/outbox";
import { headDishes, headSelection, type HeadDish } from "@/rules/pot";
import { previewAmount, previewUnit } from "@/rules/preview";
import { remainingOf } from "@/rules/stock";
import { addLine } from "@/state/outbox";
import { useApp } from "@/state/store";
import { Btn, Stepper, Tag } from "@/ui/basics";
import { words } from "@/words";
import { Chooser } from "../menu/chooser";

export interface HeadLine extends HeadDish {
  line: LineSelection & { unit_price: Minor; amount: Minor };
}

/** The lines the first order takes along besides the cart. Their ids live as long as the page, so that a quote fits them. */
export function useHeadLines(view: SessionView | null, menu: Menu | null, cart: readonly ShownLine[]): { heads: HeadLine[]; step: (dish: string, by: number) => void } {
  const ids = useRef<Record<string, string>>({});
  const [more, setMore] = useState<Readonly<Record<string, number>>>({});
  const heads = useMemo(() => {
    if (!view || !menu || cart.length === 0) return [];
    return headDishes(view, menu, cart).flatMap((head): HeadLine[] => {
      const quantity = Math.min(head.room, head.need + (more[head.dish.id] ?? 0));
      const chosen = headSelection(head.dish, quantity, { covers: view.covers, remaining: remainingOf(head.dish.id, view.stock) });
      if (!chosen) return [];
      const id = (ids.current[head.dish.id] ??= newId());
      return [{ ...head, line: { ...chosen, line: id, unit_price: previewUnit(head.dish, chosen), amount: previewAmount(head.dish, chosen) } }];
    });
  }, [view?.per_head, view?.covers, view?.stock, menu, cart, more]);
  const step = (dish: string, by: number): void => setMore((had) => ({ ...had, [dish]: Math.max(0, (had[dish] ?? 0) + by) }));
  /** An order that went out took the ids along. */
  if (view && view.per_head.length === 0) ids.current = {};
  return { heads, step };
}

interface Props {
  heads: readonly HeadLine[];
  view: SessionView;
  menu: Menu;
  amounts: readonly Minor[];
  onStep: (dish: string, by: number) => void;
}

export function Heads({ heads, view, menu, amounts, onStep }: Props) {
  const { lang } = useApp();
  const t = words[lang];
  const [choosing, setChoosing] = useState<{ dish: Dish; quantity: number } | null>(null);
  return (
    <View className="card heads-card" id="heads">
      <View className="review__title">{t.everyHead}<Text className="faint"> · {t.everyHeadSub(view.covers)}</Text></View>
      {heads.map(({ dish, need, room, line }, i) => {
        const chosen = choiceWords(dish, line, menu, lang);
        return (
          <View key={dish.id} className="line" id={`head-${dish.id}`}>
            <View className="grow">
              <View className="line__name">{say(dish.name, lang)}{room > need ? "" : ` × ${line.quantity}`}</View>
              {chosen.length > 0 ? <View className="line__words">{chosen.join(" / ")}</View> : null}
              <View className="line__who"><Tag tone="good" icon="check">{t.required}</Tag></View>
            </View>
            <View className="line__side">
              <Text className="price">{money(amounts[i] ?? line.amount, menu.currency)}</Text>
              {room > need ? <Stepper id={`head-${dish.id}`} big value={line.quantity} min={need} max={room} words={{ add: t.add, less: t.less }} onStep={(by) => onStep(dish.id, by)} /> : null}
              {dish.groups.length > 0 ? <Btn id={`other-${dish.id}`} kind="soft" className="line__remove" onTap={() => setChoosing({ dish, quantity: line.quantity })}>{t.otherKind}</Btn> : null}
            </View>
          </View>
        );
      })}
      {choosing ? <Chooser dish={choosing.dish} menu={menu} view={view} lang={lang} quantity={choosing.quantity} onClose={() => setChoosing(null)} onAdd={(chosen) => { addLine(chosen); setChoosing(null); }} /> : null}
    </View>
  );
}
