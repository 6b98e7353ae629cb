/** What may be done about a payment. A second one is offered only where the first is proved to have failed. */
import { View } from "@tarojs/components";
import type { PaymentView, SessionView } from "@dandan/client";
import { money } from "@/rules/money";
import { verdict } from "@/rules/pay";
import { receiptPath } from "@/rules/receipt";
import { cancelPayment, claimPaid, goOn } from "@/state/pay";
import { useApp } from "@/state/store";
import { canOpen, openDemoWallet } from "@/state/wallet";
import { Btn } from "@/ui/basics";
import { go } from "@/ui/go";
import { words } from "@/words";

interface Props {
  view: SessionView;
  shown: PaymentView | null;
  /** another way is being chosen for `shown` */
  changes: boolean;
  starting: boolean;
  amount: number;
  onAgain: () => void;
  onChange: () => void;
}

export function Foot({ view, shown, changes, starting, amount, onAgain, onChange }: Props) {
  const t = words[useApp().lang];
  const status = <Btn id="to-status" className="btn--wide" onTap={() => go("status", "replace")}>{t.seeDishes}</Btn>;
  if (starting) return null;
  if (changes) return <Btn id="keep-first" kind="line" className="btn--wide" onTap={onChange}>{t.keepFirst}</Btn>;
  if (!shown) {
    if (amount === 0 && view.check.due <= 0) return status;
    return view.mode === "pay_later" ? <Btn id="later" kind="quiet" className="btn--wide" onTap={() => go("status", "replace")}>{t.payLater}</Btn> : null;
  }
  switch (verdict[shown.state]) {
    case "checking":
      return <Open {...{ shown, onChange }} />; // Even one that does not get started can be given up for another.
    case "paid":
      return view.check.due > 0 && view.mode === "pay_later" ? <More {...{ view, onAgain }} /> : status;
    case "failed":
      return amount > 0 ? <Btn id="again" className="btn--wide" onTap={onAgain}>{t.payAgain}</Btn> : status;
  }
}

function Open({ shown, onChange }: { shown: PaymentView; onChange: () => void }) {
  const { lang, pay, store, receipt } = useApp();
  const t = words[lang];
  const waiting = shown.state === "waiting";
  const goesOn = waiting && pay?.ask === shown.ask && canOpen(shown);
  const url = waiting ? shown.demo_wallet_url : null;
  // A receipt is shown for the cashier: nothing is to be done about the payment meanwhile.
  if (receipt?.ask === shown.ask && receipt.text) return null;
  // On the shop's own network the page hears nothing from the cloud; a browser with a network of its own can go there.
  const elsewhere = process.env.TARO_ENV === "h5" && shown.state === "checking" && store?.cloud_url ? receiptPath(store.cloud_url, store.id, shown) : null;
  const demo = url ? <Btn id="wallet" className="btn--wide" kind={goesOn ? "quiet" : "main"} icon="wallet" onTap={() => openDemoWallet(url)}>{t.demoWallet}</Btn> : null;
  return (
    <View className="grow">
      <View className="row">
        {goesOn ? <Btn id="continue" className="btn--wide" onTap={() => void goOn(shown)}>{t.continuePay}</Btn> : demo}
        <Btn id="check" kind="line" className="btn--wide" onTap={() => void claimPaid(shown.ask)}>{t.iHavePaid}</Btn>
      </View>
      {goesOn && demo ? <View className="row">{demo}</View> : null}
      {elsewhere ? <View className="row"><Btn id="receipt" kind="quiet" className="btn--wide" onTap={() => window.location.assign(elsewhere)}>{t.receiptElsewhere}</Btn></View> : null}
      <View className="row">
        <Btn id="change-way" kind="quiet" className="btn--wide" onTap={onChange}>{t.changeWay}</Btn>
        {waiting ? <Btn id="cancel-pay" kind="quiet" className="btn--wide" onTap={() => void cancelPayment(shown.ask)}>{t.cancelPay}</Btn> : null}
      </View>
    </View>
  );
}

/** One share is paid; the table still owes something. */
function More({ view, onAgain }: { view: SessionView; onAgain: () => void }) {
  const app = useApp();
  const t = words[app.lang];
  return (
    <View className="grow">
      <View className="foot__note" id="still-due">{t.stillDue(money(view.check.due, app.menu?.currency ?? "CNY"))}</View>
      <View className="row">
        <Btn id="pay-rest" kind="line" className="btn--wide" onTap={onAgain}>{t.payRest}</Btn>
        <Btn id="to-status" className="btn--wide" onTap={() => go("status", "replace")}>{t.seeDishes}</Btn>
      </View>
    </View>
  );
}
