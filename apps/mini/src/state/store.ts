/** The app's one state, and how pages read it. Changed only in `state/*`. */
import { useSyncExternalStore } from "react";
import type { Id, Menu, PlaceOrderRequest, Problem, SessionView, StoreView, Text, WaysView } from "@dandan/client";
import type { Lang } from "@/rules/describe";
import type { OrderIntent } from "@/rules/order";
import type { Parcel } from "@/rules/outbox";
import type { PayIntent } from "@/rules/pay";
import type { Receipt } from "@/rules/receipt";
import type { Member } from "@/net/storage";

export interface Notice {
  text: Text;
  bad: boolean;
  n: number;
}

export interface AppState {
  lang: Lang;
  guest: { id: Id; name: string };
  member: Member | null;
  store: StoreView | null;
  menu: Menu | null;
  view: SessionView | null;
  /** when the last frame came, by this phone's clock; null before the first */
  lastFrameAt: number | null;
  /** what to add to this phone's clock to get the server's */
  clockSkewMs: number;
  online: boolean;
  /** the cloud's word that the shop is cut off, with the Wi-Fi on which it still takes orders */
  cutOff: Problem | null;
  outbox: Parcel[];
  order: OrderIntent | null;
  refused: { request: PlaceOrderRequest; problem: Problem } | null;
  /** the last order this phone got accepted */
  accepted: Id | null;
  pay: PayIntent | null;
  /** the restaurant is cut off while this payment is open: what the cloud has heard of it */
  receipt: Receipt | null;
  /** the ways to pay as last heard, and for which party */
  ways: { session: Id; answer: WaysView } | null;
  /** lines for which the server would not take money yet: they have to be weighed */
  weightOpen: Id[];
  /** the heading the menu opens at next */
  jump: string | null;
  /** why this phone is no longer at the table */
  ended: "closed" | "merged" | "signed_out" | null;
  notice: Notice | null;
}

let state: AppState = {
  lang: "zh",
  guest: { id: "", name: "" },
  member: null,
  store: null,
  menu: null,
  view: null,
  lastFrameAt: null,
  clockSkewMs: 0,
  online: true,
  cutOff: null,
  outbox: [],
  order: null,
  refused: null,
  accepted: null,
  pay: null,
  receipt: null,
  ways: null,
  weightOpen: [],
  jump: null,
  ended: null,
  notice: null,
};

const listeners = new Set<() => void>();

export const get = (): AppState => state;

export function set(change: Partial<AppState>): void {
  state = { ...state, ...change };
  listeners.forEach((listen) => listen());
}

export function useApp(): AppState {
  return useSyncExternalStore(subscribe, get, get);
}

function subscribe(listen: () => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

let notices = 0;

/** Says something to the person, on whatever page is open. */
export function say(text: Text, bad = false): void {
  notices += 1;
  set({ notice: { text, bad, n: notices } });
}
