/** The kitchen screen: tickets by station, ages, rushes, voids, all-day totals, recall. */
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { may } from "../floor/view";
import { say, useLang, useWords } from "../i18n";
import { useFeed, useNow, useStore } from "../net/hooks";
import { go, leave } from "../route";
import { clockTime } from "../ui/labels";
import { Connection, LangSwitch, StaleBanner } from "../ui/parts";
import { VoiceBar } from "../voice/VoiceBar";
import { isOn, overdueAlarms, readVoice, type Switchable } from "../voice/said";
import { useVoice, type Voice } from "../voice/useVoice";
import { BatchBoard } from "./BatchBoard";
import { Pages, useFit } from "./Pages";
import { RemakeForm, type RemakeBody } from "./RemakeForm";
import { AllDay, Recall, SoldOut } from "./SidePanels";
import { StationsPanel } from "./StationsPanel";
import { TicketCard, type Board } from "./TicketCard";
import { WeighPanel } from "./WeighPanel";
import { newsBetween, type News } from "./alerts";
import { batchesOf } from "./batch";
import { MOVED_FOR_MS, allDay, boardOf, itemName, layoutOf, mergeKitchen, movesBetween, rememberBumped, totalsOf, type BoardTicket, type Bumped, type Move, type Verb } from "./board";
import "./kitchen.css";
import type { KitchenView, Ticket, TicketItem } from "./types";
import { useOnce } from "./useOnce";
import { usePainted } from "./usePainted";
import { useScan } from "./useScan";
import { useTapGuard, useTaps } from "./useTaps";

const UNDO_FOR_MS = 8000;
const WIDE_PX = 1500;

interface Undo {
  keys: string[];
  label: string;
}

/** What stands beside the board. */
type Panel = { kind: "recall" } | { kind: "stations" } | { kind: "stock" } | { kind: "weigh"; ticket: Ticket; item: TicketItem } | { kind: "remake"; what: Bumped };

const head = (ticket: Ticket): string => (ticket.mode === "pay_first" ? ticket.number : ticket.table);

