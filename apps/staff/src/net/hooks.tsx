/** React's side of the network: the API of the signed-in device, feeds, ticking server time, commands that speak up. */
import type { Id, Ms, Problem, Seq, StoreView } from "@dandan/client";
import { createContext, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { words } from "../i18n";
import { settings } from "../device/settings";
import { notify } from "../ui/notice";
import { askToSignIn, signedOut, type Api } from "./api";
import type { Feed } from "./feed";
import { isUndelivered, type Pending } from "./intents";
import { wasDiscarded, type Outcome } from "./outbox";

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("useApi outside of a paired device");
  return api;
}

export interface Live<View, Change> {
  feed: Feed<View, Change>;
  view: View | null;
  online: boolean;
}

/** `merge` must be a module-level function: a new one opens a new feed. */
export function useFeed<View, Change>(path: string, merge: (view: View, change: Change, seq: Seq) => View): Live<View, Change> {
  const api = useApi();
  const feed = useMemo(() => api.feed(path, merge), [api, path, merge]);
  useEffect(() => feed.open(), [feed]);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.read);
  useEffect(() => {
    if (snapshot.denied === 401) signedOut(api.token);
    if (snapshot.denied === 403) askToSignIn();
  }, [snapshot.denied, api]);
  return { feed, view: snapshot.view, online: snapshot.online };
}

/** Server time, twice a second so that a whole second is never skipped on screen. */
export function useNow<V, C>(feed: Feed<V, C>): { now: Ms; stale: number | null } {
  const read = useCallback(() => ({ now: feed.now(), stale: feed.stale() }), [feed]);
  const [time, setTime] = useState(read);
  useEffect(() => {
    const tick = (): void => setTime(read());
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [read]);
  return time;
}

export const usePending = (): readonly Pending[] => {
  const { outbox } = useApi();
  return useSyncExternalStore(outbox.subscribe, outbox.pending);
};

export const undeliveredOf = (pending: readonly Pending[]): Pending[] => pending.filter((p) => isUndelivered(p, Date.now()));

export const problemText = (problem: Problem): string => problem.texts[settings().lang] || problem.texts.zh;

/** `what`: the page's own words for the list of what is not sent yet; without them the path names it. */
export type Send = <T>(lane: string, path: string, body?: unknown, key?: Id, what?: string) => Promise<Outcome<T>>;

/** Sends through the outbox and tells the person when the house says no. */
export function useSend(): Send {
  const api = useApi();
  return useCallback(
    async <T,>(lane: string, path: string, body: unknown = {}, key?: Id, what?: string) => {
      const outcome = await api.outbox.send<T>(lane, path, body, key, what ?? null);
      if (!outcome.ok && !wasDiscarded(outcome.problem)) notify(`${words[settings().lang].floor.refused}${words[settings().lang].colon}${problemText(outcome.problem)}`);
      return outcome;
    },
    [api],
  );
}

let storeSeen: StoreView | null = null;

/** The store's name, currency and clock; kept from the last answer while the network is away. */
export function useStore(): StoreView | null {
  const api = useApi();
  const [store, setStore] = useState(storeSeen);
  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<StoreView>("");
      if (!live) return;
      if (answer.kind === "ok") setStore((storeSeen = answer.value));
      else setTimeout(() => live && void load(), 5000);
    };
    void load();
    return () => {
      live = false;
    };
  }, [api]);
  return store;
}
