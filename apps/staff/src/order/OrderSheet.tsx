/**
 * Takes an order at the table, over the whole screen: find a dish by number, initials or heading, tap it, send. What is written
 * down stays on the device until the house has accepted it.
 */
import type { Dish, Selection, SessionView } from "@dandan/client";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { say, useLang, useWords } from "../i18n";
import { useApi } from "../net/hooks";
import { newId } from "../net/ids";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { StaleBanner, Warn } from "../ui/parts";
import { mustChoose, selection as selectionOf, startChoice, type Limits } from "./choice";
import { Chooser } from "./Chooser";
import { DishFinder } from "./DishFinder";
import { DraftList } from "./DraftList";
import { Refused } from "./Refused";
import { add, again, isDead, lacksSoup, lastOf, perHeadLacking, priced, setLine, soups, totalOf, withPerHead } from "./draft";
import { oftenOnThisDevice, submit, useDraft } from "./drafts";
import "./order.css";
import { blocks, canOrder, leftOf } from "./stock";
import { useMenu } from "./useMenu";
import { useQuote } from "./useQuote";

export interface OrderSheetProps {
  view: SessionView;
  context: FloorContext;
  name: string;
  onClose: () => void;
}

type Choosing = { dish: Dish; line: string | null; quantity: number } | null;

