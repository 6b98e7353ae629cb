/** A party at its table: what it ordered and how far that is, what it owes, and everything that can be done for it. */
import type { FloorParty, FloorTable, Id, SessionView } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { settings } from "../device/settings";
import { useLang, useWords, words } from "../i18n";
import { useApi, useSend } from "../net/hooks";
import { OrderSheet } from "../order/OrderSheet";
import { deliver, useDraftState } from "../order/drafts";
import { kept } from "../till/kept";
import { isOpen, secondsSince, three } from "../till/three";
import { Till } from "../till/Till";
import { rememberClosed } from "../money/lately";
import { clockTime, money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import { CheckSums } from "./CheckSums";
import type { FloorContext } from "./FloorPage";
import { heldCourses, readyItems, readyLines } from "./lines";
import { LineSheet } from "./LineSheet";
import { OrderList } from "./OrderList";
import { TableMenu } from "./TableMenu";
import { useSession } from "./useSession";
import { closeBar, may } from "./view";

type Open = { kind: "till" } | { kind: "close" } | { kind: "order" } | { kind: "menu" } | { kind: "line"; order: Id; line: Id } | null;

export function PartyPanel({ table, party, context, onPick }: { table: FloorTable; party: FloorParty; context: FloorContext; onPick: (table: Id) => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const { currency, utcOffsetMin, role, now, stale } = context;
  const { view, failed, reload } = useSession(party.id, party);
  // Money whose answer never came (reload, power) is asked about again before anything else happens here.
  const [open, setOpen] = useState<Open>(() => (kept(party.id) === null ? null : { kind: "till" }));
  const draft = useDraftState(party.id);
  // An order that was under way when the page was reloaded goes on, with the key it had.
  useEffect(() => {
    if (draft.sending) void deliver(api, party.id, words[settings().lang].take.title(table.name)).then(reload);
  }, [draft.sending, api, party.id, table.name, reload]);
  const serve = useServe(reload);
  const close = (): void => {
    setOpen(null);
    reload();
  };
  if (view === null) return <p className="fempty">{failed ? w.table.gone : w.loading}</p>;
  const charges = may(role, "charge");
  const bar = closeBar(view);
  const settled = bar === "ok" && view.check.total > 0;
  const name = view.tables || table.name;
  const atLine = open?.kind === "line" ? view.orders.find((o) => o.id === open.order) : undefined;
  const line = open?.kind === "line" ? atLine?.lines.find((l) => l.line === open.line) : undefined;
  return (
    <>
      <div className="pbody">
        <PartyHead view={view} utcOffsetMin={utcOffsetMin} />
        {failed && <p className="warnline">{w.table.gone}</p>}
        <FireBar view={view} reload={reload} serve={serve} />
        {view.orders.length === 0 && <p className="fempty">{w.floor.noOrders}</p>}
        <OrderList view={view} context={context} serve={serve} reload={reload} onLine={(order, id) => setOpen({ kind: "line", order, line: id })} />
        <Payments payments={view.payments} currency={currency} now={now} />
      </div>
      <footer className="pfooter">
        <CheckSums check={view.check} currency={currency} />
        {view.check.unweighed.length > 0 && <p className="warnline">{w.table.unweighed(view.check.unweighed.length)}</p>}
        {bar === "checking" && <p className="warnline">{w.floor.cannotClose.checking}</p>}
        <div className="pbuttons">
          <button type="button" className="ghost" onClick={() => setOpen({ kind: "menu" })}>
            {w.table.more}
          </button>
          {settled ? (
            <button type="button" className="primary close-table" onClick={() => setOpen({ kind: "close" })}>
              {w.floor.closeTable}
            </button>
          ) : view.check.total === 0 && view.orders.length === 0 && bar === "ok" ? (
            <button type="button" className="ghost close-table" onClick={() => setOpen({ kind: "close" })}>
              {w.floor.closeTable}
            </button>
          ) : (
            charges && (
              <button type="button" className="ghost open-till" onClick={() => setOpen({ kind: "till" })}>
                {w.till.open}
              </button>
            )
          )}
          <button type="button" className={settled ? "ghost ptake" : "primary ptake"} data-draft={draft.dishes} disabled={draft.sending} onClick={() => setOpen({ kind: "order" })}>
            {draft.sending ? w.table.sendingDraft : draft.refused ? w.table.refusedDraft : draft.dishes > 0 ? w.table.draft(draft.dishes) : view.orders.length > 0 ? w.table.orderMore : w.table.order}
          </button>
        </div>
      </footer>
      {open?.kind === "order" && <OrderSheet view={view} context={context} name={name} onClose={close} />}
      {open?.kind === "menu" && <TableMenu view={view} table={table} context={context} onTill={() => setOpen({ kind: "till" })} onCloseTable={() => setOpen({ kind: "close" })} onMoved={onPick} onClose={close} />}
      {line !== undefined && atLine !== undefined && <LineSheet view={view} order={atLine} line={line} context={context} serve={serve} reload={reload} onClose={close} />}
      {open?.kind === "till" && (
        <Till view={view} now={now} stale={stale} currency={currency} utcOffsetMin={utcOffsetMin} byHand={may(role, "collect")} mayRefund={may(role, "refund")} told={context.view.money.ways} reload={reload} onClose={close} />
      )}
      {open?.kind === "close" && <CloseSheet session={party.id} table={name} onClose={close} />}
    </>
  );
}

function PartyHead({ view, utcOffsetMin }: { view: SessionView; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
    <p className="muted pwho">
      {w.floor.covers(view.covers)} · {w.floor.opened(clockTime(view.opened_at, utcOffsetMin))}
      {view.hot_pot && ` · ${w.table.hotPot}`}
      {view.merged.length > 0 && ` · ${w.table.merged(view.merged.map((m) => m.table_name).join(lang === "zh" ? "、" : ", "))}`}
      {view.guests.length > 0 && ` · ${view.guests.map((g) => g.name).join(lang === "zh" ? "、" : ", ")}`}
      {view.merged_into !== null && ` · ${w.table.mergedInto}`}
    </p>
  );
}

/** What can be done for the whole table at once: fire a course, carry everything out. */
function FireBar({ view, reload, serve }: { view: SessionView; reload: () => void; serve: Serve }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const courses = heldCourses(view.orders);
  const ready = readyLines(view.orders);
  if (courses.length === 0 && ready.length < 2) return null;
  const fire = (lines: Id[], what: string): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`session:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/fire`, { lines }, undefined, `${view.tables || view.table.name} ${what}`).then(() => {
      lock.current = false;
      setBusy(false);
      reload();
    });
  };
  const all = courses.flatMap((c) => c.lines);
  return (
    <div className="firebar">
      {ready.length > 1 && (
        <button type="button" className="primary" disabled={serve.busy} onClick={() => serve.go(readyItems(view.orders, new Set(ready)))}>
          {w.floor.serveAll(ready.length)}
        </button>
      )}
      {courses.map((c) => {
        const what = c.course === null ? w.lines.fireRest(c.lines.length) : w.lines.fireCourse(c.course, c.lines.length);
        return (
          <button key={c.course ?? 0} type="button" className="fire" disabled={busy} onClick={() => fire(c.lines, what)}>
            {what}
          </button>
        );
      })}
      {courses.length > 1 && (
        <button type="button" className="ghost" disabled={busy} onClick={() => fire(all, w.lines.fireAll(all.length))}>
          {w.lines.fireAll(all.length)}
        </button>
      )}
    </div>
  );
}

