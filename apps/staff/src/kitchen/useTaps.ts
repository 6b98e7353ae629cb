/** Remembers what was tapped until the server has it and the board shows it: the screen shows the truth, the button shows the wish. */
import { useCallback, useMemo, useRef, useState } from "react";
import { settings } from "../device/settings";
import { words } from "../i18n";
import { usePending, useSend } from "../net/hooks";
import { isUndelivered } from "../net/outbox";
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
  act: (key: string, verb: Verb) => Promise<boolean>;
}

const laneOf = (key: string): string => `item:${key}`;

export function useTaps(view: KitchenView | null): Taps {
  const send = useSend();
  const pending = usePending();
  const marks = useRef(new Map<string, Mark>());
  const count = useRef(0);
  const [, redraw] = useState(0);
  const items = useMemo(() => new Map<string, TicketItem>(view?.tickets.flatMap((t) => t.items.map((i) => [i.key, i] as const)) ?? []), [view]);

  const act = useCallback(
    async (key: string, verb: Verb): Promise<boolean> => {
      const before = marks.current.get(key);
      // Two taps in one frame are one intent.
      if (before !== undefined && before.ackedAt === null && before.verb === verb) return false;
      const nth = ++count.current;
      marks.current.set(key, { verb, ackedAt: null, nth });
      redraw(nth);
      const outcome = await send(laneOf(key), `/kitchen/items/${encodeURIComponent(key)}/${verb}`);
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
    if (mark === undefined) return null;
    const over = mark.ackedAt !== null && (hasHappened(mark.verb, items.get(key)) || performance.now() - mark.ackedAt > SHOWN_AFTER_ACK_MS);
    if (over) {
      marks.current.delete(key);
      return null;
    }
    const undelivered = pending.some((p) => p.lane === laneOf(key) && isUndelivered(p, performance.now()));
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
