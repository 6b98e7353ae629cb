/** What is said before an order goes out: it will wait for a waiter, it will take longer, it needs a soup base. */
import { Text, View } from "@tarojs/components";
import type { Menu, SessionView } from "@dandan/client";
import { before, type Before, type NodWhy } from "@/rules/before";
import { soupCategory } from "@/rules/pot";
import { callWaiter } from "@/state/outbox";
import { say, useApp } from "@/state/store";
import { both, words, type Words } from "@/words";
import { Btn, Icon, Tap } from "./basics";
import type { IconName } from "./icons";

/** Why a waiter looks at an order, in words; how far behind the kitchen is, where that is why. */
export const nodWords = (why: NodWhy, t: Words): string =>
  why.why === "behind" ? `${t.nodWhy.behind}${t.comma}${t.behindBy(why.minutes)}` : t.nodWhy[why.why];

const icons: Record<Before["kind"], IconName> = { stopped: "hand", nod: "hand", late: "clock" };

const headOf = (what: Before, t: Words): string => (what.kind === "late" ? t.beforeLate(what.minutes) : what.kind === "nod" ? t.beforeNod : t.beforeStopped);

/** One thin line above the menu, the most telling one. */
export function BeforeStrip({ view }: { view: SessionView }) {
  const t = words[useApp().lang];
  const [first] = before(view);
  if (!first) return null;
  return <View className="strip" id="before-strip"><Icon name={icons[first.kind]} size="s" /><Text className="grow">{headOf(first, t)}</Text></View>;
}

/** All of it, where the order is read back. */
export function BeforeNotes({ view }: { view: SessionView }) {
  const t = words[useApp().lang];
  return (
    <>
      {before(view).map((what) => (
        <View key={what.kind} className="note" id={`before-${what.kind}`}>
          <Icon name={icons[what.kind]} />
          <View className="grow">
            <View className="note__head">{headOf(what, t)}</View>
            {what.kind === "nod" ? <View>{nodWords(what.why, t)}</View> : what.kind === "stopped" ? <View>{t.beforeStoppedSub(nodWords(what.why, t))}</View> : null}
          </View>
          {what.kind === "stopped" ? <Btn id="before-call" kind="line" onTap={callForHelp}>{t.askWaiter}</Btn> : null}
        </View>
      ))}
    </>
  );
}

/** Leads to the soup bases; where there is none to be had, to a waiter. */
export function SoupStrip({ menu, view, onGo }: { menu: Menu; view: SessionView; onGo: (category: string) => void }) {
  const t = words[useApp().lang];
  const category = soupCategory(menu, view.stock);
  return (
    <Tap id="soup-first" className="strip strip--go" onTap={() => (category ? onGo(category) : callForHelp())}>
      <Icon name="flame" size="s" />
      <View className="grow"><Text className="strip__head">{category ? t.soupFirst : t.noSoup}</Text>{category ? <Text> {t.soupFirstSub}</Text> : null}</View>
      <Icon name="chevron" size="s" />
    </Tap>
  );
}

export function callForHelp(): void {
  callWaiter("service");
  say(both((w) => w.callSent));
}
