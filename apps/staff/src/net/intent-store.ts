/**
 * Keeps the queue in IndexedDB, which every page of this device shares and which is there on plain http too. A token is kept once
 * beside the intents that need it and goes with the last of them: somebody who signed out has nothing left here once all is sent.
 */
import type { Id } from "@dandan/client";
import type { Intent, Refused } from "./intents";

export interface IntentStore {
  /** In the order they were tapped, over all pages. */
  load: () => Promise<{ intents: Intent[]; refused: Refused[] }>;
  /** Written through to the disk when it resolves. A key that is there already stays as it is. */
  add: (intent: Intent) => Promise<void>;
  /** Marks it as perhaps sent; false when another page has thrown it away meanwhile. */
  begin: (key: Id) => Promise<boolean>;
  change: (key: Id, part: Partial<Pick<Intent, "attempts" | "unsure" | "blocked">>) => Promise<void>;
  /** Ends it; a refusal nobody was told about stays on its own list. */
  end: (key: Id, refused: Refused | null) => Promise<void>;
  /** Throws away what was never sent; false when it may have been. */
  discard: (key: Id) => Promise<boolean>;
  /** Somebody signed in again: what rested for them goes on with the new token. */
  renew: (store: Id, person: Id, token: string) => Promise<void>;
  dismiss: (key: Id) => Promise<void>;
}

/** An intent as it lies there: its token by reference, `n` is its place. */
interface Row extends Omit<Intent, "token"> { n?: number; token: number }
interface TokenRow { id?: number; token: string }

/** A database that does not open or answer in this time is treated as none: taps must go out. */
const OPENS_WITHIN_MS = 3000;
const ANSWERS_WITHIN_MS = 4000;
const MOST_REFUSED = 50;

export class IdbIntents implements IntentStore {
  private opened: Promise<IDBDatabase> | null = null;

  constructor(private readonly name = "dandan.staff") {}

  async load(): Promise<{ intents: Intent[]; refused: Refused[] }> {
    return this.run("readonly", async (t) => {
      const tokens = new Map((await all<TokenRow>(t, "tokens")).map((r) => [r.id, r.token]));
      const intents = (await all<Row>(t, "intents")).map(({ n: _, ...row }) => ({ ...row, token: tokens.get(row.token) ?? "" }));
      return { intents, refused: await all<Refused>(t, "refused") };
    });
  }

  async add({ token, ...intent }: Intent): Promise<void> {
    await this.run("readwrite", async (t) => {
      if ((await find(t, intent.key)) === undefined) t.objectStore("intents").add({ ...intent, token: await refer(t, token) });
    });
  }

  async begin(key: Id): Promise<boolean> {
    return this.run("readwrite", async (t) => {
      const row = await find(t, key);
      if (row === undefined) return false;
      t.objectStore("intents").put({ ...row, unsure: true });
      return true;
    });
  }

  async change(key: Id, part: Partial<Pick<Intent, "attempts" | "unsure" | "blocked">>): Promise<void> {
    await this.run("readwrite", async (t) => {
      const row = await find(t, key);
      if (row !== undefined) t.objectStore("intents").put({ ...row, ...part });
    });
  }

  async end(key: Id, refused: Refused | null): Promise<void> {
    await this.run("readwrite", async (t) => {
      const row = await find(t, key);
      if (row !== undefined) await drop(t, row);
      if (refused === null) return;
      const old = (await all<Refused>(t, "refused")).sort((a, b) => a.refusedAt - b.refusedAt);
      for (const r of old.slice(0, Math.max(0, old.length + 1 - MOST_REFUSED))) t.objectStore("refused").delete(r.key);
      t.objectStore("refused").put(refused);
    });
  }

  async discard(key: Id): Promise<boolean> {
    return this.run("readwrite", async (t) => {
      const row = await find(t, key);
      if (row?.unsure === true) return false;
      if (row !== undefined) await drop(t, row);
      return true;
    });
  }

