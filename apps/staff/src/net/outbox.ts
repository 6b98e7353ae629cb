/**
 * Delivers what was tapped on this device until the server has answered, over reloads and crashes too. An intent is written down
 * before it is first sent, with the key it keeps for ever, so neither a lost reply nor a second page can make it act twice. Of the
 * pages open here one has the turn to send; the others write into the same queue and hear what became of it.
 */
import type { Id, Problem } from "@dandan/client";
import { backoffMs } from "./frames";
import { isRetryable, mayHaveActed, type Answer } from "./http";
import type { IntentStore } from "./intent-store";
import { heads, inOrder, isQuiet, isVolatile, mayDiscard, stateOf, type Intent, type Pending, type Refused } from "./intents";

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** What pages of one device tell each other. */
export type Word = { kind: "changed" } | { kind: "done"; key: Id; outcome: Outcome<unknown> } | { kind: "told"; key: Id } | { kind: "hurry" };

export interface OutboxIo {
  store: IntentStore;
  post: (intent: Intent) => Promise<Answer<unknown>>;
  /** Asks for nothing, to learn whether the server is there. */
  reach: (store: Id) => Promise<boolean>;
  /** The server no longer knows this token. */
  signedOut: (token: string) => void;
  /** Asks for the turn to send. */
  turn: (granted: () => void, lost: () => void) => void;
  say: (word: Word) => void;
  hear: (listener: (word: Word) => void) => void;
  /** Runs `then` later; the answer calls it off. */
  after: (ms: number, then: () => void) => () => void;
  now: () => number;
  jitter: () => number;
}

/** `writing`: not in the queue yet · `stored`: whoever has the turn sends it · `here`: in this page's memory alone, sent by this page. */
interface Entry extends Intent { place: "writing" | "stored" | "here" }

interface Waiter { outcome: Promise<Outcome<unknown>>; settle: (outcome: Outcome<unknown>) => void }

/** A pause between two tries; one the server asked for is not cut short by anything but a finger. */
interface Rest { over: () => void; asked: boolean }

