/** The waiter's and cashier's page: tables at a glance, calls, pick-up counter, stock, business day. */
import type { FloorTable, FloorView, Ms, Role } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { say, useLang, useWords } from "../i18n";
import { useFeed, useNow, useSend, useStore } from "../net/hooks";
import { go, leave } from "../route";
import { money, wholeMinutes } from "../ui/labels";
import { Connection, LangSwitch, StaleBanner } from "../ui/parts";
import { MoneyTab } from "../money/MoneyTab";
import { VoiceBar } from "../voice/VoiceBar";
import { useVoice, type Voice } from "../voice/useVoice";
import { DayTab } from "./DayTab";
import { PickupTab } from "./PickupTab";
import { StockTab } from "./StockTab";
import { TablePanel } from "./TablePanel";
import "./floor.css";
import { cardOf, may, mergeFloor, openCalls, tablesOf, type OpenCall, type TableCard } from "./view";

type Tab = "tables" | "pickup" | "stock" | "money" | "day";
const TABS: readonly Tab[] = ["tables", "pickup", "stock", "money", "day"];

export interface FloorContext {
  view: FloorView;
  now: Ms;
  /** Seconds of silence, once there are too many. */
  stale: number | null;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
  role: Role;
}

export default function FloorPage(): ReactNode {
  const w = useWords();
  const { staff } = useSettings();
  const { feed, view, online } = useFeed("/floor/feed", mergeFloor);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const [tab, setTab] = useState<Tab>("tables");
  const currency = store?.currency ?? "CNY";
  const context: FloorContext | null =
    view === null || staff === null
      ? null
      : { view, now, stale, currency, utcOffsetMin: store?.utc_offset_min ?? -new Date().getTimezoneOffset(), role: staff.card.role };
  const voice = useVoice(view?.money ?? null, feed.now.bind(feed), currency);
  const tabs = TABS.filter((t) => t !== "money" || (staff !== null && may(staff.card.role, "reconcile")));
  const money = view?.money;
  return (
    <main className="page light floor">
      <header className="fbar">
        <nav>
          {tabs.map((t) => (
            <button key={t} type="button" className="ghost" aria-current={t === tab ? "page" : undefined} onClick={() => setTab(t)}>
              {w.floor.tabs[t]}
              {t === "money" && money !== undefined && money.open_cases > 0 && (
                <span className={money.overdue_cases > 0 ? "badge badge-over" : "badge"} aria-label={w.money.openCases(money.open_cases)}>
                  {money.open_cases}
                </span>
              )}
            </button>
          ))}
        </nav>
        <Connection online={online && stale === null} />
        <div className="fwho">
          <LangSwitch />
          {staff !== null && staff.card.role !== "waiter" && staff.card.role !== "cashier" && (
            <button type="button" className="ghost" onClick={() => go("kitchen")}>
              {w.pages.kitchen}
            </button>
          )}
          <button type="button" className="ghost" onClick={leave}>
            {staff?.card.name} · {w.signIn.signOut}
          </button>
        </div>
      </header>
      <StaleBanner seconds={stale} first={view === null} />
      {context !== null && <VoiceBar voice={voice} currency={currency} utcOffsetMin={context.utcOffsetMin} />}
      {context === null ? <p className="fempty">{w.loading}</p> : <TabBody tab={tab} voice={voice} context={context} openDay={() => setTab("day")} />}
    </main>
  );
}

function TabBody({ tab, context, voice, openDay }: { tab: Tab; context: FloorContext; voice: Voice; openDay: () => void }): ReactNode {
  switch (tab) {
    case "tables":
      return <TablesTab context={context} openDay={openDay} />;
    case "pickup":
      return <PickupTab utcOffsetMin={context.utcOffsetMin} />;
    case "stock":
      return <StockTab stock={context.view.stock} editable={may(context.role, "stock")} />;
    case "money":
      return <MoneyTab context={context} voice={voice} />;
    case "day":
      return <DayTab context={context} />;
  }
}

function TablesTab({ context, openDay }: { context: FloorContext; openDay: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { view, now, currency } = context;
  const [picked, setPicked] = useState<string | null>(null);
  const table = view.tables.find((t) => t.id === picked) ?? null;
  const calls = openCalls(view);
  const free = view.tables.filter((t) => t.sessions.length === 0).length;
  return (
    <div className={table === null ? "ftables" : "ftables ftables-picked"}>
      <div className="flist">
        {view.day === null && (
          <button type="button" className="dayclosed" onClick={openDay}>
            <b>{w.floor.dayClosed}</b>
            <span>{w.floor.dayClosedHint}</span>
          </button>
        )}
        <Calls calls={calls} now={now} pick={(t) => setPicked(t.id)} />
        {view.areas.map((area) => {
          const tables = tablesOf(view, area.id);
          return (
            <section key={area.id} className="farea">
              <h2>
                {say(area.name, lang)} <span className="chip">{area.mode === "pay_first" ? w.floor.payFirst : w.floor.payLater}</span>
              </h2>
              <div className="fgrid">
                {tables.map((t) => (
                  <Table key={t.id} card={cardOf(t, now)} currency={currency} picked={t.id === picked} onPick={() => setPicked(t.id)} />
                ))}
              </div>
            </section>
          );
        })}
        <p className="muted fsum">{w.floor.summary(free, view.tables.length - free)}</p>
      </div>
      {table === null ? (
        <aside className="fpanel fpanel-empty muted">{w.floor.pickTable}</aside>
      ) : (
        <TablePanel key={table.id} table={table} context={context} onClose={() => setPicked(null)} />
      )}
    </div>
  );
}

function Table({ card, currency, picked, onPick }: { card: TableCard; currency: "CNY" | "USD"; picked: boolean; onPick: () => void }): ReactNode {
  const w = useWords();
  const words = { free: w.floor.free, seated: w.floor.seated, checking: w.floor.checking, paid: w.floor.paidUp };
  const loud = card.calls.length > 0;
  return (
    <button type="button" className={`table table-${card.state}${loud ? " table-calling" : ""}`} aria-pressed={picked} onClick={onPick}>
      <span className="thead1">
        <b>{card.table.name}</b>
        <span className="tstate">{words[card.state]}</span>
      </span>
      {card.state === "free" ? (
        <span className="muted">{w.floor.seats(card.table.seats)}</span>
      ) : (
        <>
          <span className="tline">
            {w.floor.covers(card.covers)} · <span className="tnum">{w.minutes(card.minutes)}</span>
            {card.parties > 1 && ` · ${w.floor.parties(card.parties)}`}
          </span>
          <span className="tmoney tnum">{card.balance > 0 ? money(card.balance, currency) : " "}</span>
          <span className="tchips">
            {card.calls.map((c) => (
              <span key={c.call} className="chip chip-call">
                {w.floor.callReasons[c.reason]}
              </span>
            ))}
            {card.unseen > 0 && <span className="chip chip-unseen">{w.floor.unseen(card.unseen)}</span>}
            {card.overdue > 0 && <span className="chip chip-over">{w.floor.overdue(card.overdue)}</span>}
          </span>
        </>
      )}
    </button>
  );
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
    <ul className="calls" aria-label={w.floor.calls}>
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
    </ul>
  );
}
