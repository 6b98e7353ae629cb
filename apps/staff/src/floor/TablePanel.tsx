/** One table: open it, see its order, void a line, take cash, close it. */
import type { FloorTable, KitchenView, OrderLineView, OrderView, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { settings } from "../device/settings";
import { say, useLang, useWords, words } from "../i18n";
import { problemText, useApi, useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { clockTime, money } from "../ui/labels";
import { notify } from "../ui/notice";
import { NoEntry, Sheet } from "../ui/parts";
import { rememberClosed } from "../money/lately";
import { kept } from "../till/kept";
import { isOpen, secondsSince, three } from "../till/three";
import { Till } from "../till/Till";
import type { FloorContext } from "./FloorPage";
import { useSession } from "./useSession";
import { canVoid, closeBar, itemsToServe, may } from "./view";

export function TablePanel({ table, context, onClose }: { table: FloorTable; context: FloorContext; onClose: () => void }): ReactNode {
  const w = useWords();
  const [nth, setNth] = useState(0);
  const session = table.sessions[Math.min(nth, table.sessions.length - 1)];
  return (
    <aside className="fpanel" aria-label={table.name}>
      <header className="phead">
        <h2>{table.name}</h2>
        <span className="muted">{w.floor.seats(table.seats)}</span>
        <button type="button" className="ghost" onClick={onClose}>
          {w.close}
        </button>
      </header>
      {table.sessions.length > 1 && (
        <nav className="parties">
          {table.sessions.map((s, i) => (
            <button key={s.id} type="button" className="ghost" aria-current={s === session ? "true" : undefined} onClick={() => setNth(i)}>
              {i + 1} · {w.floor.covers(s.covers)} · {money(s.balance, context.currency)}
            </button>
          ))}
        </nav>
      )}
      {session === undefined ? <OpenTable table={table} dayOpen={context.view.day !== null} /> : <Session key={session.id} id={session.id} table={table} stamp={session} context={context} />}
    </aside>
  );
}

function OpenTable({ table, dayOpen }: { table: FloorTable; dayOpen: boolean }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [covers, setCovers] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  // One session id for this visit to the panel: a second press or a retry opens the same table session.
  const session = useRef(newId());
  const lock = useRef(false);
  const open = (n: number): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`table:${table.id}`, `/tables/${encodeURIComponent(table.id)}/open`, { session: session.current, covers: n }).then((o) => {
      // Accepted: stay busy until the feed shows the open table, so nobody opens it a second time.
      if (o.ok) return;
      lock.current = false;
      setBusy(false);
      session.current = newId();
    });
  };
  const most = Math.max(12, table.seats);
  if (!dayOpen) return <p className="fempty">{w.floor.dayClosed}</p>;
  return (
    <div className="opener">
      <h3>{w.floor.howMany}</h3>
      <div className="covers">
        {Array.from({ length: most }, (_, i) => i + 1).map((n) => (
          <button key={n} type="button" aria-pressed={covers === n} className={n > table.seats ? "over-seats" : ""} onClick={() => setCovers(n)}>
            {n}
          </button>
        ))}
      </div>
      <button type="button" className="primary big" disabled={covers === null || busy} onClick={() => covers !== null && open(covers)}>
        {busy ? w.sending : covers === null ? w.floor.howMany : w.floor.open(covers)}
      </button>
    </div>
  );
}

type Open = { kind: "till" } | { kind: "close" } | { kind: "void"; line: OrderLineView } | null;

