/** Turns a page's announcements and alarms into sound: says what is new, lists what was missed, reports what was played. */
import type { Announcement, Ms, PrinterView } from "@dandan/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { settings, useSettings } from "../device/settings";
import { takeTurn } from "../device/turn";
import { words } from "../i18n";
import { useApi } from "../net/hooks";
import { audioAlreadyAllowed, chimeAt, deviceSpeaker, sayAt, soundRuns, unlockAudio } from "../ui/sound";
import { heardHere, listenedUntil, listensSince, rememberHeard, rememberListening } from "./memory";
import { STILL_NEWS_MS, VoiceQueue, listensFrom, missedOf, toSay, type Heard } from "./queue";
import { POSSIBLE, bell, deviceAlarms, isOn, isWanted, readVoice, utteranceOf, type Utterance, type VoicePage } from "./said";
import { sentenceOf } from "./sentence";

const LISTENING_EVERY_MS = 2000;

export type VoiceState = "off" | "locked" | "other_tab" | "on";

/** What a page gives its voice. */
export interface VoiceSource {
  page: VoicePage;
  /** The feed's view, null before the first one. */
  view: { seq: number; announcements?: readonly Announcement[]; printers?: readonly PrinterView[] } | null;
  /** Spoken without numbers, besides printers that are down. */
  alarms?: readonly Utterance[];
  /** False for what is over and need not be said any more. */
  still?: (u: Utterance) => boolean;
  now: () => Ms;
  currency: "CNY" | "USD";
}

export interface Voice {
  page: VoicePage;
  state: VoiceState;
  /** Being said right now. */
  current: Utterance | null;
  latest: Utterance | null;
  /** What this device slept through, newest first. */
  missed: Utterance[];
  lately: { u: Utterance; here: boolean }[];
  enable: () => void;
  test: () => void;
  replay: (a: Announcement) => void;
  /** Says again, in the order it came. */
  hear: (list: readonly Utterance[]) => void;
  /** Two bells in turn with what is said. */
  ring: () => void;
}

/** By voice where the device has one, else two bells; nothing where it makes no sound at all. */
async function sayIt(text: string): Promise<Heard> {
  const { lang, voice } = settings();
  const { volume } = readVoice(voice);
  if (!soundRuns()) return "nothing";
  if (text !== "" && deviceSpeaker.canSpeak(lang)) {
    const spoken = await sayAt(text, lang, volume).then(() => true, () => false);
    if (spoken) return "voice";
  }
  await chimeAt(volume);
  return "chime";
}

/** Pages of one device share one loudspeaker: whoever has the turn makes a sound. */
function turnToSound(): Promise<() => void> {
  return new Promise((done) => {
    let back: (() => void) | null = null;
    let left = false;
    const release = (): void => {
      left = true;
      back?.();
    };
    back = takeTurn("dandan.staff.sound", () => done(release), () => undefined);
    if (left) back();
  });
}

