/** The waiter's and cashier's page: tables at a glance, calls, pick-up counter, stock, business day. */
import type { FloorView, Id, Ms, Role } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { useWords } from "../i18n";
import { useFeed, useNow, useStore } from "../net/hooks";
import { go, leave } from "../route";
import { Connection, LangSwitch, StaleBanner } from "../ui/parts";
import { MoneyTab } from "../money/MoneyTab";
import { sweepDrafts } from "../order/drafts";
import { VoiceBar } from "../voice/VoiceBar";
import { useVoice, type Voice } from "../voice/useVoice";
import { QueueTab } from "../queue/QueueTab";
import { OpenShifts, ShiftBanner } from "../shift/ShiftBanner";
import { ShiftTab } from "../shift/ShiftTab";
import type { Place } from "../shift/unmatched";
import { DayTab } from "./DayTab";
import "./floor.css";
import { PickupTab } from "./PickupTab";
import { StockTab } from "./StockTab";
import { TablesTab } from "./TablesTab";
import { may, mergeFloor, type Right } from "./view";

type Tab = "tables" | "queue" | "pickup" | "stock" | "money" | "shift" | "day";
const TABS: readonly Tab[] = ["tables", "queue", "pickup", "stock", "money", "shift", "day"];
const NEEDS: Partial<Record<Tab, Right>> = { queue: "seat", money: "reconcile", shift: "collect" };

const TAB_OF: Record<Exclude<Place["at"], "slips">, Tab> = { session: "tables", tables: "tables", shift: "shift", payments: "money" };

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
  const [picked, setPicked] = useState<Id | null>(null);
  useEffect(() => sweepDrafts(Date.now()), []);
  const currency = store?.currency ?? "CNY";
  const context: FloorContext | null =
    view === null || staff === null
      ? null
      : { view, now, stale, currency, utcOffsetMin: store?.utc_offset_min ?? -new Date().getTimezoneOffset(), role: staff.card.role };
  const voice = useVoice({ page: "floor", view, now: feed.now.bind(feed), currency });
  /** Where something that keeps the day open can be mended. */
  const goTo = (place: Place): void => {
    if (place.at === "slips") return go("manage", "part=slips");
    setPicked(place.at === "session" ? place.session : null);
    setTab(TAB_OF[place.at]);
  };
  const tabs = TABS.filter((t) => {
    const right = NEEDS[t];
    return right === undefined || (staff !== null && may(staff.card.role, right));
  });
  const waiting = view?.house?.waiting.length ?? 0;
  const money = view?.money;
  return (
    <main className="page light floor">
      <header className="fbar">
        <nav>
          {tabs.map((t) => (
            <button key={t} type="button" className="ghost" aria-current={t === tab ? "page" : undefined} onClick={() => setTab(t)}>
              {w.floor.tabs[t]}
              {t === "queue" && waiting > 0 && <span className="badge">{waiting}</span>}
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
          <button type="button" className="ghost" onClick={() => go("manage")}>
            {w.manage.open}
          </button>
          <button type="button" className="ghost" onClick={leave}>
            {staff?.card.name} · {w.signIn.signOut}
          </button>
        </div>
      </header>
      <StaleBanner seconds={stale} first={view === null} />
      {context !== null && <VoiceBar voice={voice} currency={currency} utcOffsetMin={context.utcOffsetMin} />}
      {context === null || view === null ? (
        <p className="fempty">{w.loading}</p>
      ) : (
        <OpenShifts value={{ shifts: view.house.shifts, currency }}>
          {tab !== "shift" && <ShiftBanner />}
          <TabBody tab={tab} voice={voice} context={context} openDay={() => setTab("day")} picked={picked} goTo={goTo} />
        </OpenShifts>
      )}
    </main>
  );
}

function TabBody({ tab, context, voice, openDay, picked, goTo }: { tab: Tab; context: FloorContext; voice: Voice; openDay: () => void; picked: Id | null; goTo: (place: Place) => void }): ReactNode {
  switch (tab) {
    case "tables":
      return <TablesTab key={picked ?? ""} context={context} openDay={openDay} session={picked} />;
    case "queue":
      return <QueueTab context={context} goTo={goTo} />;
    case "pickup":
      return <PickupTab utcOffsetMin={context.utcOffsetMin} />;
    case "stock":
      return <StockTab stock={context.view.stock} editable={may(context.role, "stock")} />;
    case "money":
      return <MoneyTab context={context} voice={voice} />;
    case "shift":
      return <ShiftTab context={context} />;
    case "day":
      return <DayTab context={context} goTo={goTo} />;
  }
}
