/** The paired store's API: one outbox, one token rule, feeds under the store's address. */
import type { Id, Seq, SignInAnswer, StaffCard } from "@dandan/client";
import { settings, change } from "../device/settings";
import { Feed } from "./feed";
import { words } from "../i18n";
import { notify } from "../ui/notice";
import { call, type Answer } from "./http";
import { newId } from "./ids";
import { Outbox } from "./outbox";

export const storeBase = (store: Id): string => `/api/v1/stores/${encodeURIComponent(store)}`;

/** The server answers these once a payment channel has, or when it stops waiting for one. */
const WAITS_FOR_A_CHANNEL = /\/(payments|code-payments|compare|cancel|check|refund|send-back|ask-channel|give-up|retry-refund)$/;

export class Api {
  readonly base: string;
  readonly outbox: Outbox;

  constructor(
    store: Id,
    readonly token: string,
  ) {
    this.base = storeBase(store);
    this.outbox = new Outbox({
      post: (path, body, key) => this.post(path, body, key),
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
      now: () => performance.now(),
      jitter: () => Math.random(),
    });
  }

  async get<T>(path: string): Promise<Answer<T>> {
    return this.judge(await call<T>(this.base, { method: "GET", path, token: this.token }));
  }

  async post<T>(path: string, body: unknown, key: Id = newId()): Promise<Answer<T>> {
    const timeoutMs = WAITS_FOR_A_CHANNEL.test(path) ? 25_000 : 8000;
    return this.judge(await call<T>(this.base, { method: "POST", path, token: this.token, body, key, timeoutMs }));
  }

  /** Asked once per press: a wrong PIN (401 here) is not a lost device, and a lock-out must be told, not retried. */
  signIn(staff: string, pin: string): Promise<Answer<SignInAnswer>> {
    return call<SignInAnswer>(this.base, { method: "POST", path: "/staff/sign-in", token: this.token, body: { staff, pin }, key: newId() });
  }

  feed<View, Change>(path: string, merge: (view: View, change: Change, seq: Seq) => View): Feed<View, Change> {
    return new Feed(this.base + path, this.token, merge);
  }

  private judge<T>(answer: Answer<T>): Answer<T> {
    if (answer.kind === "refused" && answer.problem.status === 401) signedOut(this.token);
    return answer;
  }
}

/** The server no longer knows this token: a person signs in again; a device that is refused even the list of names is paired again. */
export function signedOut(token: string): void {
  const { staff, device } = settings();
  if (staff?.token === token) {
    change({ staff: null });
    askToSignIn();
  } else if (device?.token === token) location.hash = "#/pair?why=unknown";
}

export function askToSignIn(): void {
  notify(words[settings().lang].signIn.expired);
  location.hash = "#/sign-in";
}

export const firstPage: Record<StaffCard["role"], "kitchen" | "floor"> = {
  kitchen: "kitchen", waiter: "floor", cashier: "floor", lead: "floor", manager: "floor", owner: "floor",
};