  async renew(store: Id, person: Id, token: string): Promise<void> {
    await this.run("readwrite", async (t) => {
      const resting = (await all<Row>(t, "intents")).filter((r) => r.blocked && r.store === store && r.by?.id === person);
      if (resting.length === 0) return;
      const ref = await refer(t, token);
      for (const row of resting) t.objectStore("intents").put({ ...row, blocked: false, token: ref });
      await sweep(t);
    });
  }

  async dismiss(key: Id): Promise<void> {
    await this.run("readwrite", async (t) => void t.objectStore("refused").delete(key));
  }

  private async run<T>(mode: IDBTransactionMode, work: (t: IDBTransaction) => Promise<T>): Promise<T> {
    const db = await this.open();
    const options: IDBTransactionOptions = mode === "readwrite" ? { durability: "strict" } : {};
    const t = db.transaction(["intents", "tokens", "refused"], mode, options);
    const ended = new Promise<void>((done, fail) => {
      t.oncomplete = () => done();
      t.onabort = () => fail(t.error ?? new Error("the queue's storage gave up"));
    });
    try {
      const [value] = await within(ANSWERS_WITHIN_MS, Promise.all([work(t), ended]));
      return value;
    } catch (e) {
      this.opened = null;
      abort(t);
      db.close();
      throw e;
    }
  }

  private open(): Promise<IDBDatabase> {
    this.opened ??= this.openNow().catch((e: unknown) => {
      this.opened = null;
      throw e;
    });
    return this.opened;
  }

  private openNow(): Promise<IDBDatabase> {
    const opening = new Promise<IDBDatabase>((done, fail) => {
      const request = indexedDB.open(this.name, 1);
      request.onupgradeneeded = () => {
        const db = request.result;
        db.createObjectStore("intents", { keyPath: "n", autoIncrement: true }).createIndex("key", "key", { unique: true });
        db.createObjectStore("tokens", { keyPath: "id", autoIncrement: true });
        db.createObjectStore("refused", { keyPath: "key" });
      };
      request.onerror = () => fail(request.error ?? new Error("the queue's storage does not open"));
      request.onsuccess = () => {
        const db = request.result;
        // The browser may close it (storage cleared, a newer page): the next use opens it again.
        db.onclose = () => (this.opened = null);
        db.onversionchange = () => {
          this.opened = null;
          db.close();
        };
        done(db);
      };
    });
    return within(OPENS_WITHIN_MS, opening);
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error("the queue's storage does not answer")), ms);
    work.then(done, fail).finally(() => clearTimeout(late));
  });
}

function abort(t: IDBTransaction): void {
  try {
    t.abort();
  } catch {
    // It has ended by itself.
  }
}

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error("the queue's storage refused"));
  });

const all = <T>(t: IDBTransaction, name: string): Promise<T[]> => asked(t.objectStore(name).getAll() as IDBRequest<T[]>);
const find = (t: IDBTransaction, key: Id): Promise<Row | undefined> => asked(t.objectStore("intents").index("key").get(key) as IDBRequest<Row | undefined>);

async function refer(t: IDBTransaction, token: string): Promise<number> {
  const known = (await all<TokenRow>(t, "tokens")).find((r) => r.token === token);
  return known?.id ?? Number(await asked(t.objectStore("tokens").add({ token })));
}

async function drop(t: IDBTransaction, row: Row): Promise<void> {
  if (row.n !== undefined) t.objectStore("intents").delete(row.n);
  await sweep(t);
}

/** Forgets the tokens no intent needs any more. */
async function sweep(t: IDBTransaction): Promise<void> {
  const needed = new Set((await all<Row>(t, "intents")).map((r) => r.token));
  for (const r of await all<TokenRow>(t, "tokens")) if (r.id !== undefined && !needed.has(r.id)) t.objectStore("tokens").delete(r.id);
}
