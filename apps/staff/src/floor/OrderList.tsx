/** What a party ordered, line by line: state, course, seat, what is held, what it costs. A tap on a line opens all that can be done. */
import type { Id, OrderLineView, OrderView, SessionView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { nameOf, usePeople } from "../approve/people";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { clockTime, money } from "../ui/labels";
import { NoEntry } from "../ui/parts";
import { DeclineSheet, useNod, whyWords } from "./Banners";
import type { FloorContext } from "./FloorPage";
import { isHeld, isLive, readyItems } from "./lines";
import type { Serve } from "./PartyPanel";

export interface OrderListProps {
  view: SessionView;
  context: FloorContext;
  serve: Serve;
  reload: () => void;
  onLine: (order: Id, line: Id) => void;
}

export function OrderList(props: OrderListProps): ReactNode {
  return props.view.orders.map((order) => <Order key={order.id} order={order} {...props} />);
}

function Order({ order, view, context, serve, reload, onLine }: OrderListProps & { order: OrderView }): ReactNode {
  const w = useWords();
  const send = useSend();
  const people = usePeople();
  const fire = (line: Id): void => void send(`session:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/fire`, { lines: [line] }).then(reload);
  return (
    <section className={`order order-${order.state}`}>
      <h3>
        <b>{order.number}</b> {w.floor.round(order.round)}
        <span className="muted tnum">
          {clockTime(order.placed_at, context.utcOffsetMin)} {order.placed_by !== "" && w.lines.orderBy(nameOf(people, order.placed_by))}
        </span>
        {order.state !== "accepted" && <span className="chip">{w.floor.orderStates[order.state]}</span>}
      </h3>
      {order.state === "awaiting_nod" && <NodRow order={order} table={view.tables || view.table.name} context={context} />}
      {order.declined !== null && <p className="onote">{w.lines.declined(order.declined)}</p>}
      {order.note !== null && <p className="onote">{order.note}</p>}
      <ul>
        {order.lines.map((line) => (
          <Line key={line.line} line={line} context={context} onOpen={isLive(line) && order.state === "accepted" ? () => onLine(order.id, line.line) : null}
            quick={order.state !== "accepted" ? null : isHeld(line) && line.held !== "soup" ? <button type="button" className="fire" onClick={() => fire(line.line)}>{w.lines.acts.fire}</button>
              : line.state === "ready" ? <button type="button" className="primary" disabled={serve.busy} onClick={() => serve.go(readyItems(view.orders, new Set([line.line])))} aria-label={`${w.floor.serve} ${line.name.zh}`}>{w.floor.serve}</button> : null} />
        ))}
      </ul>
    </section>
  );
}

function NodRow({ order, table, context }: { order: OrderView; table: string; context: FloorContext }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const nod = useNod(order.id);
  const [declining, setDeclining] = useState(false);
  return (
    <div className="nodrow">
      <span>{order.nod !== null && whyWords(order.nod, context.view.house.stations, w, lang)}</span>
      <button type="button" className="ghost" disabled={nod.busy} onClick={() => setDeclining(true)}>
        {w.plan.decline}
      </button>
      <button type="button" className="primary" disabled={nod.busy} onClick={nod.accept}>
        {nod.busy ? w.sending : w.plan.accept}
      </button>
      {declining && <DeclineSheet table={table} busy={nod.busy} onGo={(reason) => { setDeclining(false); nod.decline(reason); }} onClose={() => setDeclining(false)} />}
    </div>
  );
}

function Line({ line, context, quick, onOpen }: { line: OrderLineView; context: FloorContext; quick: ReactNode; onOpen: (() => void) | null }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const cooking = line.state === "sent" || line.state === "seen" || line.state === "started";
  const late = cooking && line.overdue_at !== null && context.now >= line.overdue_at;
  const name = say(line.name, lang);
  return (
    <li className={`line line-${line.state}${line.comped !== null ? " line-comped" : ""}`} data-line={line.line}>
      <button type="button" className="lopen" disabled={onOpen === null} onClick={onOpen ?? undefined}>
        <span className="lname">
          <b>
            {name} {line.variant !== null && say(line.variant, lang)} <span className="tnum">×{line.quantity}</span>
          </b>
          <LineWords line={line} />
        </span>
        <span className="lmoney tnum">
          {line.comped !== null || line.was_amount !== null ? <s>{money(line.was_amount ?? line.amount, context.currency)}</s> : null}
          {line.needs_weight && <small>{w.lines.estimate} </small>}
          {money(line.comped !== null ? 0 : line.amount, context.currency)}
        </span>
        <span className="lstate">
          <span className={`chip state-${isHeld(line) ? "held" : line.state}`}>{line.held === "soup" ? w.lines.heldSoup : w.floor.states[line.state]}</span>
          {line.needs_weight && <span className="chip chip-unweighed">{w.lines.weigh}</span>}
          {late && <span className="chip chip-overdue">{w.lines.late}</span>}
          {line.rushed > 0 && <span className="chip chip-rush">{w.floor.rush(line.rushed)}</span>}
          {line.remakes > 0 && <span className="chip">{w.lines.remade(line.remakes)}</span>}
          {line.course !== null && <span className="chip chip-plain">{w.lines.course(line.course)}</span>}
          {line.seat !== null && <span className="chip chip-plain">{w.lines.seat(line.seat)}</span>}
        </span>
      </button>
      {quick !== null && <div className="lbuttons">{quick}</div>}
    </li>
  );
}

export function LineWords({ line }: { line: OrderLineView }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
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
      {line.comped !== null && <span>{w.lines.comped(line.comped)}</span>}
      {line.void_reason !== null && <span>{w.kitchen.voidReason(line.void_reason)}</span>}
    </small>
  );
}
