/** The plan of the house: banners, calls, tables by area or by trouble; beside it the table that was tapped. */
import type { FloorTable, Id, Ms } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { Waiting } from "../approve/Waiting";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { wholeMinutes } from "../ui/labels";
import { Banners } from "./Banners";
import { FewList } from "./FewList";
import type { FloorContext } from "./FloorPage";
import { cardsOf, sumsOf, type PlanOrder, type TableCard } from "./look";
import { TablePanel } from "./TablePanel";
import { TableTile } from "./TableTile";
import { openCalls, type OpenCall } from "./view";

export function TablesTab({ context, openDay, session }: { context: FloorContext; openDay: () => void; /** The party to show at once. */ session: Id | null }): ReactNode {
  const w = useWords();
  const { view, now, currency, role } = context;
  const [picked, setPicked] = useState<{ table: Id; session: Id | null } | null>(() => {
    const at = session === null ? undefined : view.tables.find((t) => t.sessions.some((s) => s.id === session));
    return at === undefined ? null : { table: at.id, session };
  });
  const [area, setArea] = useState<Id | null>(null);
  const [order, setOrder] = useState<PlanOrder>("plan");
  const table = view.tables.find((t) => t.id === picked?.table) ?? null;
  const pick = (t: FloorTable): void => setPicked({ table: t.id, session: null });
  const pickSession = (session: Id): void => {
    const at = view.tables.find((t) => t.sessions.some((s) => s.id === session));
    if (at !== undefined) setPicked({ table: at.id, session });
  };
  const cards = cardsOf(view, area, order, now);
  const sums = sumsOf(cards);
  return (
    <div className={table === null ? "ftables" : "ftables ftables-picked"}>
      <div className="flist">
        {view.day === null && (
          <button type="button" className="dayclosed" onClick={openDay}>
            <b>{w.floor.dayClosed}</b>
            <span>{w.floor.dayClosedHint}</span>
          </button>
        )}
        <Banners house={view.house} cloud={view.cloud} now={now} role={role} currency={currency} pick={pickSession} />
        <Waiting view={view} now={now} currency={currency} />
        <Calls calls={openCalls(view)} now={now} pick={pick} />
        <PlanBar context={context} area={area} setArea={setArea} order={order} setOrder={setOrder} />
        <Plan context={context} cards={cards} grouped={order === "plan"} picked={picked?.table ?? null} pick={pick} />
        {cards.length === 0 && <p className="fempty">{w.plan.noTables}</p>}
        <p className="muted fsum">
          {w.plan.sums(sums.free, sums.taken, sums.covers)}
          {sums.trouble > 0 && ` · ${w.plan.trouble(sums.trouble)}`}
        </p>
      </div>
      {table === null ? (
        <aside className="fpanel fpanel-empty muted">{w.floor.pickTable}</aside>
      ) : (
        <TablePanel key={`${table.id} ${picked?.session ?? ""}`} table={table} session={picked?.session ?? null} context={context} onClose={() => setPicked(null)} onPick={(id) => setPicked({ table: id, session: null })} />
      )}
    </div>
  );
}

function PlanBar({ context, area, setArea, order, setOrder }: { context: FloorContext; area: Id | null; setArea: (a: Id | null) => void; order: PlanOrder; setOrder: (o: PlanOrder) => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { areas } = context.view;
  return (
    <div className="planbar">
      <nav className="planareas" aria-label={w.plan.allAreas}>
        <button type="button" className="ghost" aria-pressed={area === null} onClick={() => setArea(null)}>
          {w.plan.allAreas}
        </button>
        {areas.map((a) => (
          <button key={a.id} type="button" className="ghost" aria-pressed={area === a.id} onClick={() => setArea(a.id)}>
            {say(a.name, lang)}
          </button>
        ))}
      </nav>
      <button type="button" className="ghost planorder" aria-pressed={order === "trouble"} onClick={() => setOrder(order === "plan" ? "trouble" : "plan")}>
        {w.plan.byTrouble}
      </button>
    </div>
  );
}

/** By area where tables stand as in the house; one list where trouble comes first. */
function Plan({ context, cards, grouped, picked, pick }: { context: FloorContext; cards: TableCard[]; grouped: boolean; picked: Id | null; pick: (t: FloorTable) => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { view, currency, utcOffsetMin } = context;
  const tile = (c: TableCard): ReactNode => <TableTile key={c.table.id} card={c} currency={currency} utcOffsetMin={utcOffsetMin} picked={c.table.id === picked} onPick={() => pick(c.table)} />;
  if (!grouped) return <div className="fgrid">{cards.map(tile)}</div>;
  return view.areas.map((area) => {
    const here = cards.filter((c) => c.table.area === area.id);
    return here.length === 0 ? null : (
      <section key={area.id} className="farea">
        <h2>
          {say(area.name, lang)} <span className="chip">{area.mode === "pay_first" ? w.floor.payFirst : w.floor.payLater}</span>
          {area.hot_pot === true && <span className="chip">{w.table.hotPot}</span>}
        </h2>
        <div className="fgrid">{here.map(tile)}</div>
      </section>
    );
  });
}

function Calls({ calls, now, pick }: { calls: OpenCall[]; now: Ms; pick: (t: FloorTable) => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [going, setGoing] = useState<ReadonlySet<string>>(new Set());
  if (calls.length === 0) return null;
  const answer = (id: string): void => {
    if (going.has(id)) return;
    setGoing(new Set([...going, id]));
    void send(`call:${id}`, `/calls/${encodeURIComponent(id)}/answer`).then((o) => {
      if (!o.ok) setGoing((s) => new Set([...s].filter((x) => x !== id)));
    });
  };
  return (
    <FewList className="calls" label={w.floor.calls}>
      {calls.map(({ call, table }) => (
        <li key={call.call}>
          <button type="button" className="callwhere" onClick={() => pick(table)}>
            <b>{table.name}</b> {w.floor.callReasons[call.reason]} <span className="tnum">{w.minutes(wholeMinutes(call.at, now))}</span>
          </button>
          <button type="button" className="primary" disabled={going.has(call.call)} onClick={() => answer(call.call)}>
            {going.has(call.call) ? w.sending : w.floor.answer}
          </button>
        </li>
      ))}
    </FewList>
  );
}
