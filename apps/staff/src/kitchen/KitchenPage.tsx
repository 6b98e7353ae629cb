/** The kitchen screen: tickets by station, ages, rushes, voids, all-day totals, recall. */
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { say, useLang, useWords } from "../i18n";
import { useFeed, useNow, useStore } from "../net/hooks";
import { go, leave } from "../route";
import { clockTime } from "../ui/labels";
import { Connection, LangSwitch, StaleBanner } from "../ui/parts";
import { audioAlreadyAllowed, deviceSpeaker, unlockAudio } from "../ui/sound";
import { Pages, useFit } from "./Pages";
import { AllDay, Recall } from "./SidePanels";
import { TicketCard } from "./TicketCard";
import { allDay, boardOf, itemName, layoutOf, mergeKitchen, rememberBumped, totalsOf, type Bumped, type Verb } from "./board";
import { newsBetween } from "./alerts";
import "./kitchen.css";
import type { KitchenView, Ticket, TicketItem } from "./types";
import { usePainted } from "./usePainted";
import { useTapGuard, useTaps } from "./useTaps";

const UNDO_FOR_MS = 8000;
const WIDE_PX = 1500;

interface Undo {
  keys: string[];
  label: string;
}

export default function KitchenPage(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { station, twoStep, showAllDay, kitchenSound, staff } = useSettings();
  const path = station === null ? "/kitchen/feed" : `/kitchen/feed?station=${encodeURIComponent(station)}`;
  const { feed, view, online } = useFeed(path, mergeKitchen);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const taps = useTaps(view);
  useAlerts(view, kitchenSound);
  const paintedRef = usePainted(view);
  const board = useMemo(() => (view === null ? [] : boardOf(view)), [view]);
  const fit = useFit(board);
  const still = useTapGuard(useMemo(() => layoutOf(fit.parts), [fit.parts]));
  const [bumped, noteBump] = useBumped(view, now);
  const [undo, setUndo] = useUndo();
  const [recallOpen, setRecallOpen] = useState(false);
  const totals = totalsOf(board, now);
  const allDayOpen = showAllDay ?? innerWidth >= WIDE_PX;
  const stations = view?.stations ?? [];
  const stationNames = useMemo(() => new Map(stations.map((s) => [s.id, say(s.name, lang)])), [stations, lang]);

  // A station that left the catalogue would show an empty board for ever: show everything instead.
  useEffect(() => {
    if (view !== null && station !== null && view.stations.length > 0 && !view.stations.some((s) => s.id === station)) change({ station: null });
  }, [view, station]);

  const act = useCallback(
    (ticket: Ticket, items: TicketItem[], verb: Verb) => {
      if (!still()) return;
      if (verb === "ready") {
        const head = ticket.mode === "pay_first" ? ticket.number : ticket.table;
        const what = items.length === 1 && items[0] !== undefined ? `${itemName(items[0], lang)} ×${items[0].quantity}` : w.kitchen.doneInTicket(items.length);
        setUndo({ keys: items.map((i) => i.key), label: `${head} ${what}` });
      }
      for (const item of items) {
        void taps.act(item.key, verb).then((ok) => {
          if (ok && verb === "ready") noteBump({ key: item.key, item, ticket, at: feed.now() });
        });
      }
    },
    [still, taps, feed, lang, w, setUndo, noteBump],
  );

  return (
    <main className="page kitchen">
      <header className="kbar">
        <select aria-label={w.kitchen.station} value={station ?? ""} onChange={(e) => change({ station: e.target.value === "" ? null : e.target.value })}>
          <option value="">{w.kitchen.allStations}</option>
          {stations.map((s) => (
            <option key={s.id} value={s.id}>
              {say(s.name, lang)}
            </option>
          ))}
        </select>
        <div className="ktotals" aria-live="off">
          <span>
            <b>{w.kitchen.tickets(totals.tickets)}</b>
          </span>
          <span>{w.kitchen.dishes(totals.dishes)}</span>
          {totals.overdue > 0 && <span className="chip age-overdue">{w.kitchen.overdue(totals.overdue)}</span>}
          {totals.rushed > 0 && <span className="chip rush-chip">{w.kitchen.rushed(totals.rushed)}</span>}
        </div>
        <span className="korder">{w.kitchen.order}</span>
        <Connection online={online && stale === null} />
        <b className="kclock tnum">{clockTime(now, store?.utc_offset_min ?? -new Date().getTimezoneOffset())}</b>
        <button type="button" className="ghost" aria-pressed={allDayOpen} onClick={() => change({ showAllDay: !allDayOpen })}>
          {w.kitchen.allDay}
        </button>
        <button type="button" className="ghost" aria-pressed={recallOpen} onClick={() => setRecallOpen(!recallOpen)}>
          {w.kitchen.recallTitle} {bumped.length > 0 && <b className="tnum">{bumped.length}</b>}
        </button>
        <details className="kmenu">
          <summary aria-label="⋯">⋯</summary>
          <div>
            <button type="button" onClick={() => change({ twoStep: !twoStep })}>
              {twoStep ? w.kitchen.twoStep : w.kitchen.oneStep}
            </button>
            <button type="button" onClick={() => change({ kitchenSound: !kitchenSound })}>
              {kitchenSound ? w.kitchen.soundOn : w.kitchen.soundOff}
            </button>
            <LangSwitch />
            {staff !== null && staff.card.role !== "kitchen" && (
              <button type="button" className="ghost" onClick={() => go("floor")}>
                {w.pages.floor}
              </button>
            )}
            <button type="button" className="ghost" onClick={leave}>
              {w.signIn.signOut}
            </button>
          </div>
        </details>
      </header>
      <StaleBanner seconds={stale} first={view === null} />
      <div className={stale === null ? "kbody" : "kbody kbody-stale"}>
        <Pages fit={fit} empty={view === null ? null : <Empty />}>
          {fit.parts.map((b) => (
            <TicketCard
              key={`${b.ticket.id}#${b.part}`}
              b={b}
              now={now}
              twoStep={twoStep}
              stationName={station === null ? (stationNames.get(b.ticket.station) ?? b.ticket.station) : null}
              taps={taps}
              act={act}
              itemRef={paintedRef}
            />
          ))}
        </Pages>
        {allDayOpen && !recallOpen && <AllDay rows={allDay(board, now)} />}
        {recallOpen && (
          <Recall
            list={bumped}
            taps={taps}
            utcOffsetMin={store?.utc_offset_min ?? -new Date().getTimezoneOffset()}
            onClose={() => setRecallOpen(false)}
            act={(key, verb) => void taps.act(key, verb)}
          />
        )}
      </div>
      {undo !== null && (
        <div className="undo" role="status">
          <span>{w.kitchen.bumped(undo.label)}</span>
          <button
            type="button"
            onClick={() => {
              for (const key of undo.keys) void taps.act(key, "recall");
              setUndo(null);
            }}
          >
            ↩ {w.kitchen.undo}
          </button>
        </div>
      )}
    </main>
  );
}

