/**
 * Delivers commands until the server has answered. The key is made once, before the first send, and never changes, so a lost
 * reply cannot act twice. Commands of one lane (one kitchen item, one table) go strictly in order; lanes do not wait for each other.
 */
import type { Id, Problem } from "@dandan/client";
import { backoffMs } from "./frames";
import { isRetryable, type Answer } from "./http";
import { newId } from "./ids";

export interface Pending {
  key: Id;
  lane: string;
  path: string;
  since: number;
  attempts: number;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface OutboxIo {
  post: (path: string, body: unknown, key: Id) => Promise<Answer<unknown>>;
  wait: (ms: number) => Promise<void>;
  now: () => number;
  jitter: () => number;
}

export class Outbox {
  private lanes = new Map<string, Promise<unknown>>();
  private list: readonly Pending[] = [];
  private listeners = new Set<() => void>();

  constructor(private readonly io: OutboxIo) {}

  readonly pending = (): readonly Pending[] => this.list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  send<T>(lane: string, path: string, body: unknown = {}, key: Id = newId()): Promise<Outcome<T>> {
    this.set([...this.list, { key, lane, path, since: this.io.now(), attempts: 0 }]);
    const before = this.lanes.get(lane) ?? Promise.resolve();
    const mine = before.then(() => this.deliver<T>(path, body, key));
    this.lanes.set(lane, mine);
    void mine.then(() => {
      if (this.lanes.get(lane) === mine) this.lanes.delete(lane);
    });
    return mine;
  }

  private async deliver<T>(path: string, body: unknown, key: Id): Promise<Outcome<T>> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.io.post(path, body, key);
      if (answer.kind === "ok") return this.done(key, { ok: true, value: answer.value as T });
      if (answer.kind === "refused" && (answer.problem.code === "bug" || !isRetryable(answer.problem.status))) return this.done(key, { ok: false, problem: answer.problem });
      this.set(this.list.map((p) => (p.key === key ? { ...p, attempts: attempt + 1 } : p)));
      await this.io.wait(Math.max(retryAfter(answer), backoffMs(attempt, this.io.jitter())));
    }
  }

  private done<T>(key: Id, outcome: Outcome<T>): Outcome<T> {
    this.set(this.list.filter((p) => p.key !== key));
    return outcome;
  }

  private set(list: readonly Pending[]): void {
    this.list = list;
    for (const listener of this.listeners) listener();
  }
}

function retryAfter(answer: Exclude<Answer<unknown>, { kind: "ok" }>): number {
  if (answer.kind === "undelivered") return answer.retryAfterMs ?? 0;
  return (answer.problem.retry_after_s ?? 0) * 1000;
}

/** A command that has failed once, or that has waited two seconds, is told to the person as 未送达. */
export const isUndelivered = (p: Pending, now: number): boolean => p.attempts > 0 || now - p.since > 2000;