export class Outbox {
  private entries: readonly Entry[] = [];
  private shown: readonly Pending[] = [];
  private missed: readonly Refused[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly waiters = new Map<Id, Waiter>();
  private readonly inFlight = new Set<Id>();
  private readonly resting = new Map<Id, Rest>();
  private owner = false;
  /** False after silence: what has never been sent then waits until the server is heard again, and can still be thrown away. */
  private reachable = true;
  private probe: (() => void) | null = null;
  /** Writes go one after the other, so that the queue has the order of the taps. */
  private writes: Promise<void>;
  /** Counts the beginnings and ends of our own edits: what was read across one of them is read again. */
  private edits = 0;
  private editing = 0;

  constructor(private readonly io: OutboxIo) {
    this.writes = this.refresh();
    io.hear((word) => void this.hear(word));
    io.turn(
      () => {
        this.owner = true;
        void this.refresh().then(() => this.pump());
      },
      () => (this.owner = false),
    );
  }

  readonly pending = (): readonly Pending[] => this.shown;
  readonly refused = (): readonly Refused[] => this.missed;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The server's final answer, however long it takes. The same key sent again joins the intent that is under way. */
  send<T = unknown>(intent: Omit<Intent, "at" | "attempts" | "unsure" | "blocked">): Promise<Outcome<T>> {
    const waiter = this.waiterOf(intent.key);
    if (!this.entries.some((e) => e.key === intent.key)) {
      const fresh: Intent = { ...intent, at: this.io.now(), attempts: 0, unsure: false, blocked: false };
      this.set([...this.entries, { ...fresh, place: "writing" }]);
      this.writes = this.writes.then(() => this.write(fresh));
    }
    return waiter.outcome as Promise<Outcome<T>>;
  }

  /** The network or the server is said to be back. `proof`: the server itself was heard. */
  hurry(proof: boolean): void {
    for (const rest of [...this.resting.values()]) if (!rest.asked) rest.over();
    if (proof) this.heard();
    else if (!this.reachable) this.probeNow(0);
    this.pump();
  }

  /** A finger on "try again": nothing waits any longer. */
  retryNow(): void {
    if (!this.owner) this.io.say({ kind: "hurry" });
    for (const rest of [...this.resting.values()]) rest.over();
    if (!this.reachable) this.probeNow(0);
    this.pump();
  }

  /** Throws an intent away that no server can have seen; false when one may have. */
  async discard(key: Id): Promise<boolean> {
    await this.writes;
    const pending = this.shown.find((p) => p.key === key);
    const entry = this.entries.find((e) => e.key === key);
    if (pending === undefined || entry === undefined || !mayDiscard(pending)) return false;
    const gone = entry.place === "here" ? !entry.unsure : await this.edit(this.io.store.discard(key), false);
    if (!gone) return false;
    this.settle(key, { ok: false, problem: DISCARDED });
    return true;
  }

  async dismiss(key: Id): Promise<void> {
    this.missed = this.missed.filter((r) => r.key !== key);
    this.publish();
    await this.edit(this.io.store.dismiss(key), undefined);
    this.io.say({ kind: "changed" });
  }

  /** Somebody signed in: what rested for them goes on. */
  async signedIn(store: Id, person: Id, token: string): Promise<void> {
    this.set(this.entries.map((e) => (e.place === "here" && e.blocked && e.store === store && e.by?.id === person ? { ...e, blocked: false, token } : e)));
    await this.edit(this.io.store.renew(store, person, token), undefined);
    await this.refresh();
    this.io.say({ kind: "changed" });
    this.pump();
  }

  private waiterOf(key: Id): Waiter {
    const known = this.waiters.get(key);
    if (known !== undefined) return known;
    let settle: Waiter["settle"] = () => {};
    const outcome = new Promise<Outcome<unknown>>((done) => (settle = done));
    const waiter = { outcome, settle };
    this.waiters.set(key, waiter);
    return waiter;
  }

  private async write(fresh: Intent): Promise<void> {
    const place = isVolatile(fresh.body) ? "here" : await this.edit(this.io.store.add(fresh).then(() => "stored" as const), "here");
    this.update(fresh.key, { place });
    if (place === "stored") this.io.say({ kind: "changed" });
    this.pump();
  }

  private pump(): void {
    for (const e of heads(this.entries)) {
      const ours = e.place === "here" || (e.place === "stored" && this.owner);
      const free = !this.inFlight.has(e.key) && !this.resting.has(e.key);
      if (ours && free && (this.reachable || e.unsure)) void this.deliver(e);
    }
  }

  private async deliver(e: Entry): Promise<void> {
    this.inFlight.add(e.key);
    this.publish();
    const begun = e.place === "here" || (await this.edit(this.io.store.begin(e.key), true));
    if (begun) {
      const answer = await this.io.post(e);
      this.inFlight.delete(e.key);
      await this.take(e, answer);
    } else {
      this.inFlight.delete(e.key);
      this.set(this.entries.filter((x) => x.key !== e.key));
    }
    this.pump();
  }

  private async take(e: Entry, answer: Answer<unknown>): Promise<void> {
    if (answer.kind === "undelivered" && answer.status === undefined) this.silence(e.store);
    else this.heard();
    if (answer.kind === "ok") return this.end(e, { ok: true, value: answer.value });
    if (answer.kind === "undelivered") return this.notNow(e, answer.retryAfterMs ?? 0, mayHaveActed(answer.status));
    const { problem } = answer;
    if (problem.status === 401) {
      this.io.signedOut(e.token);
      if (!isQuiet(e)) return this.keep(e.key, { blocked: true, unsure: e.unsure });
    }
    if (problem.code !== "bug" && isRetryable(problem.status)) return this.notNow(e, (problem.retry_after_s ?? 0) * 1000, mayHaveActed(problem.status));
    return this.end(e, { ok: false, problem });
  }

  private async notNow(e: Entry, askedMs: number, unsure: boolean): Promise<void> {
    this.rest(e.key, Math.max(askedMs, backoffMs(e.attempts, this.io.jitter())), askedMs > 0);
    await this.keep(e.key, { attempts: e.attempts + 1, unsure: e.unsure || unsure });
  }

  private rest(key: Id, ms: number, asked: boolean): void {
    const over = (): void => {
      callOff();
      if (this.resting.delete(key)) this.pump();
    };
    let callOff = (): void => {};
    this.resting.set(key, { over, asked });
    callOff = this.io.after(ms, over);
  }

  /** Told to the other pages before it leaves the queue: should this page end in between, the next one asks again with the same key. */
  private async end(e: Entry, outcome: Outcome<unknown>): Promise<void> {
    const unheard = !outcome.ok && !this.waiters.has(e.key) && !isQuiet(e);
    const refused: Refused | null = unheard ? { key: e.key, path: e.path, what: e.what, by: e.by, at: e.at, refusedAt: this.io.now(), problem: outcome.problem } : null;
    if (refused !== null) this.missed = [...this.missed, refused];
    this.settle(e.key, outcome);
    await this.edit(this.io.store.end(e.key, refused), undefined);
    this.io.say({ kind: "changed" });
  }

  private settle(key: Id, outcome: Outcome<unknown>): void {
    this.io.say({ kind: "done", key, outcome });
    this.set(this.entries.filter((e) => e.key !== key));
    this.waiters.get(key)?.settle(outcome);
    this.waiters.delete(key);
  }

  private async hear(word: Word): Promise<void> {
    switch (word.kind) {
      case "changed":
        await this.refresh();
        return this.pump();
      case "hurry":
        return this.owner ? this.retryNow() : undefined;
      case "told":
        // The page that asked was another one, and it is still there.
        return this.owner && this.missed.some((r) => r.key === word.key) ? this.dismiss(word.key) : undefined;
      case "done": {
        this.set(this.entries.filter((e) => e.key !== word.key));
        const waiter = this.waiters.get(word.key);
        if (waiter === undefined) return;
        this.waiters.delete(word.key);
        waiter.settle(word.outcome);
        if (!word.outcome.ok) this.io.say({ kind: "told", key: word.key });
      }
    }
  }

  /** Reads the queue as all pages wrote it; what only this page holds keeps its place among it. */
  private async refresh(): Promise<void> {
    const seen = this.edits;
    const there = await this.io.store.load().catch(() => null);
    if (there === null) return;
    if (seen !== this.edits || this.editing > 0) return this.refresh();
    const stored = there.intents.map((i): Entry => ({ ...i, place: "stored" }));
    const keys = new Set(stored.map((e) => e.key));
    this.missed = there.refused;
    this.set(inOrder(stored, this.entries.filter((e) => e.place !== "stored" && !keys.has(e.key))));
  }

  /** One edit of the shared queue. A storage that fails never stops a tap: `instead` is what is then assumed. */
  private async edit<T>(work: Promise<T>, instead: T): Promise<T> {
    this.edits++;
    this.editing++;
    try {
      return await work;
    } catch {
      return instead;
    } finally {
      this.editing--;
      this.edits++;
    }
  }

  private async keep(key: Id, part: Partial<Pick<Intent, "attempts" | "unsure" | "blocked">>): Promise<void> {
    this.update(key, part);
    const e = this.entries.find((x) => x.key === key);
    if (e?.place !== "stored") return;
    await this.edit(this.io.store.change(key, part), undefined);
    this.io.say({ kind: "changed" });
  }

  private silence(store: Id): void {
    if (!this.reachable) return;
    this.reachable = false;
    this.probeLater(store, 0);
  }

  private heard(): void {
    this.probe?.();
    this.probe = null;
    this.reachable = true;
  }

  private probeLater(store: Id, nth: number): void {
    this.probe = this.io.after(backoffMs(nth, this.io.jitter()), () => void this.probing(store, nth));
  }

  private probeNow(nth: number): void {
    const store = this.entries[0]?.store;
    if (store === undefined) return this.heard();
    this.probe?.();
    void this.probing(store, nth);
  }

  private async probing(store: Id, nth: number): Promise<void> {
    this.probe = null;
    const there = await this.io.reach(store);
    if (this.reachable) return;
    if (!there) {
      if (this.probe === null) this.probeLater(store, nth + 1);
      return;
    }
    this.hurry(true);
  }

  private update(key: Id, part: Partial<Entry>): void {
    this.set(this.entries.map((e) => (e.key === key ? { ...e, ...part } : e)));
  }

  private set(entries: readonly Entry[]): void {
    this.entries = entries;
    this.publish();
  }

  private publish(): void {
    this.shown = this.entries.map((e) => ({
      key: e.key, lane: e.lane, path: e.path, what: e.what, by: e.by, since: e.at, attempts: e.attempts, state: stateOf(e, this.inFlight.has(e.key)), unsure: e.unsure, kept: e.place === "stored",
    }));
    for (const listener of this.listeners) listener();
  }
}

/** Not the server's word but the person's own; pages need not repeat it. */
const DISCARDED: Problem = { type: "about:blank", title: "discarded", code: "discarded", status: 409, detail: "", texts: { zh: "已放弃，没有送出", en: "Given up, never sent" } };
export const wasDiscarded = (p: Problem): boolean => p.code === "discarded";