function Empty(): ReactNode {
  const w = useWords();
  return (
    <div className="kempty">
      <svg viewBox="0 0 48 48" aria-hidden>
        <circle cx="24" cy="24" r="21" fill="none" stroke="currentColor" strokeWidth="3" />
        <path d="m14 25 7 7 14-16" fill="none" stroke="currentColor" strokeWidth="4" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <b>{w.kitchen.empty}</b>
      <span>{w.kitchen.emptyHint}</span>
    </div>
  );
}

/** What was bumped lately, from the view and from this screen's own acknowledged taps. */
function useBumped(view: KitchenView | null, now: number): [Bumped[], (b: Bumped) => void] {
  const [list, setList] = useState<Bumped[]>([]);
  useEffect(() => {
    if (view !== null) setList((before) => rememberBumped(before, view, now));
    // The clock only matters when the view changes: an entry may stay a little longer than thirty minutes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view]);
  const note = useCallback((b: Bumped) => setList((before) => (before.some((x) => x.key === b.key) ? before : [b, ...before])), []);
  return [list, note];
}

/** A chime per news, at most one in two seconds. Any first tap on the page unlocks sound; until then it is silent. */
function useAlerts(view: KitchenView | null, on: boolean): void {
  const before = useRef<KitchenView | null>(null);
  const rangAt = useRef(-Infinity);
  useEffect(() => {
    const unlock = (): void => void unlockAudio();
    void audioAlreadyAllowed();
    addEventListener("pointerdown", unlock, { once: true });
    return () => removeEventListener("pointerdown", unlock);
  }, []);
  useEffect(() => {
    if (view === null) return;
    const news = before.current === null ? [] : newsBetween(before.current, view);
    before.current = view;
    if (!on || news.length === 0 || performance.now() - rangAt.current < 2000) return;
    rangAt.current = performance.now();
    void deviceSpeaker.chime();
  }, [view, on]);
}

function useUndo(): [Undo | null, (u: Undo | null) => void] {
  const [undo, setUndo] = useState<Undo | null>(null);
  useEffect(() => {
    if (undo === null) return;
    const timer = setTimeout(() => setUndo(null), UNDO_FOR_MS);
    return () => clearTimeout(timer);
  }, [undo]);
  return [undo, setUndo];
}
