/** What else can be done for a party: its size, its table, its bill, its code, paper. */
import type { FloorTable, Id, SessionView } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { problemText, useApi, useSend } from "../net/hooks";
import { TimelineSheet } from "../manage/Timeline";
import { newId } from "../net/ids";
import { Qr } from "../till/Qr";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { DiscountSheet, WaiveSheet } from "./Discount";
import type { FloorContext } from "./FloorPage";
import { CoversPad } from "./FreeTable";
import { MoveLines, payLaterParties } from "./MoveLines";
import { PickTable } from "./PickTable";
import { closeBar, may } from "./view";

type Pane = "menu" | "covers" | "move" | "merge" | "lines" | "discount" | "waive" | "code" | "history";

export interface MenuProps {
  view: SessionView;
  table: FloorTable;
  context: FloorContext;
  onTill: () => void;
  onCloseTable: () => void;
  onMoved: (table: Id) => void;
  onClose: () => void;
}

export function TableMenu(props: MenuProps): ReactNode {
  const { view, context, onClose } = props;
  const [pane, setPane] = useState<Pane>("menu");
  switch (pane) {
    case "menu":
      return <Menu {...props} go={setPane} />;
    case "covers":
      return <Covers {...props} />;
    case "move":
      return <Move {...props} />;
    case "merge":
      return <Merge {...props} />;
    case "lines":
      return <MoveLines view={view} context={context} first={[]} onDone={onClose} />;
    case "discount":
      return <DiscountSheet view={view} currency={context.currency} onClose={onClose} />;
    case "waive":
      return <WaiveSheet view={view} onClose={onClose} />;
    case "code":
      return <Code {...props} />;
    case "history":
      return <TimelineSheet session={view.id} title={view.tables || props.table.name} utcOffsetMin={context.utcOffsetMin} onClose={onClose} />;
  }
}

function Menu({ view, table, context, go, onTill, onCloseTable, onClose }: MenuProps & { go: (pane: Pane) => void }): ReactNode {
  const w = useWords();
  const run = useRun(view.id, onClose);
  const print = usePrint();
  const later = view.mode === "pay_later";
  const hasOrders = view.orders.length > 0;
  const paid = view.check.paid > 0;
  const bar = closeBar(view);
  const name = view.tables || table.name;
  return (
    <Sheet title={w.table.moreTitle(name)} onClose={onClose} wide>
      <div className="tmenu">
        <button type="button" onClick={() => go("covers")}>{w.table.covers}</button>
        <button type="button" disabled={run.busy} onClick={() => run.go("vip", { vip: !view.vip })}>{view.vip ? w.table.vipOff : w.table.vipOn}</button>
        <button type="button" onClick={() => go("move")}>{w.table.move}</button>
        {later && <button type="button" onClick={() => go("merge")}>{w.table.merge}</button>}
        {view.merged.map((m) => (
          <button key={m.session} type="button" disabled={run.busy} onClick={() => run.go("unmerge", { from: m.session })}>{w.table.unmerge(m.table_name)}</button>
        ))}
        {later && hasOrders && <button type="button" onClick={() => go("lines")}>{w.table.moveLines}</button>}
        <button type="button" onClick={() => go("code")}>{w.table.code}</button>
        <button type="button" onClick={() => go("history")}>{w.table.history}</button>
        {hasOrders && later && <button type="button" disabled={print.busy} onClick={() => print.go({ slip: "pre_bill", session: view.id })}>{w.table.preBill}</button>}
        {paid && <button type="button" disabled={print.busy} onClick={() => print.go({ slip: "receipt", session: view.id })}>{w.table.receipt}</button>}
        {hasOrders && later && <button type="button" onClick={() => go("discount")}>{w.table.discount}</button>}
        {hasOrders && later && (view.check.seat_fee > 0 || view.check.shortfall > 0 || view.check.service_charge > 0 || Object.values(view.check.waived).some(Boolean)) && <button type="button" onClick={() => go("waive")}>{w.table.waive}</button>}
        {may(context.role, "charge") && (paid || view.check.total > 0) && <button type="button" onClick={onTill}>{view.check.due > 0 ? w.till.open : w.till.openSettled}</button>}
        <button type="button" disabled={bar !== "ok"} onClick={onCloseTable}>
          {w.floor.closeTable}
          {bar !== "ok" && <small>{w.floor.cannotClose[bar]}</small>}
        </button>
      </div>
      {!may(context.role, "collect") && <p className="muted">{w.table.noCollect}</p>}
    </Sheet>
  );
}

