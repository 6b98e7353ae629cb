/** One line at a fixed place: what came last, whether this device says it, and the way to its settings. */
import type { Announcement } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { useLang, useWords } from "../i18n";
import { clockTime, money } from "../ui/labels";
import { Sheet, Warn } from "../ui/parts";
import { deviceSpeaker } from "../ui/sound";
import { keyOf, kindOf } from "./queue";
import type { Voice } from "./useVoice";
import "./voice.css";

interface Shown {
  voice: Voice;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
}

export function VoiceBar(props: Shown): ReactNode {
  const { voice, currency } = props;
  const w = useWords();
  const [open, setOpen] = useState(false);
  const shown = voice.current ?? voice.latest;
  return (
    <div className={`voicebar voicebar-${voice.state}`}>
      {voice.state === "locked" ? (
        <button type="button" className="voice-enable" onClick={voice.enable}>
          <Warn /> {w.voice.locked}
        </button>
      ) : (
        <p className={voice.current === null ? "voice-line" : "voice-line voice-now"} role="status">
          {shown === null ? <span className="muted">{w.voice.quiet}</span> : <Line a={shown} currency={currency} />}
        </p>
      )}
      <button type="button" className="ghost voice-open" onClick={() => setOpen(true)}>
        <span className={voice.missed.length > 0 ? "voice-word" : ""}>{w.voice.button}</span>
        {voice.missed.length > 0 && <span className="chip chip-warn">{w.voice.missed(voice.missed.length)}</span>}
      </button>
      {open && <VoiceSheet {...props} onClose={() => setOpen(false)} />}
    </div>
  );
}

function Line({ a, currency }: { a: Announcement; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  return <>{w.voice.line(a.number, w.voice.channels[kindOf(a.way) ?? "wechat"], money(a.amount + a.tip, currency), a.table_name)}</>;
}

function stateText(voice: Voice, w: ReturnType<typeof useWords>, speaks: boolean): string {
  switch (voice.state) {
    case "on":
      return speaks ? w.voice.on : w.voice.chimeOnly;
    case "off":
      return w.voice.off;
    case "other_tab":
      return w.voice.otherTab;
    case "locked":
      return w.voice.enable;
  }
}

function VoiceSheet({ voice, currency, utcOffsetMin, onClose }: Shown & { onClose: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { voice: set } = useSettings();
  const row = (a: Announcement, note: string): ReactNode => (
    <li key={keyOf(a)} className="trow">
      <span className="trow-what">
        <span>
          <Line a={a} currency={currency} />
        </span>
        <small className="tnum">
          {clockTime(a.at, utcOffsetMin)} · {note}
        </small>
      </span>
      <button type="button" className="ghost voice-replay" disabled={voice.state !== "on" && voice.state !== "locked"} onClick={() => voice.replay(a)}>
        {w.voice.replay}
      </button>
    </li>
  );
  return (
    <Sheet title={w.voice.title} onClose={onClose} wide>
      {voice.state === "locked" ? (
        <button type="button" className="primary big" onClick={voice.enable}>
          {w.voice.enable}
        </button>
      ) : (
        <p className="muted">{stateText(voice, w, deviceSpeaker.canSpeak(lang))}</p>
      )}
      <div className="voice-set">
        <label>
          {w.voice.volume}
          <input type="range" min={0} max={1} step={0.1} value={set.volume} onChange={(e) => change({ voice: { ...set, volume: Number(e.target.value) } })} />
        </label>
        <button type="button" className="ghost" onClick={voice.test}>
          {w.voice.test}
        </button>
      </div>
      <div className="voice-kinds">
        <span>{w.voice.kinds}</span>
        {(["wechat", "alipay"] as const).map((k) => (
          <button key={k} type="button" className="ghost" aria-pressed={set[k]} onClick={() => change({ voice: { ...set, [k]: !set[k] } })}>
            <span className={set[k] ? "tick tick-on" : "tick"} aria-hidden /> {w.voice.channels[k]}
          </button>
        ))}
      </div>
      <h3>{w.voice.missedTitle}</h3>
      {voice.missed.length === 0 ? <p className="muted">{w.voice.missedNone}</p> : <ul className="trows voice-missed">{voice.missed.slice(0, 30).map((a) => row(a, a.played_at === null ? w.voice.nobodySaid : w.voice.said))}</ul>}
      {voice.lately.some((l) => l.here) && <h3>{w.voice.lately}</h3>}
      <ul className="trows">{voice.lately.filter((l) => l.here).slice(0, 10).map((l) => row(l.a, w.voice.said))}</ul>
    </Sheet>
  );
}
