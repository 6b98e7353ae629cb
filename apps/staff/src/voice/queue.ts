/**
 * Says what came in (收款播报), one after the other: never two at once, none left out. What a device said it remembers, so that a
 * reload or a second tab says nothing twice.
 */
import type { Announcement, Ms, Way } from "@dandan/client";

export type Kind = "wechat" | "alipay";
export type Kinds = Record<Kind, boolean>;

/** Only what a channel has proved is announced; by-hand money needs no voice. */
export const kindOf = (way: Way): Kind | null => (way.startsWith("wechat_") ? "wechat" : way.startsWith("alipay_") ? "alipay" : null);

/** Numbers begin again each day, so the moment belongs to the name. */
export const keyOf = (a: Pick<Announcement, "number" | "at">): string => `${a.at}.${a.number}`;

const byTime = (a: Announcement, b: Announcement): number => a.at - b.at || a.number - b.number;
const wanted = (a: Announcement, kinds: Kinds): boolean => {
  const kind = kindOf(a.way);
  return kind !== null && kinds[kind];
};

/** What this device says now: of the kinds it is for, not said here yet, and not from before it was listening. */
export const toSay = (all: readonly Announcement[], said: ReadonlySet<string>, from: Ms, kinds: Kinds): Announcement[] =>
  all.filter((a) => wanted(a, kinds) && a.at >= from && !said.has(keyOf(a))).sort(byTime);

/** What came this long before the sound came on is still said; older ones are listed. */
export const STILL_NEWS_MS = 60_000;

/** From when on this device says what comes: a page that was only reloaded goes on where it was, a device that just opened begins now. */
export const listensFrom = (now: Ms, until: Ms | null): Ms => (until === null ? now : Math.min(now, Math.max(until, now - STILL_NEWS_MS)));

/** What came while this device was not listening, newest first. */
export const missedOf = (all: readonly Announcement[], said: ReadonlySet<string>, coming: ReadonlySet<string>, kinds: Kinds): Announcement[] =>
  all.filter((a) => wanted(a, kinds) && !said.has(keyOf(a)) && !coming.has(keyOf(a))).sort((a, b) => byTime(b, a));

export type Heard = "voice" | "chime" | "nothing";

export interface VoiceIo {
  /** Resolves with what could be heard; may hang, and the queue goes on regardless. */
  say: (a: Announcement) => Promise<Heard>;
  wait: (ms: Ms) => Promise<void>;
  /** Heard on this device, by voice or chime. */
  onSaid: (a: Announcement) => void;
  /** The device makes no sound any more: it must be enabled again. */
  onSilent: () => void;
  onChange: () => void;
}

/** A voice that never reports its end is left behind after this. */
export const LONGEST_MS = 20_000;
const PAUSE_MS = 400;

export class VoiceQueue {
  private queue: Announcement[] = [];
  private now: Announcement | null = null;
  private on = false;
  private running = false;

  constructor(private readonly io: VoiceIo) {}

  /** Once a person has let the page make sound and no other page of this device speaks. */
  start(): void {
    this.on = true;
    void this.run();
  }

  stop(): void {
    this.on = false;
  }

  /** Queued or being said already: not twice. */
  add(list: readonly Announcement[]): void {
    const coming = this.coming();
    const fresh = list.filter((a) => !coming.has(keyOf(a)));
    if (fresh.length === 0) return;
    this.queue.push(...fresh);
    this.io.onChange();
    void this.run();
  }

  /** A muted kind's turn never comes. */
  keep(fits: (a: Announcement) => boolean): void {
    this.queue = this.queue.filter(fits);
  }

  current(): Announcement | null {
    return this.now;
  }

  coming(): Set<string> {
    return new Set([...(this.now === null ? [] : [this.now]), ...this.queue].map(keyOf));
  }

  private async run(): Promise<void> {
    if (this.running || !this.on) return;
    this.running = true;
    for (let a = this.queue.shift(); a !== undefined; a = this.on ? this.queue.shift() : undefined) {
      this.now = a;
      this.io.onChange();
      const heard = await Promise.race([this.io.say(a).catch((): Heard => "nothing"), this.io.wait(LONGEST_MS).then((): Heard => "voice")]);
      this.now = null;
      if (heard === "nothing") {
        this.on = false;
        this.io.onSilent();
      } else this.io.onSaid(a);
      this.io.onChange();
      await this.io.wait(PAUSE_MS);
    }
    this.running = false;
  }
}
