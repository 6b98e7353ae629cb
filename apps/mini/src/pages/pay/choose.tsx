/** What is due and how to pay it: share, part, tip, and the ways that are up this moment. */
import { Text, View } from "@tarojs/components";
import { useState } from "react";
import type { Id, PaymentView, SessionView } from "@dandan/client";
import { due, hasParts, percent, splitChoices, tipOf, unweighed, waitsForScale } from "@/rules/bill";
import { say } from "@/rules/describe";
import { money } from "@/rules/money";
import { isOpen, type Payable } from "@/rules/pay";
import { askPayment } from "@/state/pay";
import { useApp } from "@/state/store";
import { useWays } from "@/state/ways";
import { Btn, Icon, Tap } from "@/ui/basics";
import { callForHelp } from "@/ui/before";
import { Bill } from "@/ui/bill";
import { words } from "@/words";
import { Shares } from "./shares";
import { SplitSheet } from "./splitSheet";
import { WayList } from "./wayList";

interface Props {
  view: SessionView;
  payable: Payable;
  amount: number;
  /** false while the check is split and nobody has said which share */
  chosen: boolean;
  /** the payment that is to be replaced */
  first: PaymentView | null;
  onShare: (share: Id | null) => void;
}

export function Choose({ view, payable, amount, chosen, first, onShare }: Props) {
  const app = useApp();
  const t = words[app.lang];
  const ways = useWays(true);
  const [part, setPart] = useState<number | null>(null);
  const [tipBp, setTipBp] = useState(0);
  const [splitting, setSplitting] = useState(false);
  const price = (fen: number): string => money(fen, app.menu?.currency ?? "CNY");

  const now = first ? first.amount : part !== null && part < amount ? part : amount;
  const tip = first ? first.tip : tipOf(now, tipBp);
  const shares = view.check.shares.length > 0 && !first;
  const canSplit = !first && !shares && splitChoices(view).mostParts > 1;
  const scale = unweighed(view);
  const names = scale.map((l) => say(l.name, app.lang)).join(app.lang === "zh" ? "、" : ", ");
  /** The server has said that it takes no money before they are weighed. */
  const weighing = waitsForScale(view, app.weightOpen);
  const pay = (way: Parameters<typeof askPayment>[0]["way"]): void =>
    void askPayment(
      first
        ? { way, amount: now, tip, order: first.order, share: first.share, partial: now !== dueWithout(view, first), insteadOf: first.ask }
        : { way, amount: now, tip, ...payable, partial: now < amount, insteadOf: null },
    );

  return (
    <View className="choose">
      {first ? <View className="choose__note" id="changing"><Icon name="clock" size="s" /><Text>{t.changing(t.way[first.way], price(first.amount + first.tip))}</Text></View> : null}
      {shares ? <Shares {...{ view, onShare }} chosen={chosen ? payable.share : undefined} /> : null}
      {chosen ? (
        <View className="pay__amount">
          <View className="faint">{now < amount && !first ? t.onlyPart : t.payNow}</View>
          <View className="price--big" id="pay-amount">{price(now + tip)}</View>
          {tip > 0 ? <View className="faint">{t.withTip(price(tip))}</View> : null}
          {now < amount && !first ? <Btn id="whole" kind="quiet" onTap={() => setPart(null)}>{t.wholeInstead}</Btn> : null}
        </View>
      ) : <View className="choose__hint">{t.chooseShare}</View>}
      {scale.length > 0 && view.mode === "pay_later" ? (
        <View className={`note${weighing ? " note--bad" : ""}`} id={weighing ? "weight-open" : "weighing"}>
          <Icon name="clock" />
          <View className="grow"><View className="note__head">{t.weightOpen(scale.length)}</View><View>{weighing ? t.weightOpenSub(names) : t.weighingSub(names)}</View></View>
          {weighing ? <Btn id="weigh-call" kind="line" onTap={callForHelp}>{t.askWaiter}</Btn> : null}
        </View>
      ) : null}
      {!first && !shares && hasParts(view.check) ? <View className="card pay__bill" id="due-bill"><Bill check={view.check} open /></View> : null}
      {canSplit && !weighing ? (
        <Tap id="split" className="choose__split" onTap={() => setSplitting(true)}>
          <View className="grow"><Text className="choose__splitname">{t.split}</Text><Text className="faint"> {t.splitSub}</Text></View>
          <Icon name="chevron" size="s" />
        </Tap>
      ) : null}
      {chosen && !first && !weighing && ways && ways.tips_bp.length > 0 ? (
        <View className="tips" id="tips">
          <View className="faint">{t.tipFor}</View>
          <View className="tips__row">
            {[0, ...ways.tips_bp].map((bp) => (
              <Tap key={bp} id={`tip-${bp}`} className={`tips__one${bp === tipBp ? " is-on" : ""}`} onTap={() => setTipBp(bp)}><Text>{bp === 0 ? t.noTip : percent(bp)}</Text></Tap>
            ))}
          </View>
        </View>
      ) : null}
      {chosen && now > 0 && !weighing ? <WayList ways={ways} except={first?.way} share={payable.share} extras={first === null && part === null && tip === 0} onWay={pay} /> : null}
      {splitting ? <SplitSheet view={view} onClose={() => setSplitting(false)} onPart={(fen) => { setPart(fen); setSplitting(false); }} /> : null}
    </View>
  );
}

/** What would be due if this payment were closed. */
const dueWithout = (view: SessionView, first: PaymentView): number =>
  due({ ...view, payments: view.payments.filter((p) => p.ask !== first.ask || !isOpen(p)) }, { order: first.order, share: first.share });
