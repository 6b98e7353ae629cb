/** The paired store's API: the device's outbox, one token rule, feeds under the store's address. */
import type { Id, Seq, SignInAnswer, StaffCard } from "@dandan/client";
import { settings, change } from "../device/settings";
import { Feed } from "./feed";
import { words } from "../i18n";
import { notify } from "../ui/notice";
import { StoreOutbox, deviceOutbox } from "./device-outbox";
import { call, type Answer } from "./http";
import { newId } from "./ids";

export const storeBase = (store: Id): string => `/api/v1/stores/${encodeURIComponent(store)}`;

/** The server answers these once a payment channel has, or when it stops waiting for one. */
const WAITS_FOR_A_CHANNEL = /\/(payments|code-payments|compare|cancel|check|refund|send-back|ask-channel|give-up|retry-refund)$/;

export const timeoutFor = (path: string): number => (WAITS_FOR_A_CHANNEL.test(path) ? 25_000 : 8000);

export class Api {
  readonly base: string;
  readonly outbox: StoreOutbox;

  constructor(
    store: Id,
    readonly token: string,
  ) {
    this.base = storeBase(store);
    this.outbox = new StoreOutbox(store, token);
  }

  async get<T>(path: string): Promise<Answer<T>> {
    return this.judge(await call<T>(this.base, { method: "GET", path, token: this.token }));
  }

  async post<T>(path: string, body: unknown, key: Id = newId()): Promise<Answer<T>> {
    return this.judge(await call<T>(this.base, { method: "POST", path, token: this.token, body, key, timeoutMs: timeoutFor(path) }));
  }

  /** Asked once per press: a wrong PIN (401 here) is not a lost device, and a lock-out must be told, not retried. */
  signIn(staff: string, pin: string): Promise<Answer<SignInAnswer>> {
    return call<SignInAnswer>(this.base, { method: "POST", path: "/staff/sign-in", token: this.token, body: { staff, pin }, key: newId() });
  }

  feed<View, Change>(path: string, merge: (view: View, change: Change, seq: Seq) => View): Feed<View, Change> {
    const feed = new Feed(this.base + path, this.token, merge);
    // A feed that comes back proves that the server is there: what waits goes at once.
    let was = false;
    feed.subscribe(() => {
      const { online } = feed.read();
      if (online && !was) deviceOutbox().hurry(true);
      was = online;
    });
    return feed;
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
  kitchen: "kitchen", waiter: "floor", cashier: "floor", lead: "floor", manager: "floor", owner: "floor", support: "floor",
};
