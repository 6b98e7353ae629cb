/** From the ways in service to the till's buttons. A resting channel has no button, only a quiet line. Pure. */
import type { Way, WayView } from "@dandan/client";
import type { Wallet } from "./wallet-code";

export type Button = "scan" | "show_any" | "wechat_native" | "alipay_qr" | "cash" | "card" | "house_account" | "member_balance";

const ORDER: readonly Button[] = ["scan", "show_any", "cash", "wechat_native", "alipay_qr", "card", "house_account", "member_balance"];

export const WALLETS: readonly Wallet[] = ["wechat", "alipay"];

export const channelOf = (way: Way): Wallet | null => (way.startsWith("wechat_") ? "wechat" : way.startsWith("alipay_") ? "alipay" : null);

/** Who may take cash sees cash; whoever serves may let a guest pay by wallet. */
export function buttonsOf(ways: readonly WayView[], byHand: boolean): Button[] {
  const up = (way: Way): boolean => ways.some((w) => w.way === way && w.state === "up");
  const shown: Record<Button, boolean> = {
    scan: up("wechat_code") || up("alipay_code"),
    show_any: up("wechat_jsapi") || up("wechat_h5") || up("alipay_app") || up("alipay_wap"),
    wechat_native: up("wechat_native"),
    alipay_qr: up("alipay_qr"),
    cash: byHand && up("cash"),
    card: byHand && up("card"),
    house_account: byHand && up("house_account"),
    member_balance: byHand && up("member_balance"),
  };
  return ORDER.filter((b) => shown[b]);
}

export interface Resting { down: Wallet[]; up: (Wallet | "cash")[] }

/** A channel none of whose ways can be used, and what can be used instead. */
export function restingOf(ways: readonly WayView[], byHand: boolean): Resting | null {
  const of = (c: Wallet): WayView[] => ways.filter((w) => channelOf(w.way) === c);
  const down = WALLETS.filter((c) => of(c).length > 0 && of(c).every((w) => w.state === "resting"));
  const up = WALLETS.filter((c) => of(c).some((w) => w.state === "up"));
  return down.length === 0 ? null : { down, up: byHand ? [...up, "cash"] : up };
}

/** Whether this wallet may be scanned now. */
export const isScanned = (ways: readonly WayView[], wallet: Wallet): boolean => ways.some((w) => w.kind === "scan_wallet" && channelOf(w.way) === wallet && w.state === "up");
