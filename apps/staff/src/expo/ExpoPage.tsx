/** The expediter's page (传菜): every party's courses over all stations, what is missing, what can go out. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { Pages, useColumns } from "../kitchen/Pages";
import { RemakeForm, type RemakeBody } from "../kitchen/RemakeForm";
import "../kitchen/kitchen.css";
import type { ExpoItem, ExpoLine, ExpoTable, Station } from "../kitchen/types";
import { useOnce } from "../kitchen/useOnce";
import { useFeed, useNow, useApi, useStore } from "../net/hooks";
import { go, leave } from "../route";
import { clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import { Connection, LangSwitch, Sheet, StaleBanner } from "../ui/parts";
import { useSettings } from "../device/settings";
import { ExpoCard, type ExpoActs } from "./ExpoCard";
import "./expo.css";
import { expoBoard, mergeExpo } from "./view";

/** What a sheet is open for. */
interface Again {
  table: ExpoTable;
  line: ExpoLine;
}

export default function ExpoPage(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { staff } = useSettings();
  const { feed, view, online } = useFeed("/expo/feed", mergeExpo);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const once = useOnce();
  const nameOf = useStationNames();
  const columns = useColumns();
  const [readyOnly, setReadyOnly] = useState(false);
  const [again, setAgain] = useState<Again | null>(null);
  const cards = useMemo(() => (view === null ? [] : expoBoard(view, now, readyOnly)), [view, now, readyOnly]);
  const complete = cards.reduce((n, c) => n + c.complete, 0);
  const overdue = cards.reduce((n, c) => n + c.overdue, 0);
  const title = (line: ExpoLine): string => `${say(line.name, lang)}${line.quantity > 1 ? ` ×${line.quantity}` : ""}`;

  const acts: ExpoActs = {
    busy: (key) => once.of(key),
    serve: (table, items) => {
      for (const i of items) void once.act(`item:${i.key}`, `/kitchen/items/${encodeURIComponent(i.key)}/serve`, {}, `${table.tables} ${say(i.name, lang)} ${w.expo.serve}`);
    },
    fire: (table, lines) => void once.act(`fire:${table.session}`, `/sessions/${table.session}/fire`, { lines: lines.map((l) => l.line) }, `${table.tables} ${w.expo.fire(lines.length)}`),
    rush: (table, line) => void once.act(`line:${line.line}`, `/sessions/${table.session}/lines/${line.line}/rush`, {}, `${table.tables} ${title(line)} ${w.expo.rush}`),
    again: (table, line) => setAgain({ table, line }),
  };
  const remake = (item: ExpoItem, body: RemakeBody): void => {
    const what = again === null ? "" : `${again.table.tables} ${say(item.name, lang)}`;
    setAgain(null);
    void once.act(`item:${item.key}`, `/kitchen/items/${encodeURIComponent(item.key)}/remake`, body, `${what} ${w.ticket.remake}`).then((ok) => ok && notify(w.ticket.remakeDone(what), 4000, true));
  };

  return (
    <main className="page kitchen expo">
      <header className="kbar">
        <h1>{w.expo.title}</h1>
        <div className="ktotals">
          <b>{w.expo.tables(cards.length)}</b>
          {complete > 0 && <span className="chip expo-complete">✓ {w.expo.complete(complete)}</span>}
          {overdue > 0 && <span className="chip age-overdue">{w.kitchen.overdue(overdue)}</span>}
        </div>
        <span className="korder" />
        <Connection online={online && stale === null} />
        <b className="kclock tnum">{clockTime(now, store?.utc_offset_min ?? -new Date().getTimezoneOffset())}</b>
        <button type="button" className="ghost" aria-pressed={readyOnly} onClick={() => setReadyOnly(!readyOnly)}>
          {w.expo.readyOnly}
        </button>
        <details className="kmenu">
          <summary aria-label="⋯">⋯</summary>
          <div>
            <LangSwitch />
            <button type="button" className="ghost" onClick={() => go("kitchen")}>
              {w.pages.kitchen}
            </button>
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
        <Pages fit={columns} more={w.expo.more} fewer={w.expo.fewer} empty={view === null || cards.length > 0 ? null : <Empty />}>
          {cards.map((c) => (
            <ExpoCard key={c.table.session} card={c} now={now} nameOf={nameOf} acts={acts} />
          ))}
        </Pages>
      </div>
      {again !== null && (
        <Sheet title={w.ticket.remakeTitle(`${again.table.tables} ${title(again.line)}`)} onClose={() => setAgain(null)}>
          <Which items={again.line.items} onGo={remake} />
        </Sheet>
      )}
    </main>
  );
}

/** A set meal has several things that may have gone wrong. */
function Which({ items, onGo }: { items: ExpoItem[]; onGo: (item: ExpoItem, body: RemakeBody) => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const cooked = items.filter((i) => i.state === "seen" || i.state === "started" || i.state === "ready");
  const [key, setKey] = useState(cooked.length === 1 ? (cooked[0]?.key ?? null) : null);
  const item = cooked.find((i) => i.key === key);
  return (
    <>
      {cooked.length > 1 && (
        <div className="causes" role="group" aria-label={w.expo.which}>
          {cooked.map((i) => (
            <button key={i.key} type="button" className="ghost" aria-pressed={i.key === key} onClick={() => setKey(i.key)}>
              {say(i.name, lang)}
            </button>
          ))}
        </div>
      )}
      {item !== undefined && <RemakeForm onGo={(body) => onGo(item, body)} />}
    </>
  );
}

function Empty(): ReactNode {
  const w = useWords();
  return (
    <div className="kempty">
      <b>{w.expo.empty}</b>
      <span>{w.expo.emptyHint}</span>
    </div>
  );
}

/** The feed names stations by their code; their names come from the kitchen's view, read once. */
function useStationNames(): (id: string) => string {
  const api = useApi();
  const lang = useLang();
  const [stations, setStations] = useState<Station[]>([]);
  const live = useRef(true);
  useEffect(() => {
    live.current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      const answer = await api.get<{ stations: Station[] }>("/kitchen");
      if (!live.current) return;
      if (answer.kind === "ok") setStations(answer.value.stations);
      else timer = setTimeout(() => void load(), 5000);
    };
    void load();
    return () => {
      live.current = false;
      clearTimeout(timer);
    };
  }, [api]);
  return (id) => {
    const found = stations.find((s) => s.id === id);
    return found === undefined ? id : say(found.name, lang);
  };
}