function Session({ id, table, stamp, context }: { id: string; table: FloorTable; stamp: unknown; context: FloorContext }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { currency, utcOffsetMin, role, now, stale } = context;
  const [view, reload] = useSession(id, stamp);
  // Money whose answer never came (reload, power) is asked about again before anything else happens here.
  const [open, setOpen] = useState<Open>(() => (kept(id) === null ? null : { kind: "till" }));
  const serve = useServe(reload);
  const done = (): void => {
    setOpen(null);
    reload();
  };
  if (view === null) return <p className="fempty">{w.loading}</p>;
  const charges = may(role, "charge");
  const close = closeBar(view);
  const settled = close === "ok" && view.check.total > 0;
  return (
    <>
      <div className="pbody">
        <p className="muted">
          {w.floor.covers(view.covers)} · {w.floor.opened(clockTime(view.opened_at, utcOffsetMin))}
          {view.guests.length > 0 && ` · ${view.guests.map((g) => g.name).join(lang === "zh" ? "、" : ", ")}`}
        </p>
        {view.orders.length === 0 && <p className="fempty">{w.floor.noOrders}</p>}
        {view.orders.map((order) => (
          <Order key={order.id} order={order} context={context} serve={serve} onVoid={(line) => setOpen({ kind: "void", line })} canVoid={(line) => canVoid(line, role)} />
        ))}
        <Payments payments={view.payments} currency={currency} now={now} />
      </div>
      <footer className="pfooter">
        <div className="sums tnum">
          <span>
            {w.floor.total} {money(view.check.total, currency)}
          </span>
          <span>
            {w.floor.paid} {money(view.check.paid, currency)}
          </span>
          <b>
            {w.floor.due} {money(Math.max(0, view.check.due), currency)}
          </b>
        </div>
        {close === "checking" && <p className="warnline">{w.floor.cannotClose.checking}</p>}
        {!charges && <p className="muted">{w.floor.collectOnly}</p>}
        <div className="pbuttons">
          <button type="button" className={settled ? "primary close-table" : "ghost close-table"} disabled={close !== "ok"} onClick={() => setOpen({ kind: "close" })}>
            {w.floor.closeTable}
            {close === "due" && <small>{w.floor.cannotClose.due}</small>}
          </button>
          {charges && (
            <button type="button" className={settled ? "ghost open-till" : "primary open-till"} onClick={() => setOpen({ kind: "till" })}>
              {settled ? w.till.openSettled : w.till.open}
            </button>
          )}
        </div>
      </footer>
      {open?.kind === "till" && (
        <Till view={view} now={now} stale={stale} currency={currency} utcOffsetMin={utcOffsetMin} byHand={may(role, "collect")} mayRefund={may(role, "refund")} told={context.view.money.ways} reload={reload} onClose={done} />
      )}
      {open?.kind === "close" && <CloseSheet session={id} table={table.name} onClose={done} />}
      {open?.kind === "void" && <VoidSheet session={id} line={open.line} onClose={done} />}
    </>
  );
}

interface Serve {
  busy: boolean;
  go: (lines: string[]) => void;
}

/** Marks lines as carried to the table. Which kitchen items a line became is the kitchen's knowledge, so it is asked. */
function useServe(done: () => void): Serve {
  const api = useApi();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const go = async (lines: string[]): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const kitchen = await api.get<KitchenView>("/kitchen");
    if (kitchen.kind === "ok") {
      const keys = itemsToServe(kitchen.value, new Set(lines));
      await Promise.all(keys.map((key) => send(`item:${key}`, `/kitchen/items/${encodeURIComponent(key)}/serve`)));
    } else notify(kitchen.kind === "refused" ? problemText(kitchen.problem) : words[settings().lang].signIn.unreachable);
    lock.current = false;
    setBusy(false);
    done();
  };
  return { busy, go: (lines) => void go(lines) };
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

function Order({ order, context, serve, onVoid, canVoid }: { order: OrderView; context: FloorContext; serve: Serve; onVoid: (line: OrderLineView) => void; canVoid: (line: OrderLineView) => boolean }): ReactNode {
  const w = useWords();
  const ready = order.lines.filter((l) => l.state === "ready").map((l) => l.line);
  return (
    <section className={`order order-${order.state}`}>
      <h3>
        <b>{order.number}</b> {w.floor.round(order.round)}
        <span className="muted tnum">{clockTime(order.placed_at, context.utcOffsetMin)}</span>
        {ready.length > 1 && (
          <button type="button" className="primary" disabled={serve.busy} onClick={() => serve.go(ready)}>
            {w.floor.serveAll(ready.length)}
          </button>
        )}
        {order.state !== "accepted" && <span className="chip">{w.floor.orderStates[order.state]}</span>}
      </h3>
      {order.note !== null && <p className="onote">{order.note}</p>}
      <ul>
        {order.lines.map((line) => (
          <Line key={line.line} line={line} context={context} serving={serve.busy} onServe={() => serve.go([line.line])} onVoid={canVoid(line) ? () => onVoid(line) : null} />
        ))}
      </ul>
    </section>
  );
}

