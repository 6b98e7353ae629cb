/** One line at a fixed place: what came last, whether this device says it, and the way to its settings. */
import { useState, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { useLang, useWords } from "../i18n";
import { clockTime } from "../ui/labels";
import { Sheet, Warn } from "../ui/parts";
import { deviceSpeaker } from "../ui/sound";
import { POSSIBLE, isOn, readVoice, withKind, type Utterance, type VoiceSettings } from "./said";
import { lineOf } from "./sentence";
import type { Voice } from "./useVoice";
import "./voice.css";

interface Shown {
  voice: Voice;
  currency: "CNY" | "USD";
  utcOffsetMin: number;
}

export function VoiceBar(props: Shown): ReactNode {
  const { voice, currency, utcOffsetMin } = props;
  const w = useWords();
  const lang = useLang();
  const [open, setOpen] = useState(false);
  const shown = voice.current ?? voice.latest;
  const text = shown === null ? "" : lineOf(shown, lang, currency);
  return (
    <div className={`voicebar voicebar-${voice.state}`}>
      {voice.state === "locked" ? (
        <button type="button" className="voice-enable" onClick={voice.enable}>
          <Warn /> {w.voice.locked[voice.page]}
        </button>
      ) : (
        <p className={voice.current === null ? "voice-line" : "voice-line voice-now"} role="status">
          {shown === null || text === "" ? (
            <span className="muted">{w.voice.quiet}</span>
          ) : (
            <>
              {voice.current === null && <small className="tnum muted">{clockTime(shown.at, utcOffsetMin)} </small>}
              {text}
            </>
          )}
        </p>
      )}
      {voice.missed.length > 0 && voice.state !== "off" && (
        <button type="button" className="voice-missed-all" onClick={() => voice.hear(voice.missed)}>
          {w.voice.hearMissed(voice.missed.length)}
        </button>
      )}
      <button type="button" className="ghost voice-open" onClick={() => setOpen(true)}>
        {voice.state === "off" ? w.voice.buttonOff : w.voice.button}
      </button>
      {open && <VoiceSheet {...props} onClose={() => setOpen(false)} />}
    </div>
  );
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
  const set = readVoice(useSettings().voice);
  const put = (part: Partial<VoiceSettings>): void => change({ voice: { ...set, ...part } });
  const row = (u: Utterance, note: string): ReactNode => (
    <li key={u.key} className="vrow">
      <span className="vrow-what">
        <span>{lineOf(u, lang, currency)}</span>
        <small className="tnum">
          {clockTime(u.at, utcOffsetMin)} · {note}
        </small>
      </span>
      <button type="button" className="ghost voice-replay" disabled={voice.state !== "on" && voice.state !== "locked"} onClick={() => voice.hear([u])}>
        {w.voice.replay}
      </button>
    </li>
  );
  const here = voice.lately.filter((l) => l.here).slice(0, 10);
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
        <Tick on={set.on} onPress={() => put({ on: !set.on })}>
          {w.voice.speaks}
        </Tick>
        <label>
          {w.voice.volume}
          <input type="range" min={0} max={1} step={0.1} value={set.volume} onChange={(e) => put({ volume: Number(e.target.value) })} />
        </label>
        <button type="button" className="ghost" onClick={voice.test}>
          {w.voice.test}
        </button>
      </div>
      <div className="voice-kinds">
        <span>{w.voice.kindsOf}</span>
        {POSSIBLE[voice.page].map((kind) => (
          <Tick key={kind} on={isOn(set, voice.page, kind)} onPress={() => change({ voice: withKind(set, voice.page, kind, !isOn(set, voice.page, kind)) })}>
            {w.voice.kinds[kind]}
          </Tick>
        ))}
      </div>
      {isOn(set, voice.page, "paid") && (
        <div className="voice-kinds">
          <span>{w.voice.paidBy}</span>
          {(["wechat", "alipay"] as const).map((k) => (
            <Tick key={k} on={set[k]} onPress={() => put({ [k]: !set[k] })}>
              {w.voice.channels[k]}
            </Tick>
          ))}
        </div>
      )}
      <h3>{w.voice.missedTitle}</h3>
      {voice.missed.length === 0 ? <p className="muted">{w.voice.missedNone}</p> : <ul className="vrows voice-missed">{voice.missed.slice(0, 30).map((u) => row(u, u.played ? w.voice.said : w.voice.nobodySaid))}</ul>}
      {here.length > 0 && <h3>{w.voice.lately}</h3>}
      <ul className="vrows">{here.map((l) => row(l.u, w.voice.said))}</ul>
    </Sheet>
  );
}

function Tick({ on, onPress, children }: { on: boolean; onPress: () => void; children: ReactNode }): ReactNode {
  return (
    <button type="button" className="ghost" aria-pressed={on} onClick={onPress}>
      <span className={on ? "vtick vtick-on" : "vtick"} aria-hidden /> {children}
    </button>
  );
}
