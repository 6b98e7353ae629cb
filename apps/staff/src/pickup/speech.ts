/** Calls out pick-up numbers: one at a time, never over each other, through whatever voice the device has. */
import type { Id, Ms, PickupView } from "@dandan/client";
import type { Lang } from "../device/settings";

export interface Call {
  order: Id;
  number: string;
  /** The count this announcement stands for; a higher one later is a new call. */
  calls: number;
}

/** What has been spoken, by order; kept over a power cycle so a restarted screen does not shout the whole list. */
export type Spoken = Readonly<Record<Id, number>>;

/** Just started and never spoke before: only what became ready within the last minute is still news. */
export const NEWS_FOR_MS = 60_000;

/** A ready number is called when it is new, and again when its `calls` rose; on the very first view only if it is fresh. */
export function callsToMake(spoken: Spoken | null, view: PickupView, now: Ms): { calls: Call[]; spoken: Spoken } {
  const next: Record<Id, number> = {};
  const calls: Call[] = [];
  for (const entry of [...view.entries].sort((a, b) => (a.ready_at ?? 0) - (b.ready_at ?? 0))) {
    if (entry.state !== "ready") continue;
    const wanted = entry.calls;
    const before = spoken?.[entry.order];
    const fresh = entry.ready_at !== null && now - entry.ready_at <= NEWS_FOR_MS;
    if (spoken === null ? fresh : before === undefined || wanted > before) calls.push({ order: entry.order, number: entry.number, calls: wanted });
    next[entry.order] = Math.max(wanted, before ?? 0);
  }
  return { calls, spoken: next };
}

const DIGITS = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/** Digit by digit, so that A023 is not read "A twenty-three". */
export function spokenNumber(number: string, lang: Lang): string {
  return [...number].map((c) => (lang === "zh" ? (DIGITS[Number.parseInt(c, 10)] ?? c) : c)).join(" ");
}

export interface Speaker {
  /** Resolves when the sentence is over. Rejects or never resolves when the device fails; the queue goes on regardless. */
  speak: (text: string, lang: Lang) => Promise<void>;
  chime: () => Promise<void>;
  canSpeak: (lang: Lang) => boolean;
  wait: (ms: number) => Promise<void>;
}

/** A voice that hangs (some browsers never report the end) is left behind after this. */
export const LONGEST_SENTENCE_MS = 12_000;
const PAUSE_MS = 350;

export class SpeechQueue {
  private queue: Call[] = [];
  private running = false;
  private unlocked = false;

  constructor(
    private readonly speaker: Speaker,
    private readonly sentence: (spoken: string) => string,
    private readonly lang: () => Lang,
  ) {}

  /** Browsers stay silent until a person taps once; calls made before that wait here, the newest per order. */
  unlock(): void {
    this.unlocked = true;
    void this.run();
  }

  /** A number still waiting its turn is not queued twice. */
  add(call: Call): void {
    const at = this.queue.findIndex((c) => c.order === call.order);
    if (at >= 0) this.queue[at] = call;
    else this.queue.push(call);
    void this.run();
  }

  /** Collected before its turn came: no need to call it. */
  keepOnly(orders: ReadonlySet<Id>): void {
    this.queue = this.queue.filter((c) => orders.has(c.order));
  }

  waiting(): readonly Call[] {
    return this.queue;
  }

  private async run(): Promise<void> {
    if (this.running || !this.unlocked) return;
    this.running = true;
    for (let call = this.queue.shift(); call !== undefined; call = this.queue.shift()) {
      await this.announce(call);
      await this.speaker.wait(PAUSE_MS);
    }
    this.running = false;
  }

  private async announce(call: Call): Promise<void> {
    const lang = this.lang();
    if (!this.speaker.canSpeak(lang)) return this.bounded(this.speaker.chime());
    const text = this.sentence(spokenNumber(call.number, lang));
    await this.bounded(this.speaker.speak(text, lang).catch(() => this.speaker.chime()));
  }

  private async bounded(sound: Promise<void>): Promise<void> {
    await Promise.race([sound.catch(() => undefined), this.speaker.wait(LONGEST_SENTENCE_MS)]);
  }
}