export default function KitchenPage(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { station, twoStep, showAllDay, kitchenSound, kitchenBoard, staff } = useSettings();
  const path = station === null ? "/kitchen/feed" : `/kitchen/feed?station=${encodeURIComponent(station)}`;
  const { feed, view, online } = useFeed(path, mergeKitchen);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const utcOffsetMin = store?.utc_offset_min ?? -new Date().getTimezoneOffset();
  const taps = useTaps(view);
  const once = useOnce();
  // Twice a second would be read by nobody: a dish passes its time once.
  const minute = Math.floor(now / 1000);
  const alarms = useMemo(() => (view === null ? [] : overdueAlarms(view, minute * 1000)), [view, minute]);
  const voice = useVoice({ page: "kitchen", view, alarms, now: feed.now.bind(feed), currency: store?.currency ?? "CNY" });
  useAlerts(view, kitchenSound, voice);
  const paintedRef = usePainted(view);
  const board = useMemo(() => (view === null ? [] : boardOf(view)), [view]);
  const fit = useFit(board);
  const batches = kitchenBoard === "batch" ? batchesOf(board, now) : null;
  const layout = batches === null ? layoutOf(fit.parts) : batches.flatMap((b) => [b.key, ...b.parts.map((p) => p.item.key)]);
  const layoutKey = layout.join("\n");
  const still = useTapGuard(useMemo(() => layoutKey.split("\n"), [layoutKey]));
  const moves = useMoves(view, feed.now.bind(feed));
  const [bumped, noteBump] = useBumped(view, now);
  const [undo, setUndo] = useUndo();
  const [told, tell] = useTold();
  const [panel, setPanel] = useState<Panel | null>(null);
  const totals = totalsOf(board, now);
  const allDayOpen = showAllDay ?? innerWidth >= WIDE_PX;
  const stations = view?.stations ?? [];
  const floorStations = view?.floor_stations ?? [];
  const stock = view?.stock ?? [];
  const soldOut = stock.filter((s) => s.sold_out).length;
  const stationNames = useMemo(() => new Map(stations.map((s) => [s.id, say(s.name, lang)])), [stations, lang]);
  const nameOf = (id: string): string => stationNames.get(id) ?? id;
  const own = floorStations.find((s) => s.id === station);

  // A station that left the catalogue would show an empty board for ever: show everything instead.
  useEffect(() => {
    if (view !== null && station !== null && view.stations.length > 0 && !view.stations.some((s) => s.id === station)) change({ station: null });
  }, [view, station]);

  const offerUndo = (pairs: { ticket: Ticket; item: TicketItem }[]): void => {
    const [first] = pairs;
    if (first === undefined) return;
    const what = pairs.length === 1 ? `${itemName(first.item, lang)} ×${first.item.quantity}` : w.kitchen.doneInTicket(pairs.length);
    const heads = [...new Set(pairs.map((p) => head(p.ticket)))];
    setUndo({ keys: pairs.map((p) => p.item.key), label: `${heads.slice(0, 3).join("、")}${heads.length > 3 ? "…" : ""} ${what}` });
  };
  const scanned = useScan(view, { bumped: (ticket, items) => offerUndo(items.map((item) => ({ ticket, item }))), refused: voice.ring });

  const actAll = (pairs: { ticket: Ticket; item: TicketItem }[], verb: Verb): void => {
    if (!still()) return;
    if (verb === "ready") offerUndo(pairs);
    for (const { ticket, item } of pairs) {
      void taps.act(item.key, verb).then((ok) => {
        if (ok && verb === "ready") noteBump({ key: item.key, item, ticket, at: feed.now() });
      });
    }
  };
  const shared: Board = {
    now, twoStep, taps, actAll, itemRef: paintedRef, stations: floorStations, stationName: nameOf,
    act: (ticket, items, verb) => actAll(items.map((item) => ({ ticket, item })), verb),
    clock: (at) => clockTime(at, utcOffsetMin),
    onWeigh: (ticket, item) => still() && setPanel({ kind: "weigh", ticket, item }),
  };
  const weigh = (ticket: Ticket, item: TicketItem, grams: number): void => {
    setPanel(null);
    const line = item.key.slice(0, item.key.indexOf("."));
    const what = w.ticket.weighDone(itemName(item, lang), grams);
    void once.act(`line:${line}`, `/sessions/${ticket.session}/lines/${line}/weigh`, { weight_g: grams }, what).then((ok) => ok && tell(what));
  };
  const remake = (what: Bumped, body: RemakeBody): void => {
    setPanel(null);
    const name = `${head(what.ticket)} ${itemName(what.item, lang)}`;
    void taps.act(what.key, "remake", body).then((ok) => ok && tell(w.ticket.remakeDone(name)));
  };
  const toggle = (kind: "recall" | "stations" | "stock"): void => setPanel(panel?.kind === kind ? null : { kind });

  return (
    <main className="page kitchen">
      <header className="kbar">
        <select
          aria-label={w.kitchen.station}
          value={station ?? ""}
          onChange={(e) => {
            change({ station: e.target.value === "" ? null : e.target.value });
            // A scanner's keys must not go into the list.
            e.target.blur();
          }}
        >
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
          {own !== undefined && own.behind_min !== null && own.backlog > 0 && <span className="muted">{w.stations.behind(own.behind_min)}</span>}
        </div>
        <span className="korder">{w.ticket.order}</span>
        <Connection online={online && stale === null} />
        <b className="kclock tnum">{clockTime(now, utcOffsetMin)}</b>
        <button type="button" className="ghost kallday" aria-pressed={allDayOpen} onClick={() => change({ showAllDay: !allDayOpen })}>
          {w.kitchen.allDay}
        </button>
        <button type="button" className="ghost" aria-pressed={panel?.kind === "recall"} onClick={() => toggle("recall")}>
          {w.kitchen.recallTitle} {bumped.length > 0 && <b className="tnum">{bumped.length}</b>}
        </button>
        <Menu twoStep={twoStep} sound={kitchenSound} role={staff?.card.role ?? null} />
      </header>
      <div className="ksub">
        <div className="kboards" role="group">
          {(["tickets", "batch"] as const).map((b) => (
            <button key={b} type="button" className="ghost" aria-pressed={kitchenBoard === b} onClick={() => change({ kitchenBoard: b })}>
              {w.batch[b]}
            </button>
          ))}
        </div>
        <button type="button" className="ghost" aria-pressed={panel?.kind === "stations"} onClick={() => toggle("stations")}>
          {w.stations.title}
          {floorStations.some((s) => !s.open) && <span className="chip chip-bad">{w.stations.closed}</span>}
        </button>
        <button type="button" className="ghost" aria-pressed={panel?.kind === "stock"} onClick={() => toggle("stock")}>
          {w.kitchen.soldOutTitle}
          {soldOut > 0 && <span className="chip chip-bad tnum">{soldOut}</span>}
        </button>
        <VoiceBar voice={voice} currency={store?.currency ?? "CNY"} utcOffsetMin={utcOffsetMin} />
      </div>
      <StaleBanner seconds={stale} first={view === null} />
      {own !== undefined && !own.open && <p className="kclosed">{w.stations.bannerClosed(say(own.name, lang), nameOf(own.cooks))}</p>}
      <div className={stale === null ? "kbody" : "kbody kbody-stale"}>
        {batches === null ? (
          <Pages fit={fit} empty={view === null || fit.parts.length > 0 ? null : <Empty />}>
            {fit.parts.map((b) => (
              <TicketCard key={`${b.ticket.id}#${b.part}`} b={b} board={shared} showStation={station === null} moved={moves.get(b.ticket.id)} />
            ))}
          </Pages>
        ) : (
          <BatchBoard batches={batches} tickets={board} board={shared} empty={view === null ? null : <Empty />} />
        )}
        {allDayOpen && panel === null && <AllDay rows={allDay(board, now)} />}
        {panel?.kind === "recall" && (
          <Recall
            list={bumped}
            cooking={cookingOf(board)}
            taps={taps}
            utcOffsetMin={utcOffsetMin}
            onClose={() => setPanel(null)}
            act={(key, verb) => void taps.act(key, verb)}
            onRemake={(what) => setPanel({ kind: "remake", what })}
          />
        )}
        {panel?.kind === "stations" && <StationsPanel stations={floorStations} known={stations} nameOf={nameOf} editable={staff?.card.role !== "waiter"} once={once} onClose={() => setPanel(null)} />}
        {panel?.kind === "stock" && <SoldOut stock={stock} station={station} editable={staff !== null && may(staff.card.role, "stock")} onClose={() => setPanel(null)} />}
        {panel?.kind === "weigh" && <WeighPanel item={panel.item} title={head(panel.ticket)} onGo={(grams) => weigh(panel.ticket, panel.item, grams)} onClose={() => setPanel(null)} />}
        {panel?.kind === "remake" && (
          <aside className="side side-recall" aria-label={w.ticket.remake}>
            <h2>
              {w.ticket.remakeTitle(`${head(panel.what.ticket)} ${itemName(panel.what.item, lang)}`)}
              <button type="button" className="ghost" onClick={() => setPanel({ kind: "recall" })}>
                {w.back}
              </button>
            </h2>
            <RemakeForm onGo={(body) => remake(panel.what, body)} />
          </aside>
        )}
      </div>
      {(undo !== null || scanned !== null || told !== null) && (
        <div className={scanned?.tone === "bad" ? "undo undo-bad" : "undo"} role="status">
          <span>{scanned?.text ?? told ?? (undo === null ? "" : w.kitchen.bumped(undo.label))}</span>
          {undo !== null && told === null && scanned?.tone !== "bad" && (
            <button
              type="button"
              onClick={() => {
                for (const key of undo.keys) void taps.act(key, "recall");
                setUndo(null);
              }}
            >
              ↩ {w.kitchen.undo}
            </button>
          )}
        </div>
      )}
    </main>
  );
}