function Line({ line, context, serving, onServe, onVoid }: { line: OrderLineView; context: FloorContext; serving: boolean; onServe: () => void; onVoid: (() => void) | null }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const late = line.due_at !== null && context.now >= line.due_at && (line.state === "sent" || line.state === "seen" || line.state === "started");
  return (
    <li className={`line line-${line.state}`}>
      <div className="lname">
        <b>
          {say(line.name, lang)} {line.variant !== null && say(line.variant, lang)} <span className="tnum">×{line.quantity}</span>
        </b>
        <small>
          {line.weight_g !== null && <span>{w.kitchen.grams(line.weight_g)}</span>}
          {line.options.map((o, i) => (
            <span key={i} className={o.kind === "avoid" ? "lavoid" : ""}>
              {o.kind === "avoid" && <NoEntry />}
              {say(o.name, lang)}
              {o.quantity > 1 && ` ×${o.quantity}`}
            </span>
          ))}
          {line.set.map((s, i) => (
            <span key={`s${i}`}>
              {say(s.name, lang)} ×{s.quantity}
            </span>
          ))}
          {line.note !== null && <span className="lnote">{line.note}</span>}
          {line.void_reason !== null && <span>{w.kitchen.voidReason(line.void_reason)}</span>}
        </small>
      </div>
      <span className="lmoney tnum">{money(line.amount, context.currency)}</span>
      <div className="lstate">
        <span className={`chip state-${line.state}`}>{w.floor.states[line.state]}</span>
        {late && <span className="chip chip-over">{w.kitchen.ages.due}</span>}
        {line.rushed > 0 && <span className="chip chip-rush">{w.floor.rush(line.rushed)}</span>}
      </div>
      <div className="lbuttons">
        {onVoid !== null && (
          <button type="button" className="ghost lvoid" onClick={onVoid} aria-label={`${w.floor.voidLine} ${say(line.name, lang)}`}>
            {w.floor.voidLine}
          </button>
        )}
        {line.state === "ready" && (
          <button type="button" className="primary" disabled={serving} onClick={onServe} aria-label={`${w.floor.serve} ${say(line.name, lang)}`}>
            {w.floor.serve}
          </button>
        )}
      </div>
    </li>
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

function VoidSheet({ session, line, onClose }: { session: string; line: OrderLineView; onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const send = useSend();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const name = `${say(line.name, lang)} ×${line.quantity}`;
  const go = (): void => {
    if (lock.current || reason.trim() === "") return;
    lock.current = true;
    setBusy(true);
    void send(`session:${session}`, `/sessions/${encodeURIComponent(session)}/lines/${encodeURIComponent(line.line)}/void`, { reason: reason.trim() }).then(onClose);
  };
  return (
    <Sheet title={w.floor.voidTitle} onClose={onClose}>
      <p className="voidwhat">
        <b>{name}</b> <span className="chip">{w.floor.states[line.state]}</span>
      </p>
      <div className="reasons">
        {w.floor.voidReasons.map((r) => (
          <button key={r} type="button" className="ghost" aria-pressed={reason === r} onClick={() => setReason(r)}>
            {r}
          </button>
        ))}
      </div>
      <input value={reason} onChange={(e) => setReason(e.target.value)} placeholder={w.floor.voidOther} aria-label={w.floor.voidOther} maxLength={60} />
      <button type="button" className="danger big" disabled={busy || reason.trim() === ""} onClick={go}>
        {busy ? w.sending : w.floor.voidGo(name)}
      </button>
    </Sheet>
  );
}