export function useVoice({ page, view, alarms: others, still, now, currency }: VoiceSource): Voice {
  const api = useApi();
  const kept = useSettings().voice;
  const set = useMemo(() => readVoice(kept), [kept]);
  const [unlocked, setUnlocked] = useState(false);
  const [turn, setTurn] = useState(false);
  const [, redraw] = useState(0);
  const from = useRef<Ms | null>(null);
  const said = useRef(heardHere());
  /** What a person asked to hear again is said whether or not it was. */
  const again = useRef(new Set<string>());
  const clock = useRef(now);
  clock.current = now;
  const unit = useRef(currency);
  unit.current = currency;
  const wants = set.on && set.volume > 0 && POSSIBLE[page].some((kind) => isOn(set, page, kind));

  const queue = useMemo(
    () =>
      new VoiceQueue({
        turn: turnToSound,
        wasSaid: (u) => !again.current.has(u.key) && heardHere().has(u.key),
        say: (u) => sayIt(sentenceOf(u, settings().lang, unit.current)),
        wait: (ms) => new Promise((done) => setTimeout(done, ms)),
        onSaid: (u) => {
          again.current.delete(u.key);
          if (u.said.kind === "bell") return;
          said.current.add(u.key);
          rememberHeard(u.key);
          if (u.number === null) return;
          const device = settings().device?.name.slice(0, 24) || "screen";
          void api.outbox.send("voice", "/announcements/played", { device, numbers: [u.number] }, undefined, words[settings().lang].voice.report);
        },
        onSilent: () => setUnlocked(false),
        onChange: () => redraw((n) => n + 1),
      }),
    [api],
  );

  useEffect(() => {
    let live = true;
    const allow = (): void => void audioAlreadyAllowed().then((allowed) => live && allowed && setUnlocked(true));
    allow();
    // Any tap on the page lets it make sound: nobody has to look for a button.
    const tapped = (): void => void unlockAudio().then((allowed) => live && allowed && setUnlocked(true));
    addEventListener("pointerdown", tapped);
    return () => {
      live = false;
      removeEventListener("pointerdown", tapped);
    };
  }, []);

  // The turn is asked for only by a page that can be heard: a silent one must not silence the others.
  useEffect(() => {
    if (!unlocked || !wants) return;
    const giveBack = takeTurn(`dandan.staff.voice.${page}`, () => setTurn(true), () => setTurn(false));
    return () => {
      giveBack();
      setTurn(false);
    };
  }, [unlocked, wants, page]);

  useEffect(() => {
    if (!turn) return queue.stop();
    // What came while nobody could hear it is said while it is fresh; the rest is listed.
    if (from.current !== null) from.current = Math.max(from.current, clock.current() - STILL_NEWS_MS);
    queue.start();
    const listening = (): void => rememberListening(page, clock.current());
    const timer = setInterval(listening, LISTENING_EVERY_MS);
    return () => {
      clearInterval(timer);
      queue.stop();
    };
  }, [turn, queue, page]);

  const devices = useMemo(() => deviceAlarms(view?.printers ?? []), [view?.printers]);
  const alarms = [...devices, ...(others ?? [])];
  // Read when something is new; a page may make them anew with every drawing.
  const pageSays = useRef({ alarms, still });
  pageSays.current = { alarms, still };
  const alarmKeys = alarms.map((u) => u.key).join();
  const all = useMemo(() => [...(view?.announcements ?? [])].sort((a, b) => a.number - b.number).map(utteranceOf).filter((u) => isWanted(u, set, page)), [view?.announcements, set, page]);

  useEffect(() => {
    if (view === null) return;
    from.current ??= listensFrom(clock.current(), listenedUntil(page));
    for (const key of heardHere()) said.current.add(key);
    const { alarms: seen, still: fits = () => true } = pageSays.current;
    queue.keep((u) => isWanted(u, set, page) && (again.current.has(u.key) || fits(u)));
    const loud = [...all, ...seen.filter((u) => isWanted(u, set, page))].filter(fits);
    if (turn) queue.add(toSay(loud, said.current, from.current));
    redraw((n) => n + 1);
  }, [view, all, alarmKeys, turn, set, page, queue]);

  const withSound = (run: () => void): void => {
    void unlockAudio().then((allowed) => {
      setUnlocked(allowed);
      if (allowed) run();
    });
  };
  const hear = (list: readonly Utterance[]): void =>
    withSound(() => {
      for (const u of list) again.current.add(u.key);
      queue.add([...list].sort((a, b) => a.at - b.at));
    });
  const coming = queue.coming();
  return {
    page,
    state: !wants ? "off" : !unlocked ? "locked" : turn ? "on" : "other_tab",
    current: queue.current(),
    latest: all[all.length - 1] ?? null,
    missed: view === null ? [] : missedOf(all, said.current, coming, listensSince(page), now()),
    lately: [...all].reverse().map((u) => ({ u, here: said.current.has(u.key) })),
    enable: () => withSound(() => void chimeAt(readVoice(settings().voice).volume)),
    test: () => withSound(() => void sayIt(words[settings().lang].voice.testWords)),
    replay: (a) => hear([utteranceOf(a)]),
    hear,
    ring: () => queue.add([bell(clock.current())]),
  };
}
