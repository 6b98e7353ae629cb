/** The channels' bills day by day: what matched, what differs, and comparing one now. An empty day is a result, too. */
import type { BillCompared } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { clockTime, money } from "../ui/labels";
import { billDays, billOf, billState, feeMinor } from "./view";

type Channel = BillCompared["channel"];
const DAYS = 7;

export function Bills({ bills, channels, context, reload }: { bills: readonly BillCompared[]; channels: readonly Channel[]; context: FloorContext; reload: () => void }): ReactNode {
  const known: readonly Channel[] = channels.length > 0 ? channels : ["wechat", "alipay"];
  return (
    <div className="money-list">
      {billDays(context.now, DAYS).map((day) => (
        <section key={day} className="billday">
          <h3 className="tnum">{day}</h3>
          <div className="bills">
            {known.map((channel) => (
              <BillCard key={channel} channel={channel} day={day} bill={billOf(bills, day, channel)} context={context} reload={reload} />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

interface BillCardProps {
  channel: Channel;
  day: string;
  bill: BillCompared | null;
  context: FloorContext;
  reload: () => void;
}

function BillCard({ channel, day, bill, context, reload }: BillCardProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const state = billState(bill);
  const compare = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`bill:${channel}:${day}`, `/money/bills/${channel}/${day}/compare`).then(() => {
      lock.current = false;
      setBusy(false);
      reload();
    });
  };
  const words = { not_compared: w.money.notCompared, empty: w.money.billEmpty, clean: w.money.clean, differs: bill === null ? "" : w.money.differences(bill.differences) };
  return (
    <div className={`bill bill-${state}`} data-bill={`${channel}-${day}`}>
      <b>{w.channels[channel]}</b>
      <span className="bill-state">{words[state]}</span>
      {bill !== null && (
        <small className="tnum">
          {w.money.billRows(bill.rows)} · {w.money.matched(bill.matched)}
          {bill.cross_day > 0 && ` · ${w.money.crossDay(bill.cross_day)}`} · {w.money.billPaid} {money(bill.paid, context.currency)}
          {bill.refunded !== 0 && ` · ${w.money.billRefunded} ${money(bill.refunded, context.currency)}`}
          {bill.fee_e5 !== 0 && ` · ${w.money.fee} ${money(feeMinor(bill.fee_e5), context.currency)}`}
          {` · ${w.money.comparedAt(clockTime(bill.at, context.utcOffsetMin))}`}
        </small>
      )}
      <button type="button" className="ghost" disabled={busy} onClick={compare}>
        {busy ? w.money.comparing : w.money.compare}
      </button>
    </div>
  );
}
