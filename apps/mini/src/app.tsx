import { useDidShow, useLaunch } from "@tarojs/taro";
import type { PropsWithChildren } from "react";
import { prepareIds } from "@/net/ids";
import { resumeOrder } from "@/state/order";
import { kickOutbox } from "@/state/outbox";
import { backFromWallet, resumePayment } from "@/state/pay";
import { onReturn, restore, wake, watchNetwork } from "@/state/table";
import "./app.css";
import "./ui/icons.css";

prepareIds();
restore();

/** Starts what outlives pages: what was not sent when the app was last closed goes on before anything is drawn. */
export default function App({ children }: PropsWithChildren) {
  useLaunch(() => {
    watchNetwork();
    onReturn(kickOutbox);
    onReturn(() => void resumeOrder());
    onReturn(() => void resumePayment());
    void resumeOrder();
    void resumePayment();
    kickOutbox();
    // A browser may come back to this very page, as it was left.
    if (process.env.TARO_ENV === "h5") window.addEventListener("pageshow", (e) => e.persisted && void backFromWallet());
  });
  useDidShow(() => {
    wake();
    kickOutbox();
  });
  return children;
}