/** One command about the party; the sheet closes on a yes. */
function useRun(session: Id, done: () => void): { busy: boolean; go: (verb: string, body: object, then?: () => void) => void } {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  return {
    busy,
    go: (verb, body, then) => {
      if (lock.current) return;
      lock.current = true;
      setBusy(true);
      void send(`session:${session}`, `/sessions/${encodeURIComponent(session)}/${verb}`, body).then((o) => {
        lock.current = false;
        setBusy(false);
        if (o.ok) (then ?? done)();
      });
    },
  };
}

/** Sends a slip to the till's printer; says so, and whether it is a copy. */
function usePrint(): { busy: boolean; go: (slip: { slip: "pre_bill" | "receipt" | "table_code"; session: Id }) => void } {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  return {
    busy,
    go: (slip) => {
      if (lock.current) return;
      lock.current = true;
      setBusy(true);
      const job = newId();
      void send<{ copy?: number }>(`print:${job}`, "/print", { job, slip }).then((o) => {
        lock.current = false;
        setBusy(false);
        if (!o.ok) return;
        const copy = o.value?.copy ?? 0;
        notify(copy > 0 ? w.table.printedAgain(copy + 1) : w.table.printing, 3500, true);
      });
    },
  };
}

function Covers({ view, onClose }: MenuProps): ReactNode {
  const w = useWords();
  const run = useRun(view.id, onClose);
  const [covers, setCovers] = useState<number | null>(view.covers);
  return (
    <Sheet title={w.table.coversTitle} onClose={onClose}>
      <CoversPad most={12} seats={99} value={covers} onPick={setCovers} />
      <button type="button" className="primary big" disabled={covers === null || covers === view.covers || run.busy} onClick={() => covers !== null && run.go("covers", { covers })}>
        {run.busy ? w.sending : w.table.coversGo(covers ?? view.covers)}
      </button>
    </Sheet>
  );
}

function Move({ view, table, context, onMoved, onClose }: MenuProps): ReactNode {
  const w = useWords();
  const run = useRun(view.id, onClose);
  const [to, setTo] = useState<FloorTable | null>(null);
  const modes = new Map(context.view.areas.map((a) => [a.id, a.mode]));
  const free = context.view.tables.filter((t) => t.id !== table.id && modes.get(t.area) === view.mode && (view.mode === "pay_first" || t.state === "free" || t.state === "reserved"));
  return (
    <Sheet title={w.table.moveTitle(view.tables || table.name)} onClose={onClose} wide>
      <PickTable tables={free} picked={to?.id ?? null} none={w.plan.noTables} onPick={setTo} />
      <button type="button" className="primary big" disabled={to === null || run.busy} onClick={() => to !== null && run.go("move", { to: to.id }, () => { onClose(); onMoved(to.id); })}>
        {run.busy ? w.sending : to === null ? w.table.move : w.table.moveGo(to.name)}
      </button>
    </Sheet>
  );
}

function Merge({ view, table, context, onClose }: MenuProps): ReactNode {
  const w = useWords();
  const run = useRun(view.id, onClose);
  const [from, setFrom] = useState<FloorTable | null>(null);
  const party = from?.sessions[0];
  return (
    <Sheet title={w.table.mergeTitle(view.tables || table.name)} onClose={onClose} wide>
      <p className="muted">{w.table.mergeHint}</p>
      <PickTable tables={payLaterParties(context, view.id)} picked={from?.id ?? null} none={w.table.moveLinesNone} onPick={setFrom} />
      <button type="button" className="primary big" disabled={party === undefined || run.busy} onClick={() => party !== undefined && run.go("merge", { from: party.id })}>
        {run.busy ? w.sending : party === undefined || from === null ? w.table.merge : w.table.mergeGo(party.tables || from.name)}
      </button>
    </Sheet>
  );
}

/** The code for this party only: shown here, or printed. */
function Code({ view, table, onClose }: MenuProps): ReactNode {
  const w = useWords();
  const api = useApi();
  const print = usePrint();
  const [url, setUrl] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let live = true;
    void api.get<{ url: string }>(`/sessions/${encodeURIComponent(view.id)}/code`).then((a) => {
      if (!live) return;
      if (a.kind === "ok") setUrl(a.value.url);
      else setTrouble(a.kind === "refused" ? problemText(a.problem) : w.signIn.unreachable);
    });
    return () => {
      live = false;
    };
  }, [api, view.id, w]);
  const name = view.tables || table.name;
  return (
    <Sheet title={w.table.codeTitle(name)} onClose={onClose}>
      {url !== null ? <div className="tcode"><Qr text={url} label={w.table.codeTitle(name)} /></div> : <p className="fempty" role="status">{trouble ?? w.loading}</p>}
      <p className="muted">{w.table.codeHint}</p>
      <button type="button" className="primary big" disabled={print.busy} onClick={() => print.go({ slip: "table_code", session: view.id })}>
        {print.busy ? w.sending : w.table.codePrint}
      </button>
    </Sheet>
  );
}
