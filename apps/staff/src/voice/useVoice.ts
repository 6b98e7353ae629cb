/** Turns the floor's announcements into sound: says what is new, lists what was missed, reports what was played. */
import type { Announcement, FloorMoney, Ms } from "@dandan/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { settings, useSettings } from "../device/settings";
import { words } from "../i18n";
import { useApi } from "../net/hooks";
import { audioAlreadyAllowed, chimeAt, deviceSpeaker, sayAt, soundRuns, unlockAudio } from "../ui/sound";
import { heardHere, listenedUntil, rememberHeard, rememberListening } from "./memory";
import { STILL_NEWS_MS, VoiceQueue, keyOf, kindOf, listensFrom, missedOf, toSay, type Heard } from "./queue";
import { takeTurn } from "./speaker-lock";
import { spokenAmount, spokenTable } from "./spoken";

const LISTENING_EVERY_MS = 2000;

export type VoiceState = "off" | "locked" | "other_tab" | "on";

export interface Voice {
  state: VoiceState;
  /** Being said right now. */
  current: Announcement | null;
  latest: Announcement | null;
  missed: Announcement[];
  lately: { a: Announcement; here: boolean }[];
  enable: () => void;
  test: () => void;
  replay: (a: Announcement) => void;
}

export function sentenceOf(a: Announcement, currency: "CNY" | "USD"): string {
  const { lang } = settings();
  const w = words[lang].voice;
  const kind = kindOf(a.way) ?? "wechat";
  return w.say(String(a.number), w.channels[kind], spokenAmount(a.amount + a.tip, lang, currency), spokenTable(a.table_name, lang));
}

/** By voice where the device has one, else two bells; nothing where it makes no sound at all. */
async function sayIt(text: string): Promise<Heard> {
  const { lang, voice } = settings();
  if (!soundRuns()) return "nothing";
  if (deviceSpeaker.canSpeak(lang)) {
    const spoken = await sayAt(text, lang, voice.volume).then(() => true, () => false);
    if (spoken) return "voice";
  }
  await chimeAt(voice.volume);
  return "chime";
}

export function useVoice(money: FloorMoney | null, now: () => Ms, currency: "CNY" | "USD"): Voice {
  const api = useApi();
  const { voice } = useSettings();
  const [unlocked, setUnlocked] = useState(false);
  const [turn, setTurn] = useState(false);
  const [, redraw] = useState(0);
  const from = useRef<Ms | null>(null);
  const said = useRef(heardHere());
  const clock = useRef(now);
  clock.current = now;
  const unit = useRef(currency);
  unit.current = currency;
  const wants = voice.volume > 0 && (voice.wechat || voice.alipay);

  const queue = useMemo(
    () =>
      new VoiceQueue({
        say: (a) => sayIt(sentenceOf(a, unit.current)),
        wait: (ms) => new Promise((done) => setTimeout(done, ms)),
        onSaid: (a) => {
          said.current.add(keyOf(a));
          rememberHeard(keyOf(a));
          const device = settings().device?.name.slice(0, 24) || "screen";
          void api.outbox.send("voice", "/money/announcements/played", { device, numbers: [a.number] });
        },
        onSilent: () => setUnlocked(false),
        onChange: () => redraw((n) => n + 1),
      }),
    [api],
  );

  useEffect(() => {
    void audioAlreadyAllowed().then((allowed) => allowed && setUnlocked(true));
  }, []);

  // The turn is asked for only by a page that can be heard: a silent one must not silence the others.
  useEffect(() => {
    if (!unlocked || !wants) return;
    const giveBack = takeTurn(() => setTurn(true), () => setTurn(false));
    return () => {
      giveBack();
      setTurn(false);
    };
  }, [unlocked, wants]);

  useEffect(() => {
    if (!turn) return queue.stop();
    // What came while nobody could hear it is said while it is fresh; the rest is listed.
    if (from.current !== null) from.current = Math.max(from.current, clock.current() - STILL_NEWS_MS);
    queue.start();
    const timer = setInterval(() => rememberListening(clock.current()), LISTENING_EVERY_MS);
    return () => {
      clearInterval(timer);
      queue.stop();
    };
  }, [turn, queue]);

  useEffect(() => {
    if (money === null) return;
    from.current ??= listensFrom(clock.current(), listenedUntil());
    for (const key of heardHere()) said.current.add(key);
    queue.keep((a) => kindOf(a.way) !== null && voice[kindOf(a.way) ?? "wechat"]);
    if (turn) queue.add(toSay(money.announcements, said.current, from.current, voice));
    redraw((n) => n + 1);
  }, [money, turn, voice, queue]);

  const all = money?.announcements ?? [];
  const enable = (): void => {
    void unlockAudio().then((allowed) => {
      setUnlocked(allowed);
      if (allowed) void chimeAt(settings().voice.volume);
    });
  };
  return {
    state: !wants ? "off" : !unlocked ? "locked" : turn ? "on" : "other_tab",
    current: queue.current(),
    latest: all[all.length - 1] ?? null,
    missed: missedOf(all, said.current, queue.coming(), voice),
    lately: [...all].reverse().map((a) => ({ a, here: said.current.has(keyOf(a)) })),
    enable,
    test: () => void unlockAudio().then((allowed) => {
      setUnlocked(allowed);
      if (allowed) void sayIt(words[settings().lang].voice.testWords);
    }),
    replay: (a) => void unlockAudio().then((allowed) => {
      setUnlocked(allowed);
      if (allowed) queue.add([a]);
    }),
  };
}
