/** Commands that are no step of an item (weigh, open a station, fire): one at a time per lane, and the button says how far it is. */
import { useCallback, useRef, useState } from "react";
import { usePending, useSend } from "../net/hooks";
import { isUndelivered } from "../net/intents";

export interface Once {
  of: (lane: string) => "sending" | "undelivered" | null;
  /** False when it was refused, or is under way already. */
  act: (lane: string, path: string, body?: unknown, what?: string) => Promise<boolean>;
}

export function useOnce(): Once {
  const send = useSend();
  const pending = usePending();
  const waiting = useRef(pending);
  waiting.current = pending;
  const busy = useRef(new Set<string>());
  const [, redraw] = useState(0);
  const mine = (lane: string): typeof pending => pending.filter((p) => p.lane === lane && p.state !== "sign-in");
  const act = useCallback(
    async (lane: string, path: string, body: unknown = {}, what?: string): Promise<boolean> => {
      // Two taps in one frame are one intent, and so is one repeated after a reload.
      if (busy.current.has(lane) || waiting.current.some((p) => p.lane === lane && p.path === path && p.state !== "sign-in")) return false;
      busy.current.add(lane);
      redraw((n) => n + 1);
      const outcome = await send(lane, path, body, undefined, what);
      busy.current.delete(lane);
      redraw((n) => n + 1);
      return outcome.ok;
    },
    [send],
  );
  const of = (lane: string): "sending" | "undelivered" | null => {
    const held = mine(lane);
    if (!busy.current.has(lane) && held.length === 0) return null;
    return held.some((p) => isUndelivered(p, Date.now())) ? "undelivered" : "sending";
  };
  return { of, act };
}
