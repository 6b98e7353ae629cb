/** The three things a till says of a payment, as large as the screen allows: paid · failed, safe to try again · checking, don't charge again. */
import type { Minor, Ms, PaymentView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Warn } from "../ui/parts";
import { waitText } from "../sign-in/pin";
import { Qr } from "./Qr";
import { useScanner } from "./useScanner";
import { meanwhile, secondsSince, three, type Three } from "./three";
import { channelOf } from "./ways";

export function Verdict({ state, amount, what, seconds, children }: { state: Three; amount: string; what: string; seconds?: number; children?: ReactNode }): ReactNode {
  const w = useWords();
  return (
    <div className={`verdict verdict-${state}`} data-verdict={state}>
      <div className="verdict-head" role={state === "failed" ? "alert" : "status"}>
        <Mark state={state} />
        <h3>{w.till.three[state]}</h3>
        {seconds !== undefined && <b className="verdict-seconds tnum">{w.till.seconds(seconds)}</b>}
      </div>
      <p className="verdict-what">
        <span>{what}</span> <b className="tnum">{amount}</b>
      </p>
      {children}
    </div>
  );
}

function Mark({ state }: { state: Three }): ReactNode {
  switch (state) {
    case "paid":
      return (
        <svg className="icon" viewBox="0 0 24 24" aria-hidden>
          <path d="m4 12.5 5.2 5.5L20 6.5" fill="none" stroke="currentColor" strokeWidth="3.4" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      );
    case "failed":
      return (
        <svg className="icon" viewBox="0 0 24 24" aria-hidden>
          <path d="M5.5 5.5l13 13M18.5 5.5l-13 13" stroke="currentColor" strokeWidth="3.4" strokeLinecap="round" />
        </svg>
      );
    case "checking":
      return <Warn />;
  }
}

export interface StatusProps {
  session: string;
  payment: PaymentView;
  now: Ms;
  currency: "CNY" | "USD";
  /** Is being ended so that another way can be used. */
  closing: boolean;
  reload: () => void;
  onChange: () => void;
}

/** A payment that is not over: what is waited for, and the only three things a person may do about it. */
export function OpenPayment({ session, payment, now, currency, closing, reload, onChange }: StatusProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [given, setGiven] = useState(false);
  const lock = useRef(false);
  useNoSecondScan();
  const act = (verb: "check" | "cancel"): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`pay:${payment.ask}`, `/sessions/${encodeURIComponent(session)}/payments/${encodeURIComponent(payment.ask)}/${verb}`).then((o) => {
      lock.current = false;
      setBusy(false);
      setAsking(false);
      if (o.ok && verb === "cancel") setGiven(true);
      if (o.ok && verb === "check") notify(w.till.asked, 2500, true);
      reload();
    });
  };
  return (
    <Verdict state={three[payment.state]} amount={money(payment.amount + payment.tip, currency)} what={w.ways[payment.way]} seconds={secondsSince(payment.asked_at, now)}>
      <Meanwhile payment={payment} now={now} ending={closing ? w.till.closingFirst : given ? w.till.ending : null} />
      {asking ? (
        <div className="verdict-ask" role="alertdialog" aria-label={w.till.giveUpTitle}>
          <b>{w.till.giveUpTitle}</b>
          <p>{w.till.giveUpHint}</p>
          <div className="tbuttons">
            <button type="button" className="ghost" disabled={busy} onClick={() => setAsking(false)}>
              {w.till.keepWaiting}
            </button>
            <button type="button" className="danger" disabled={busy} onClick={() => act("cancel")}>
              {busy ? w.sending : w.till.giveUpGo}
            </button>
          </div>
        </div>
      ) : (
        <div className="tbuttons">
          <button type="button" className="primary" disabled={busy} onClick={() => act("check")}>
            {busy ? w.sending : w.till.askNow}
          </button>
          <button type="button" className="ghost" disabled={busy || closing || given} onClick={onChange}>
            {w.till.changeWay}
          </button>
          <button type="button" className="ghost" disabled={busy || given} onClick={() => setAsking(true)}>
            {w.till.giveUp}
          </button>
        </div>
      )}
    </Verdict>
  );
}

/** The code while there is one to scan, and what is waited for. */
function Meanwhile({ payment, now, ending }: Pick<StatusProps, "payment" | "now"> & { ending: string | null }): ReactNode {
  const w = useWords();
  const doing = meanwhile(payment);
  const wallet = channelOf(payment.way);
  const code = ending === null && payment.state === "waiting" ? payment.code_url : null;
  const hint = ending ?? (doing === null ? "" : w.till.meanwhile[doing]);
  const words = (
    <div className="meanwhile">
      <p className="verdict-hint">{hint}</p>
      {payment.state === "waiting" && payment.ends_at !== null && payment.ends_at > now && <p className="muted tnum">{w.till.endsIn(waitText(Math.ceil((payment.ends_at - now) / 1000), w.signIn))}</p>}
      {payment.state === "waiting" && payment.demo_wallet_url !== null && (
        <a className="muted demo-wallet" href={payment.demo_wallet_url} target="_blank" rel="noreferrer">
          {w.till.demoWallet}
        </a>
      )}
    </div>
  );
  if (code === null) return words;
  return (
    <div className="qrsplit">
      <div className="qrbox">
        <Qr text={code} label={w.till.codeTitle} />
        {wallet !== null && <p>{w.till.codeOnly(w.channels[wallet])}</p>}
      </div>
      {words}
    </div>
  );
}

/** A scan while a payment is open takes nothing and says why; its Enter presses no button. */
export function useNoSecondScan(): void {
  const w = useWords();
  useScanner(() => notify(w.till.three.checking), true);
}

/** What cash came and what goes back to the guest. */
export function Change({ received, change, currency }: { received: Minor | null; change: Minor | null; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  if (change === null) return null;
  return (
    <p className="givechange">
      {received !== null && (
        <span className="muted tnum">
          {w.till.received} {money(received, currency)}
        </span>
      )}
      {change > 0 ? w.till.giveChange : w.till.noChange}
      {change > 0 && <b className="tnum">{money(change, currency)}</b>}
    </p>
  );
}
