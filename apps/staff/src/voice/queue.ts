/**
 * Says one thing after the other (播报): never two at once, none left out. What a device said it remembers, so that a reload or a
 * second tab says nothing twice, and what it slept through can be heard afterwards.
 */
import type { Ms } from "@dandan/client";
import type { Kind, Utterance } from "./said";

const byTime = (a: Utterance, b: Utterance): number => a.at - b.at || (a.number ?? 0) - (b.number ?? 0) || (a.key < b.key ? -1 : 1);

/** What this device says now, of what it is for: not said here yet, and not from before it was listening. */
export const toSay = (all: readonly Utterance[], said: ReadonlySet<string>, from: Ms): Utterance[] => all.filter((u) => u.at >= from && !said.has(u.key)).sort(byTime);

/** What came this long before the sound came on is still said; older ones are listed. */
export const STILL_NEWS_MS = 60_000;

/** From when on this device says what comes: a page that was only reloaded goes on where it was, a device that just opened begins now. */
export const listensFrom = (now: Ms, until: Ms | null): Ms => (until === null ? now : Math.min(now, Math.max(until, now - STILL_NEWS_MS)));

/** How long it makes sense to hear of something afterwards. Money is never too old: it is an open matter until somebody heard it. */
const WORTH_MS: Record<Kind, Ms> = {
  new_order: 30 * 60_000, rush: 30 * 60_000, ready: 30 * 60_000, queue: 15 * 60_000, paid: Number.POSITIVE_INFINITY,
  // On the board for all to see as long as they last.
  overdue: 0, device_down: 0, bell: 0,
};

/**
 * What came while this device was not listening, newest first. `began` is when it listened for the first time ever: what is older was
 * never its to say, but for money that nobody has said.
 */
export function missedOf(all: readonly Utterance[], said: ReadonlySet<string>, coming: ReadonlySet<string>, began: Ms | null, now: Ms): Utterance[] {
  const was = (u: Utterance): boolean => (u.said.kind === "paid" && !u.played) || (began !== null && u.at >= began);
  return all.filter((u) => !said.has(u.key) && !coming.has(u.key) && was(u) && now - u.at <= WORTH_MS[u.said.kind] && u.number !== null).sort((a, b) => byTime(b, a));
}

export type Heard = "voice" | "chime" | "nothing";

export interface VoiceIo {
  /** Resolves once no other page of this device makes a sound; the answer lets the next one. */
  turn: () => Promise<() => void>;
  /** Another page of this device has said it meanwhile. */
  wasSaid: (u: Utterance) => boolean;
  /** Resolves with what could be heard; may hang, and the queue goes on regardless. */
  say: (u: Utterance) => Promise<Heard>;
  wait: (ms: Ms) => Promise<void>;
  /** Heard on this device, by voice or chime. */
  onSaid: (u: Utterance) => void;
  /** The device makes no sound any more: it must be enabled again. */
  onSilent: () => void;
  onChange: () => void;
}

/** A voice that never reports its end is left behind after this. */
export const LONGEST_MS = 20_000;
const PAUSE_MS = 400;

export class VoiceQueue {
  private queue: Utterance[] = [];
  private now: Utterance | null = null;
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
  add(list: readonly Utterance[]): void {
    const coming = this.coming();
    const fresh = list.filter((u) => !coming.has(u.key));
    if (fresh.length === 0) return;
    this.queue.push(...fresh);
    this.io.onChange();
    void this.run();
  }

  /** A muted kind's turn never comes, nor that of what is over. */
  keep(fits: (u: Utterance) => boolean): void {
    this.queue = this.queue.filter(fits);
  }

  current(): Utterance | null {
    return this.now;
  }

  coming(): Set<string> {
    return new Set([...(this.now === null ? [] : [this.now]), ...this.queue].map((u) => u.key));
  }

  private async run(): Promise<void> {
    if (this.running || !this.on) return;
    this.running = true;
    for (let u = this.queue.shift(); u !== undefined; u = this.on ? this.queue.shift() : undefined) {
      this.now = u;
      this.io.onChange();
      const heard = await this.hear(u);
      this.now = null;
      if (heard === "nothing") {
        // Nobody heard it: it is said first once there is sound again.
        this.queue.unshift(u);
        this.on = false;
        this.io.onSilent();
      } else if (heard !== "before") this.io.onSaid(u);
      this.io.onChange();
      await this.io.wait(PAUSE_MS);
    }
    this.running = false;
    // Started again while the last pause lasted.
    if (this.on && this.queue.length > 0) void this.run();
  }

  private async hear(u: Utterance): Promise<Heard | "before"> {
    const release = await this.io.turn();
    try {
      if (this.io.wasSaid(u)) return "before";
      return await Promise.race([this.io.say(u).catch((): Heard => "nothing"), this.io.wait(LONGEST_MS).then((): Heard => "voice")]);
    } finally {
      release();
    }
  }
}
