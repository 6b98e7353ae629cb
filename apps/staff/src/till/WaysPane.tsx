/** The ways to pay as big buttons in fixed places, with the tip and the part above them. */
import type { Minor, WaysView } from "@dandan/client";
import type { ReactNode } from "react";
import { useWords, type Words } from "../i18n";
import { money } from "../ui/labels";
import { tipOf } from "./payable";
import type { Wallet } from "./wallet-code";
import { WALLETS, buttonsOf, isScanned, restingOf, type Button, type Resting } from "./ways";

export interface WaysPaneProps {
  ways: WaysView;
  byHand: boolean;
  amount: Minor;
  tipBp: number;
  currency: "CNY" | "USD";
  onTip: (bp: number) => void;
  onWay: (button: Button) => void;
}

export function WaysPane({ ways, byHand, amount, tipBp, currency, onTip, onWay }: WaysPaneProps): ReactNode {
  const w = useWords();
  const resting = restingOf(ways.ways, byHand);
  const names: Record<Button, string> = {
    scan: w.till.scan, show_any: w.till.showAny, wechat_native: w.ways.wechat_native, alipay_qr: w.ways.alipay_qr,
    cash: w.ways.cash, card: w.ways.card, house_account: w.ways.house_account, member_balance: w.ways.member_balance,
  };
  const some = (wallets: readonly Wallet[]): string => wallets.map((c) => w.channels[c]).join(w.till.or);
  const hints: Partial<Record<Button, string>> = { scan: some(WALLETS.filter((c) => isScanned(ways.ways, c))), show_any: resting === null ? w.till.showAnyHint : some(WALLETS.filter((c) => resting.up.includes(c))) };
  return (
    <>
      {ways.tips_bp.length > 0 && (
        <div className="tips">
          <b>{w.till.tip}</b>
          <button type="button" className="ghost" aria-pressed={tipBp === 0} onClick={() => onTip(0)}>
            {w.till.noTip}
          </button>
          {ways.tips_bp.map((bp) => (
            <button key={bp} type="button" className="ghost tnum" aria-pressed={tipBp === bp} onClick={() => onTip(bp)}>
              {w.till.tipPercent(String(bp / 100), money(tipOf(amount, bp), currency))}
            </button>
          ))}
        </div>
      )}
      {resting !== null && <p className="resting">{restingText(resting, ways.cut_off_since != null, w)}</p>}
      <div className="ways">
        {buttonsOf(ways.ways, byHand).map((b) => (
          <button key={b} type="button" className={`way way-${b}`} onClick={() => onWay(b)}>
            <b>{names[b]}</b>
            {hints[b] !== undefined && <small>{hints[b]}</small>}
          </button>
        ))}
      </div>
    </>
  );
}

function restingText({ down, up }: Resting, cutOff: boolean, w: Words): string {
  const wallets = down.map((c) => w.channels[c]).join(w.code === "en" ? ", " : "、");
  const names = cutOff ? w.till.cutOff(wallets) : wallets;
  const others = up.map((c) => (c === "cash" ? w.ways.cash : w.channels[c])).join(w.till.or);
  return others === "" ? w.till.restingShort(names) : w.till.resting(names, others);
}