export function OrderSheet({ view, context, name, onClose }: OrderSheetProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const api = useApi();
  const menu = useMenu(view.menu_version);
  const { draft, mine, change } = useDraft(view.id);
  const [choosing, setChoosing] = useState<Choosing>(null);
  const [current, setCurrent] = useState<string | null>(null);
  /** On a phone one of the two is seen. */
  const [pane, setPane] = useState<"menu" | "list">("menu");
  const often = useMemo(oftenOnThisDevice, []);
  const stock = context.view.stock;
  const stamp = `${view.menu_version} ${JSON.stringify(stock)}`;
  const quote = useQuote(view.id, draft.lines, stamp);
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  // What every guest gets is written down once, when a party's first order is begun.
  const perHead = menu !== null && mine && draft.lines.length === 0 && draft.sending === null && view.per_head.length > 0;
  useEffect(() => {
    if (menu !== null && perHead) change((d) => (d.lines.length === 0 ? withPerHead(d, view, menu, newId) : d));
    // Once per visit: who takes them off again means it.
  }, [menu, mine]);
  if (menu === null) return <Frame title={w.take.title(name)} onClose={onClose} box={box}><p className="fempty">{w.loading}</p></Frame>;

  const can = (dish: string): ReturnType<typeof canOrder> => canOrder(dish, stock, view.stock);
  const limitsOf = (dish: Dish): Limits => ({ covers: view.covers, remaining: leftOf(dish.id, stock, view.stock) });
  const put = (s: Selection): void => {
    change((d) => {
      const next = add(d, newId(), s);
      const line = lastOf(next, s.dish);
      queueMicrotask(() => setCurrent(line?.line ?? null));
      return next;
    });
  };
  const tap = (dish: Dish, quantity = 1): void => {
    if (blocks(can(dish.id))) return;
    if (mustChoose(dish, limitsOf(dish))) return setChoosing({ dish, line: null, quantity });
    const plain = selectionOf(dish, { ...startChoice(dish), quantity }, limitsOf(dish));
    if (plain !== null) put(plain);
  };
  // Only a first order has to bring it; the draft says so even while it is empty.
  const lacking = perHeadLacking(draft, view, menu);
  const lines = priced(draft.lines, quote, menu);
  const total = totalOf(lines);
  const problems = new Map((quote?.lines ?? []).flatMap((q) => (q.problem === null ? [] : [[q.line, q.problem] as const])));
  const stuck = [...problems.values()].some(isDead);
  const dishes = draft.lines.reduce((n, l) => n + l.quantity, 0);
  const last = [...view.orders].reverse().find((o) => o.state === "accepted" && o.lines.some((l) => l.state !== "voided"));
  const repeat = (): void => {
    if (last === undefined) return;
    const { selections, lost } = again(last, menu);
    change((d) => selections.reduce((x, s) => add(x, newId(), s), d));
    if (lost.length > 0) notify(w.take.againLost(lost.join("、")), 9000);
    setPane("list");
  };
  const send = (): void => {
    if (dishes === 0 || stuck || draft.sending !== null) return;
    void submit(api, view.id, lines, quote?.menu_version ?? menu.version, `${w.take.title(name)} ${money(total, context.currency)}`).then((how) => {
      if (how !== "accepted") return;
      notify(w.take.sent(name), 3500, true);
      onClose();
    });
  };
  const editing = choosing?.line == null ? null : (draft.lines.find((l) => l.line === choosing.line) ?? null);
  return (
    <Frame title={w.take.title(name)} onClose={onClose} box={box} sub={w.floor.covers(view.covers)}>
      <StaleBanner seconds={context.stale} first={false} />
      {context.view.house.stopped !== null && (
        <p className="tstop">
          <Warn /> {w.take.stopped}
        </p>
      )}
      {!mine && <p className="tstop">{w.take.otherPage}</p>}
      {lacksSoup(view, draft, menu) && (
        <div className="tsoup">
          <b>{w.take.soup}</b>
          {soups(menu).slice(0, 6).map((d) => (
            <button key={d.id} type="button" disabled={blocks(can(d.id))} onClick={() => tap(d)}>
              {say(d.name, lang)}
            </button>
          ))}
        </div>
      )}
      {lacking.length > 0 && (
        <div className="tsoup tperhead">
          <b>{w.take.perHeadLacking}</b>
          {lacking.map(({ dish, more }) => (
            <button key={dish.id} type="button" disabled={blocks(can(dish.id))} onClick={() => tap(dish, more)}>
              {say(dish.name, lang)} ×{more}
            </button>
          ))}
        </div>
      )}
      <div className="tbody" data-pane={pane} inert={!mine || draft.sending !== null}>
        <DishFinder menu={menu} often={often} can={can} counts={countsOf(draft.lines)} currency={context.currency} on={choosing === null && mine && draft.refused === null} onTap={(d) => tap(d)} />
        <DraftList
          draft={draft} lines={lines} menu={menu} problems={problems} currency={context.currency} covers={view.covers} current={current} setCurrent={setCurrent} change={change}
          onOptions={(line) => { const dish = menu.dishes.find((d) => d.id === line.dish); if (dish !== undefined) setChoosing({ dish, line: line.line, quantity: line.quantity }); }}
          onAgain={last === undefined ? null : repeat}
        />
      </div>
      <footer className="tfoot">
        <button type="button" className="tswitch" aria-pressed={pane === "list"} onClick={() => setPane(pane === "menu" ? "list" : "menu")}>
          {pane === "menu" ? w.take.list(dishes) : w.take.menu}
        </button>
        <span className="tfootsum">
          <span>{w.take.items(dishes)}</span>
          <b className="tnum">
            {quote === null && dishes > 0 && <small>{w.take.about} </small>}
            {money(total, context.currency)}
          </b>
        </span>
        <button type="button" className="primary tsend" disabled={dishes === 0 || stuck || !mine || draft.sending !== null} onClick={send}>
          {draft.sending !== null ? w.take.sending : w.take.send(money(total, context.currency))}
        </button>
      </footer>
      {draft.refused !== null && draft.sending === null && <Refused draft={draft} menu={menu} currency={context.currency} change={change} />}
      {choosing !== null && (choosing.line === null || editing !== null) && (
        <Chooser dish={choosing.dish} menu={menu} line={editing} quantity={choosing.quantity} limits={limitsOf(choosing.dish)} can={can} onClose={() => setChoosing(null)}
          onDone={(s) => {
            if (choosing.line === null) put(s);
            else change((d) => setLine(d, choosing.line ?? "", s));
            setChoosing(null);
          }} />
      )}
    </Frame>
  );
}

function Frame({ title, sub, box, onClose, children }: { title: string; sub?: string; box: React.RefObject<HTMLElement | null>; onClose: () => void; children: ReactNode }): ReactNode {
  const w = useWords();
  return (
    <section ref={box} className="taking light" role="dialog" aria-modal aria-label={title} tabIndex={-1}>
      <header className="till-head">
        <h2>{title}</h2>
        {sub !== undefined && <span className="muted">{sub}</span>}
        <button type="button" className="ghost till-close" onClick={onClose}>
          {w.close}
        </button>
      </header>
      {children}
    </section>
  );
}

function countsOf(lines: readonly { dish: string; quantity: number }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const l of lines) counts.set(l.dish, (counts.get(l.dish) ?? 0) + l.quantity);
  return counts;
}
