/** The wall screen where guests find their number, and the voice that calls it. */
import { useMemo, type CSSProperties, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useFeed, useNow, useStore } from "../net/hooks";
import { leave } from "../route";
import { clockTime } from "../ui/labels";
import { Connection, LangSwitch, StaleBanner, Warn } from "../ui/parts";
import { deviceSpeaker } from "../ui/sound";
import { VoiceBar } from "../voice/VoiceBar";
import { stillReady } from "../voice/said";
import { useVoice } from "../voice/useVoice";
import { NEW_FOR_MS, charsOf, columnsOf, gridFor, isNew, mergePickup, pageOf, queueCalls, type Entry } from "./layout";
import "./pickup.css";

export default function PickupPage(): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { feed, view, online } = useFeed("/pickup/feed", mergePickup);
  const { now, stale } = useNow(feed);
  const store = useStore();
  const utcOffsetMin = store?.utc_offset_min ?? -new Date().getTimezoneOffset();
  const currency = store?.currency ?? "CNY";
  const { preparing, ready } = useMemo(() => (view === null ? { preparing: [], ready: [] } : columnsOf(view)), [view]);
  const standing = new Set(ready.map((e) => e.order));
  const voice = useVoice({ page: "pickup", view, still: (u) => stillReady(u, standing), now: feed.now.bind(feed), currency });
  const calls = queueCalls(view?.announcements ?? [], now);
  return (
    <main className="page light pickup">
      {voice.state === "locked" && (
        <button type="button" className="sound-off" onClick={voice.enable}>
          <Warn /> {w.voice.locked.pickup}
        </button>
      )}
      <StaleBanner seconds={stale} first={view === null} />
      <div className="pcols">
        <Column side="preparing" title={w.pickup.preparing} list={preparing} now={now} />
        <Column side="ready" title={w.pickup.ready} list={ready} now={now} />
      </div>
      {calls.length > 0 && (
        <ul className="pcalls" aria-live="assertive">
          {calls.map((c) => (
            <li key={c.number} className={now - c.at < NEW_FOR_MS ? "pnew" : ""}>
              {w.calls.queue(c.number)}
            </li>
          ))}
        </ul>
      )}
      <footer className="pfoot">
        <b>{store === null ? "" : say(store.name, lang)}</b>
        <span className="tnum pclock">{clockTime(now, utcOffsetMin)}</span>
        {voice.state === "locked" ? <span className="grow" /> : <VoiceBar voice={voice} currency={currency} utcOffsetMin={utcOffsetMin} />}
        <Connection online={online && stale === null} />
        {voice.state === "on" && !deviceSpeaker.canSpeak(lang) && <span>{w.pickup.chimeOnly}</span>}
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
