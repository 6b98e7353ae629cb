/** The one outbox of this device, wired to its storage, its other pages and the network. */
import type { Id } from "@dandan/client";
import { settings } from "../device/settings";
import { takeTurn } from "../device/turn";
import { signedOut, storeBase, timeoutFor } from "./api";
import { call } from "./http";
import { IdbIntents } from "./intent-store";
import { newId } from "./ids";
import type { Person } from "./intents";
import { Outbox, type Outcome, type Word } from "./outbox";

let outbox: Outbox | null = null;

/** Made when it is first needed. */
export function deviceOutbox(): Outbox {
  outbox ??= make();
  return outbox;
}

function make(): Outbox {
  // Without channels (an old browser) each page learns of the others' intents when it gets the turn.
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("dandan-outbox");
  const box = new Outbox({
    store: new IdbIntents(),
    post: (i) => call(storeBase(i.store), { method: "POST", path: i.path, token: i.token, body: i.body, key: i.key, timeoutMs: timeoutFor(i.path) }),
    reach,
    signedOut,
    turn: (granted, lost) => void takeTurn("dandan-outbox", granted, lost),
    say: (word) => channel?.postMessage(word),
    hear: (listener) => channel?.addEventListener("message", (e: MessageEvent<Word>) => listener(e.data)),
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
    jitter: () => Math.random(),
  });
  addEventListener("online", () => box.hurry(false));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && box.hurry(false));
  return box;
}

/** The store's public page answers anybody; a proxy that stands before a dead server does not count. */
async function reach(store: Id): Promise<boolean> {
  const answer = await call(storeBase(store), { method: "GET", path: "", token: null, timeoutMs: 4000 });
  return answer.kind !== "undelivered";
}

/** The outbox as a page has it: everything it sends is for this store and in the name of whoever is signed in. */
export class StoreOutbox {
  private readonly by: Person | null;

  constructor(
    private readonly store: Id,
    private readonly token: string,
  ) {
    const { staff } = settings();
    this.by = staff?.token === token ? { id: staff.card.id, name: staff.card.name } : null;
  }

  readonly pending = (): ReturnType<Outbox["pending"]> => deviceOutbox().pending();
  readonly subscribe = (listener: () => void): (() => void) => deviceOutbox().subscribe(listener);

  /** `what`: the page's own words for it, for the list of what is not sent yet. */
  send<T>(lane: string, path: string, body: unknown = {}, key: Id = newId(), what: string | null = null): Promise<Outcome<T>> {
    return deviceOutbox().send<T>({ key, store: this.store, token: this.token, by: this.by, lane, path, body, what });
  }
}