export interface Serve {
  busy: boolean;
  go: (items: string[]) => void;
}

/** Marks dishes as carried to the table. */
function useServe(done: () => void): Serve {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const go = async (items: string[]): Promise<void> => {
    if (lock.current || items.length === 0) return;
    lock.current = true;
    setBusy(true);
    await Promise.all(items.map((key) => send(`item:${key}`, `/kitchen/items/${encodeURIComponent(key)}/serve`)));
    lock.current = false;
    setBusy(false);
    done();
  };
  return { busy, go: (items) => void go(items) };
}

/** Only the last few: what a payment is now, in the till's three words. */
function Payments({ payments, currency, now }: { payments: SessionView["payments"]; currency: "CNY" | "USD"; now: number }): ReactNode {
  const w = useWords();
  const shown = payments.filter((p) => isOpen(p) || p.state === "paid").slice(-4);
  if (shown.length === 0) return null;
  return (
    <ul className="payments">
      {shown.map((p) => (
        <li key={p.ask} className={`pay-${three[p.state]}`}>
          <span>{w.ways[p.way]}</span>
          <b>{w.till.three[three[p.state]]}</b>
          <span className="tnum">
            {isOpen(p) && `${w.till.seconds(secondsSince(p.asked_at, now))} · `}
            {money(p.amount + p.tip, currency)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function CloseSheet({ session, table, onClose }: { session: string; table: string; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`session:${session}`, `/sessions/${encodeURIComponent(session)}/close`).then((o) => {
      if (o.ok) rememberClosed({ session, table, at: Date.now() });
      onClose();
    });
  };
  return (
    <Sheet title={w.floor.closeTitle(table)} onClose={onClose}>
      <p>{w.floor.closeHint}</p>
      <button type="button" className="primary big" disabled={busy} onClick={go}>
        {busy ? w.sending : w.floor.closeTable}
      </button>
    </Sheet>
  );
}
