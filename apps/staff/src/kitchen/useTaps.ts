/**
 * Remembers what was tapped until the server has it and the board shows it: the screen shows the truth, the button shows the wish.
 * What was tapped before a reload, or on another page of this device, is read from the outbox.
 */
import { useCallback, useMemo, useRef, useState } from "react";
import { settings } from "../device/settings";
import { words } from "../i18n";
import { usePending, useSend } from "../net/hooks";
import { isUndelivered, type Pending } from "../net/intents";
import { notify } from "../ui/notice";
import { hasHappened, hasMoved, type Verb } from "./board";
import type { KitchenView, TicketItem } from "./types";

export interface Tap {
  verb: Verb;
  /** Answered by the server; the board may be a moment behind. */
  acked: boolean;
  undelivered: boolean;
}

const SHOWN_AFTER_ACK_MS = 3000;

interface Mark {
  verb: Verb;
  ackedAt: number | null;
  nth: number;
}

export interface Taps {
  of: (key: string) => Tap | null;
  act: (key: string, verb: Verb, body?: unknown) => Promise<boolean>;
}

const laneOf = (key: string): string => `item:${key}`;
const pathOf = (key: string, verb: string): string => `/kitchen/items/${encodeURIComponent(key)}/${verb}`;

/** What the outbox still holds for this item; the last tap is the wish. One that rests until its person signs in is nobody's wish here. */
export function waitingTap(pending: readonly Pending[], key: string, now: number): Tap | null {
  const mine = pending.filter((p) => p.lane === laneOf(key) && p.path.startsWith(pathOf(key, "")) && p.state !== "sign-in");
  const last = mine[mine.length - 1];
  if (last === undefined) return null;
  return { verb: last.path.slice(pathOf(key, "").length) as Verb, acked: false, undelivered: mine.some((p) => isUndelivered(p, now)) };
}

export function useTaps(view: KitchenView | null): Taps {
  const send = useSend();
  const pending = usePending();
  const waiting = useRef(pending);
  waiting.current = pending;
  const marks = useRef(new Map<string, Mark>());
  const count = useRef(0);
  const [, redraw] = useState(0);
  const items = useMemo(() => new Map<string, TicketItem>(view?.tickets.flatMap((t) => t.items.map((i) => [i.key, i] as const)) ?? []), [view]);

  const act = useCallback(
    async (key: string, verb: Verb, body: unknown = {}): Promise<boolean> => {
      const before = marks.current.get(key);
      // Two taps in one frame are one intent, and so is one repeated after a reload.
      if (before !== undefined && before.ackedAt === null && before.verb === verb) return false;
      if (before === undefined && waitingTap(waiting.current, key, Date.now())?.verb === verb) return false;
      const nth = ++count.current;
      marks.current.set(key, { verb, ackedAt: null, nth });
      redraw(nth);
      const outcome = await send(laneOf(key), pathOf(key, verb), body);
      if (marks.current.get(key)?.nth === nth) {
        if (outcome.ok) marks.current.set(key, { verb, ackedAt: performance.now(), nth });
        else marks.current.delete(key);
      }
      redraw(-nth);
      return outcome.ok;
    },
    [send],
  );

  const of = (key: string): Tap | null => {
    const mark = marks.current.get(key);
    if (mark === undefined) return waitingTap(pending, key, Date.now());
    const over = mark.ackedAt !== null && (hasHappened(mark.verb, items.get(key)) || performance.now() - mark.ackedAt > SHOWN_AFTER_ACK_MS);
    if (over) {
      marks.current.delete(key);
      return null;
    }
    const undelivered = pending.some((p) => p.lane === laneOf(key) && isUndelivered(p, Date.now()));
    return { verb: mark.verb, acked: mark.ackedAt !== null, undelivered };
  };
  return { of, act };
}

const STILL_FOR_MS = 350;

/** Refuses a tap that follows too closely on a move of the board: the finger was aimed at what stood there before. */
export function useTapGuard(layout: string[]): () => boolean {
  const seen = useRef({ layout, at: -Infinity });
  if (seen.current.layout !== layout) seen.current = { layout, at: hasMoved(seen.current.layout, layout) ? performance.now() : seen.current.at };
  return useCallback(() => {
    const still = performance.now() - seen.current.at > STILL_FOR_MS;
    if (!still) notify(words[settings().lang].kitchen.moved, 2500);
    return still;
  }, []);
}
