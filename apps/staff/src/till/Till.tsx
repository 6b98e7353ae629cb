/** The till for one party: the bill on the left; on the right how it is paid, or what is known of the payment under way. */
import type { Id, Ms, PaymentView, SessionView, WayView } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords, type Words } from "../i18n";
import { useSend, useStore } from "../net/hooks";
import { notify } from "../ui/notice";
import { StaleBanner } from "../ui/parts";
import { Bill } from "./Bill";
import { Choose, WAYS, type Pane } from "./Choose";
import { firstPayable, inTheWay, isStillThere, splitBar, type Payable } from "./payable";
import { ReceiptSheet } from "./ReceiptSheet";
import { RefundPane } from "./RefundPane";
import { SplitPane } from "./SplitPane";
import { Ended, Sending } from "./Ended";
import { OpenPayment } from "./Status";
import "./till.css";
import { isOpen, three } from "./three";
import { usePay, type Run } from "./usePay";
import { useWays } from "./useWays";

export interface TillProps {
  view: SessionView;
  now: Ms;
  stale: number | null;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
  /** May take cash and the like, not only let guests pay by wallet. */
  byHand: boolean;
  mayRefund: boolean;
  told: readonly WayView[];
  reload: () => void;
  onClose: () => void;
}

export function Till(props: TillProps): ReactNode {
  const { view, now, stale, currency, utcOffsetMin, byHand, mayRefund, reload, onClose } = props;
  const w = useWords();
  const box = useRef<HTMLElement>(null);
  const ways = useWays(view.id, props.told);
  const pay = usePay(view.id, reload);
  const [picked, setPicked] = useState<Payable>(() => firstPayable(view));
  const [pane, setPane] = useState<Pane>(WAYS);
  const [changing, setChanging] = useState(false);
  const [receipt, setReceipt] = useState(false);
  const hasCloud = typeof useStore()?.cloud_url === "string";
  const payable = isStillThere(view, picked) ? picked : firstPayable(view);
  const open = inTheWay(view, payable);
  const watched = watchedOf(view, pay.run);
  const idle = pay.run === null && open === null;
  const isOver = pay.run !== null && pay.run.kind !== "sending" && (watched === null || !isOpen(watched));
  const endFirst = useEndFirst(view, reload, (then) => {
    pay.clear();
    setPane(then);
  });
  useEffect(() => box.current?.focus(), []);
  useEffect(() => {
    if (open === null) setChanging(false);
    // A payment somebody else started is watched to its end just the same.
    else if (pay.run === null) pay.watch(open.ask);
  }, [open, pay]);
  useEffect(() => {
    if (pay.run?.kind !== "refused" || pay.run.code !== "payment_open") return;
    notify(w.till.firstOpen);
    pay.clear();
    setChanging(false);
  }, [pay, w]);
  const next = (to: Payable): void => {
    pay.clear();
    setPicked(to);
    setPane(WAYS);
    setChanging(false);
  };
  const home = (): void => {
    setPane(WAYS);
    reload();
  };
  const body = (): ReactNode => {
    const active = watched !== null && isOpen(watched) ? watched : open;
    if (pay.run?.kind === "sending" && watched === null) return <Sending run={pay.run} late={pay.late} currency={currency} />;
    if (active !== null && !changing)
      return <OpenPayment key={active.ask} session={view.id} payment={active} now={now} currency={currency} closing={endFirst.waiting} reload={reload} onChange={() => { setPane(WAYS); setChanging(true); }} />;
    if (pay.run !== null && pay.run.kind !== "sending" && !changing)
      return <Ended run={pay.run} watched={watched} view={view} payable={payable} currency={currency} onNext={next} onClose={onClose} />;
    const tender = pane.kind === "refund" ? view.check.tenders.find((t) => t.tender === pane.tender) : undefined;
    if (tender !== undefined) return <RefundPane key={tender.tender} view={view} tender={tender} currency={currency} onDone={home} />;
    if (pane.kind === "split") return <SplitPane view={view} currency={currency} onDone={home} />;
    if (ways === null) return <p className="fempty">{w.loading}</p>;
    return (
      <Choose key={JSON.stringify(payable)} view={view} ways={ways} payable={payable} replaces={changing ? open : null} byHand={byHand} currency={currency} pane={pane} setPane={setPane} pay={pay}
        onStarted={() => { setChanging(false); setPane(WAYS); }}
        onEndFirst={(ask, then) => { setChanging(false); endFirst.go(ask, then); }} />
    );
  };
  const back = changing ? () => setChanging(false) : idle && pane.kind !== "ways" ? () => setPane(WAYS) : null;
  return (
    <section ref={box} className="till light" role="dialog" aria-modal aria-label={w.till.title(view.table.name)} tabIndex={-1}>
      <header className="till-head">
        {back !== null && (
          <button type="button" className="ghost till-back" onClick={back}>
            ← {w.back}
          </button>
        )}
        <h2>{titleOf(pane, changing, view, w)}</h2>
        <span className="muted till-covers">{w.floor.covers(view.covers)}</span>
        {hasCloud && (
          <button type="button" className="ghost till-receipt" onClick={() => setReceipt(true)}>
            {w.till.receiptOpen}
          </button>
        )}
        <button type="button" className="ghost till-close" onClick={onClose}>
          {w.close}
        </button>
      </header>
      <StaleBanner seconds={stale} first={false} hint={w.till.staleHint} />
      <div className="till-body">
        <div className="till-main" data-pane={pane.kind}>
          {body()}
        </div>
        <Bill view={view} currency={currency} utcOffsetMin={utcOffsetMin} payable={payable} onShare={(pay.run === null || isOver) && !changing ? (s) => next({ kind: "share", share: s.share }) : null} onRefund={mayRefund && idle ? (t) => setPane({ kind: "refund", tender: t.tender }) : null}>
          {view.mode === "pay_later" && <SplitTools view={view} idle={idle} onSplit={() => setPane({ kind: "split" })} onUndone={() => next({ kind: "check" })} reload={reload} />}
        </Bill>
      </div>
      {receipt && <ReceiptSheet currency={currency} onTaken={reload} onClose={() => setReceipt(false)} />}
    </section>
  );
}