function Menu({ twoStep, sound, role }: { twoStep: boolean; sound: boolean; role: string | null }): ReactNode {
  const w = useWords();
  return (
    <details className="kmenu">
      <summary aria-label="⋯">⋯</summary>
      <div>
        <button type="button" onClick={() => change({ twoStep: !twoStep })}>
          {twoStep ? w.kitchen.twoStep : w.kitchen.oneStep}
        </button>
        <button type="button" onClick={() => change({ kitchenSound: !sound })}>
          {sound ? w.kitchen.soundOn : w.kitchen.soundOff}
        </button>
        <LangSwitch />
        <button type="button" className="ghost" onClick={() => go("expo")}>
          {w.pages.expo}
        </button>
        {role !== null && role !== "kitchen" && (
          <button type="button" className="ghost" onClick={() => go("floor")}>
            {w.pages.floor}
          </button>
        )}
        <button type="button" className="ghost" onClick={leave}>
          {w.signIn.signOut}
        </button>
      </div>
    </details>
  );
}

/** Dishes on the stove, for the list of what may have to be made again. */
const cookingOf = (board: BoardTicket[]): Bumped[] =>
  board.flatMap((b) => b.cook.filter((i) => i.state === "started").map((item) => ({ key: item.key, item, ticket: b.ticket, at: item.started_at ?? b.ticket.fired_at })));

