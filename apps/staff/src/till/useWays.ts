/** The ways offered right now: asked when the till opens and now and then, and told by the floor's feed at once. */
import type { Id, WayView, WaysView } from "@dandan/client";
import { useEffect, useMemo, useState } from "react";
import { useApi } from "../net/hooks";

const AGAIN_MS = 15_000;

export function useWays(session: Id, told: readonly WayView[]): WaysView | null {
  const api = useApi();
  const [ways, setWays] = useState<WaysView | null>(null);
  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<WaysView>(`/sessions/${encodeURIComponent(session)}/ways`);
      if (live && answer.kind === "ok") setWays(answer.value);
    };
    void load();
    const timer = setInterval(() => void load(), AGAIN_MS);
    return () => {
      live = false;
      clearInterval(timer);
    };
  }, [api, session]);
  return useMemo(() => (ways === null ? null : { ...ways, ways: [...told] }), [ways, told]);
}