function SplitTools({ view, idle, onSplit, onUndone, reload }: { view: SessionView; idle: boolean; onSplit: () => void; onUndone: () => void; reload: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const bar = splitBar(view);
  const isSplit = view.check.shares.length > 0;
  const undo = (): void => {
    setBusy(true);
    void send(`money:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/split/undo`).then((o) => {
      setBusy(false);
      if (o.ok) onUndone();
      reload();
    });
  };
  if (bar === "nothing" && !isSplit) return null;
  return (
    <div className="split-tools">
      <button type="button" className="ghost" disabled={bar !== "ok" || !idle} onClick={onSplit}>
        {isSplit ? w.till.splitAgain : w.till.split}
      </button>
      {isSplit && (
        <button type="button" className="ghost" disabled={bar === "open" || !idle || busy} onClick={undo}>
          {w.till.undoSplit}
        </button>
      )}
    </div>
  );
}

/** Ends a payment, waits until that is proved, and only then goes on; one that turns out paid shows as paid instead. */
function useEndFirst(view: SessionView, reload: () => void, proved: (then: Pane) => void): { waiting: boolean; go: (ask: Id, then: Pane) => void } {
  const send = useSend();
  const [after, setAfter] = useState<{ ask: Id; then: Pane } | null>(null);
  const state = view.payments.find((p) => p.ask === after?.ask)?.state;
  useEffect(() => {
    if (after === null || state === undefined || three[state] === "checking") return;
    setAfter(null);
    if (three[state] === "failed") proved(after.then);
    // `proved` is new with every drawing; the state of the payment is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [after, state]);
  const go = (ask: Id, then: Pane): void => {
    setAfter({ ask, then });
    void send(`pay:${ask}`, `/sessions/${encodeURIComponent(view.id)}/payments/${encodeURIComponent(ask)}/cancel`).then((o) => {
      if (!o.ok) setAfter(null);
      reload();
    });
  };
  return { waiting: after !== null, go };
}

function titleOf(pane: Pane, changing: boolean, view: SessionView, w: Words): string {
  if (changing && pane.kind === "ways") return w.till.changeTitle;
  switch (pane.kind) {
    case "ways":
    case "any":
    case "cash":
      return w.till.title(view.table.name);
    case "scan":
      return w.till.scanTitle;
    case "hand":
      return pane.way === "card" ? w.till.cardTitle : pane.way === "house_account" ? w.till.accountTitle : w.till.memberTitle;
    case "part":
      return w.till.partTitle;
    case "split":
      return w.till.splitTitle;
    case "refund":
      return w.till.refundTitle(view.table.name);
  }
}

/** The payment this till started, as the session tells it. */
function watchedOf(view: SessionView, run: Run | null): PaymentView | null {
  const ask = run?.kind === "watching" ? run.ask : run?.kind === "sending" ? run.id : null;
  return view.payments.find((p) => p.ask === ask) ?? null;
}