/** Which parties were moved while this screen looked on. */
function useMoves(view: KitchenView | null, now: () => number): ReadonlyMap<string, Move> {
  const [marks, setMarks] = useState<ReadonlyMap<string, Move>>(new Map());
  const before = useRef<KitchenView | null>(null);
  const clock = useRef(now);
  clock.current = now;
  useEffect(() => {
    const old = before.current;
    before.current = view;
    if (view === null || old === null) return;
    setMarks((m) => movesBetween(old, view, m, clock.current()));
  }, [view]);
  useEffect(() => {
    if (marks.size === 0) return;
    const timer = setTimeout(() => setMarks((m) => new Map([...m].filter(([, move]) => clock.current() - move.at < MOVED_FOR_MS))), MOVED_FOR_MS + 500);
    return () => clearTimeout(timer);
  }, [marks]);
  return marks;
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

/** Which kind of the voice says the same; a void has none. */
const SPOKEN: Record<News, Switchable | null> = { ticket: "new_order", rush: "rush", void: null };

/** Two bells for news that the voice does not say anyway, at most once in two seconds. */
function useAlerts(view: KitchenView | null, on: boolean, voice: Voice): void {
  const before = useRef<KitchenView | null>(null);
  const rangAt = useRef(-Infinity);
  const { voice: kept } = useSettings();
  const latest = useRef({ voice, kept });
  latest.current = { voice, kept };
  useEffect(() => {
    if (view === null) return;
    const news = before.current === null ? [] : newsBetween(before.current, view);
    before.current = view;
    const { voice: v, kept: set } = latest.current;
    const spoken = (one: News): boolean => {
      const kind = SPOKEN[one];
      return kind !== null && v.state === "on" && isOn(readVoice(set), "kitchen", kind);
    };
    if (!on || news.every(spoken) || performance.now() - rangAt.current < 2000) return;
    rangAt.current = performance.now();
    v.ring();
  }, [view, on]);
}

const TOLD_FOR_MS = 4000;

/** What went well, said over the bar: nothing may lie over tickets. */
function useTold(): [string | null, (text: string) => void] {
  const [told, setTold] = useState<string | null>(null);
  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => setTold(null), TOLD_FOR_MS);
    return () => clearTimeout(timer);
  }, [told]);
  return [told, setTold];
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
