/** One party, asked again whenever the floor says that it changed, and every few seconds for what the floor does not say. */
import type { SessionView } from "@dandan/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useApi } from "../net/hooks";

const REFRESH_MS = 4000;
/** While money is on its way nobody wants to wait four seconds to hear of it. */
const REFRESH_PAYING_MS = 1000;

export function useSession(id: string, stamp: unknown): [SessionView | null, () => void] {
  const api = useApi();
  const [view, setView] = useState<SessionView | null>(null);
  const asked = useRef(0);
  const load = useCallback(() => {
    const mine = ++asked.current;
    void api.get<SessionView>(`/sessions/${encodeURIComponent(id)}`).then((a) => {
      if (a.kind === "ok" && mine === asked.current) setView((old) => (old === null || a.value.seq >= old.seq ? a.value : old));
    });
  }, [api, id]);
  const changed = JSON.stringify(stamp);
  const paying = view?.payments.some((p) => p.state === "starting" || p.state === "waiting" || p.state === "checking") ?? false;
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), paying ? REFRESH_PAYING_MS : REFRESH_MS);
    return () => clearInterval(timer);
  }, [load, changed, paying]);
  return [view, load];
}
