/** The wall screen where guests find their number, and the voice that calls it. */
import type { PickupView, Seq } from "@dandan/client";
import { useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from "react";
import { settings, useSettings } from "../device/settings";
import { say, useLang, useWords, words } from "../i18n";
import { useFeed, useNow, useStore } from "../net/hooks";
import { leave } from "../route";
import { clockTime } from "../ui/labels";
import { Connection, LangSwitch, StaleBanner, Warn } from "../ui/parts";
import { charsOf, columnsOf, gridFor, isNew, pageOf, type Entry } from "./layout";
import "./pickup.css";
import { audioAlreadyAllowed, deviceSpeaker, unlockAudio } from "../ui/sound";
import { SpeechQueue, callsToMake, type Spoken } from "./speech";

const mergePickup = (view: PickupView, change: Partial<PickupView>, seq: Seq): PickupView => ({ ...view, ...change, seq });

export default function PickupPage(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { feed, view, online } = useFeed("/pickup/feed", mergePickup);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const [sound, turnOn] = useVoice(view, () => feed.now());
  const { preparing, ready } = useMemo(() => (view === null ? { preparing: [], ready: [] } : columnsOf(view)), [view]);
  return (
    <main className="page light pickup">
      {!sound && (
        <button type="button" className="sound-off" onClick={turnOn}>
          <Warn /> {w.pickup.soundOff}
        </button>
      )}
      <StaleBanner seconds={stale} first={view === null} />
      <div className="pcols">
        <Column side="preparing" title={w.pickup.preparing} list={preparing} now={now} />
        <Column side="ready" title={w.pickup.ready} list={ready} now={now} />
      </div>
      <footer className="pfoot">
        <b>{store === null ? "" : say(store.name, lang)}</b>
        <span className="tnum pclock">{clockTime(now, store?.utc_offset_min ?? -new Date().getTimezoneOffset())}</span>
        <span className="grow" />
        <Connection online={online && stale === null} />
        {sound && <span>{deviceSpeaker.canSpeak(lang) ? w.pickup.soundOn : w.pickup.chimeOnly}</span>}
        <LangSwitch />
        <button type="button" className="ghost" onClick={leave}>
          ⋯
        </button>
      </footer>
    </main>
  );
}

function Column({ side, title, list, now }: { side: "preparing" | "ready"; title: string; list: Entry[]; now: number }): ReactNode {
  const w = useWords();
  const grid = gridFor(side, list.length);
  const { shown, page, pages } = pageOf(list, grid, now, list.filter((e) => isNew(e, now)).length);
  const cells: CSSProperties & Record<"--chars", number> = { gridTemplateColumns: `repeat(${grid.columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${grid.rows}, minmax(0, 1fr))`, "--chars": charsOf(list) };
  return (
    <section className={`pcol pcol-${side}`} aria-label={title}>
      <h1>
        {title} <span className="tnum">{list.length > 0 && list.length}</span>
        {pages > 1 && <small className="tnum">{w.pickup.page(page, pages)}</small>}
      </h1>
      <ol style={cells}>
        {shown.map((e) => (
          <li key={e.order} className={isNew(e, now) ? "pnew" : ""}>
            <b>{e.number}</b>
          </li>
        ))}
      </ol>
      {list.length === 0 && <p className="pempty">{w.pickup.empty}</p>}
    </section>
  );
}

const SPOKEN_KEY = "dandan.staff.spoken";

function storedSpoken(): Spoken | null {
  try {
    const text = localStorage.getItem(SPOKEN_KEY);
    return text === null ? null : (JSON.parse(text) as Spoken);
  } catch {
    return null;
  }
}

/** Feeds every view to the queue; returns whether sound is on and the tap that turns it on. */
function useVoice(view: PickupView | null, now: () => number): [boolean, () => void] {
  const { store } = useSettings();
  const [on, setOn] = useState(false);
  const spoken = useRef<Spoken | null>(storedSpoken());
  const queue = useMemo(() => new SpeechQueue(deviceSpeaker, (n) => words[settings().lang].pickup.say(n), () => settings().lang), []);

  useEffect(() => {
    void audioAlreadyAllowed().then((allowed) => {
      if (allowed) {
        setOn(true);
        queue.unlock();
      }
    });
  }, [queue, store]);

  useEffect(() => {
    if (view === null) return;
    const next = callsToMake(spoken.current, view, now());
    spoken.current = next.spoken;
    try {
      localStorage.setItem(SPOKEN_KEY, JSON.stringify(next.spoken));
    } catch {
      // Storage is full or closed: after a power cycle a number may be called twice, which is better than not at all.
    }
    queue.keepOnly(new Set(view.entries.filter((e) => e.state === "ready").map((e) => e.order)));
    for (const call of next.calls) queue.add(call);
    // `now` reads a clock; only a new view is news.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view, queue]);

  const turnOn = (): void => {
    void unlockAudio().then((allowed) => {
      setOn(allowed);
      if (!allowed) return;
      queue.unlock();
      void deviceSpeaker.chime();
    });
  };
  return [on, turnOn];
}
