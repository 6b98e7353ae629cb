/**
 * The drafts of this device, one for each table that is being ordered for. A draft survives reloads and belongs to the device it
 * was begun on; of several pages on it one edits. Sending goes on when the page that asked is gone.
 */
import type { Id } from "@dandan/client";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { takeTurn } from "../device/turn";
import type { Api } from "../net/api";
import { newId } from "../net/ids";
import { wasDiscarded } from "../net/outbox";
import { emptyDraft, isEmpty, orderBody, readDraft, refuse, type Draft, type PricedLine } from "./draft";

const PREFIX = "dandan.draft.";
const OFTEN = "dandan.often";
/** A draft nobody came back to by then was for guests who have left. */
const STALE_MS = 18 * 3600_000;

const cache = new Map<Id, Draft>();
const listeners = new Set<() => void>();
let version = 0;

const tell = (): void => {
  version++;
  for (const listener of listeners) listener();
};

addEventListener("storage", (e) => {
  if (e.key === null || !e.key.startsWith(PREFIX)) return;
  cache.delete(e.key.slice(PREFIX.length));
  tell();
});

function read(session: Id): Draft {
  const known = cache.get(session);
  if (known !== undefined) return known;
  const draft = readDraft(storage((s) => s.getItem(PREFIX + session)), session) ?? emptyDraft(session, newId(), Date.now());
  cache.set(session, draft);
  return draft;
}

function write(draft: Draft): void {
  cache.set(draft.session, draft);
  storage((s) => (isEmpty(draft) && draft.sending === null ? s.removeItem(PREFIX + draft.session) : s.setItem(PREFIX + draft.session, JSON.stringify(draft))));
  tell();
}

/** Private mode or full: the draft holds until the page is closed. */
function storage<T>(use: (s: Storage) => T): T | null {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export interface DraftHandle {
  draft: Draft;
  /** False while another page of this device edits it. */
  mine: boolean;
  /** By step, not by value: two taps may come before the page is drawn again. */
  change: (step: (draft: Draft) => Draft) => void;
}

export function useDraft(session: Id): DraftHandle {
  const draft = useSyncExternalStore(subscribe, () => read(session));
  const [mine, setMine] = useState(false);
  useEffect(() => takeTurn(`dandan-draft-${session}`, () => setMine(true), () => setMine(false)), [session]);
  const change = useCallback((step: (d: Draft) => Draft) => {
    const before = read(session);
    if (before.sending === null) write({ ...step(before), at: Date.now() });
  }, [session]);
  return { draft, mine, change };
}

/** What is begun here for a party: dishes not sent, being sent, or refused. */
export function useDraftState(session: Id): { dishes: number; sending: boolean; refused: boolean } {
  const draft = useSyncExternalStore(subscribe, () => read(session));
  return { dishes: draft.lines.reduce((n, l) => n + l.quantity, 0), sending: draft.sending !== null, refused: draft.refused !== null };
}

/** Counts up with every change of any draft, for lists of tables. */
export const useDraftsVersion = (): number => useSyncExternalStore(subscribe, () => version);
export const draftOf = (session: Id): Draft => read(session);

const underWay = new Set<Id>();

/** Sends the draft as it is. Its order id is the key, so that it acts once however often it is asked for, after a reload too. */
export async function submit(api: Api, session: Id, lines: readonly PricedLine[], menuVersion: number, what: string): Promise<"accepted" | "refused" | "under_way"> {
  const draft = read(session);
  const sending = draft.sending ?? orderBody(draft, lines, menuVersion);
  write({ ...draft, sending, refused: null });
  return deliver(api, session, what);
}

/** Goes on with what a reload interrupted; does nothing where nothing was. */
export async function deliver(api: Api, session: Id, what: string): Promise<"accepted" | "refused" | "under_way"> {
  const { sending } = read(session);
  if (sending === null || underWay.has(sending.order)) return "under_way";
  underWay.add(sending.order);
  const outcome = await api.outbox.send<unknown>(`order:${session}`, `/sessions/${encodeURIComponent(session)}/orders`, sending, sending.order, what);
  underWay.delete(sending.order);
  const draft = read(session);
  if (outcome.ok) {
    for (const line of sending.lines) countOften(line.dish, line.quantity);
    write(emptyDraft(session, newId(), Date.now()));
    return "accepted";
  }
  write(wasDiscarded(outcome.problem) ? { ...draft, sending: null } : refuse(draft, outcome.problem, newId()));
  return "refused";
}

export function oftenOnThisDevice(): Map<string, number> {
  const text = storage((s) => s.getItem(OFTEN));
  try {
    return new Map(Object.entries(JSON.parse(text ?? "{}") as Record<string, number>).filter(([, n]) => typeof n === "number"));
  } catch {
    return new Map();
  }
}

function countOften(dish: string, quantity: number): void {
  const counts = oftenOnThisDevice();
  counts.set(dish, (counts.get(dish) ?? 0) + quantity);
  storage((s) => s.setItem(OFTEN, JSON.stringify(Object.fromEntries(counts))));
}

/** Forgets drafts of parties long gone. */
export function sweepDrafts(now: number): void {
  storage((s) => {
    for (const key of Object.keys(s)) {
      if (!key.startsWith(PREFIX)) continue;
      const draft = readDraft(s.getItem(key), key.slice(PREFIX.length));
      if (draft === null || (draft.sending === null && now - draft.at > STALE_MS)) s.removeItem(key);
    }
  });
}
