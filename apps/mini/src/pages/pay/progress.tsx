/** What became of a payment: one of three answers, with the seconds while there is none yet. */
import { Text, View } from "@tarojs/components";
import type { PaymentView } from "@dandan/client";
import { money } from "@/rules/money";
import { minutesSeconds, secondsLeft, secondsSince, verdict, type Verdict as Answer } from "@/rules/pay";
import { wayFamily } from "@/rules/ways";
import { useApp } from "@/state/store";
import { Icon } from "@/ui/basics";
import type { IconName } from "@/ui/icons";
import { Qr } from "@/ui/qr";
import { words } from "@/words";

const looks: Record<Answer, { icon: IconName; tone: "good" | "bad" | "wait" }> = {
  paid: { icon: "check", tone: "good" },
  failed: { icon: "cross", tone: "bad" },
  checking: { icon: "clock", tone: "wait" },
};

interface Props {
  is: Answer;
  title: string;
  sub?: string;
  more?: string;
  amount?: string;
  seconds?: number;
  /** a code to scan takes the place of the picture */
  code?: string;
}

export function Verdict({ is, title, sub, more, amount, seconds, code }: Props) {
  const t = words[useApp().lang];
  const { icon, tone } = looks[is];
  return (
    <View className={`pstate${code ? " pstate--code card" : ""}`} id="pay-state">
      {code ? null : <View className={`pstate__disc pstate__disc--${tone}`}><Icon name={icon} size="l" /></View>}
      <View className={`pstate__title pstate__title--${tone}`} id={`verdict-${is}`}>{title}</View>
      {seconds === undefined ? null : <View className="pstate__seconds" id="pay-seconds"><Icon name="clock" size="s" /><Text>{t.seconds(seconds)}</Text></View>}
      {amount ? <View className="price--big">{amount}</View> : null}
      {code ? <Qr text={code} /> : null}
      {sub ? <View className="pstate__sub">{sub}</View> : null}
      {more ? <View className="faint">{more}</View> : null}
    </View>
  );
}

/** A payment with its verdict; while the diner can still act, the code or the wallet's name stands with it. */
export function Progress({ payment, now }: { payment: PaymentView; now: number }) {
  const app = useApp();
  const t = words[app.lang];
  const amount = money(payment.amount + payment.tip, app.menu?.currency ?? "CNY");
  const tip = payment.tip > 0 ? t.withTip(money(payment.tip, app.menu?.currency ?? "CNY")) : undefined;
  const is = verdict[payment.state];
  switch (is) {
    case "paid":
      return <Verdict is={is} title={t.payPaid} sub={t.payPaidSub} more={tip} amount={amount} />;
    case "failed":
      return <Verdict is={is} title={t.payFailed} sub={t.payFailedSub} amount={amount} />;
    case "checking": {
      const receipt = app.receipt?.ask === payment.ask ? app.receipt : null;
      if (receipt?.text) return <Verdict is="paid" title={t.receiptPaid} sub={t.receiptShow} more={t.receiptMore} amount={amount} code={receipt.text} />;
      if (receipt) return <Verdict is={is} title={t.payChecking} sub={t.receiptWaits} amount={amount} seconds={secondsSince(payment.asked_at, now)} />;
      const claimed = app.pay?.ask === payment.ask && app.pay.claimed;
      const waiting = payment.state === "waiting" && !claimed;
      const left = secondsLeft(payment.ends_at, now);
      const code = waiting ? (payment.code_url ?? undefined) : undefined;
      const how = code ? `${t.way[payment.way]} · ${t.payScanSub}` : waiting ? t.payHere[wayFamily(payment.way)] : t.payCheckingSub;
      const title = waiting ? t.payWaiting : payment.state === "starting" ? t.payStarting : t.payChecking;
      return <Verdict is={is} title={title} sub={how} more={left === null || left === 0 || !waiting ? tip : t.endsIn(minutesSeconds(left))} amount={amount} seconds={secondsSince(payment.asked_at, now)} code={code} />;
    }
  }
}
