/** One party, asked again whenever the floor says that it changed, and every few seconds for what the floor does not say. */
import type { SessionView } from "@dandan/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useApi } from "../net/hooks";

const REFRESH_MS = 4000;
/** While money is on its way nobody wants to wait four seconds to hear of it. */
const REFRESH_PAYING_MS = 1000;

export interface SessionHandle {
  view: SessionView | null;
  /** The last try got no answer, or a refusal: what is shown may be old. */
  failed: boolean;
  reload: () => void;
}

export function useSession(id: string, stamp: unknown): SessionHandle {
  const api = useApi();
  const [view, setView] = useState<SessionView | null>(null);
  const [failed, setFailed] = useState(false);
  const asked = useRef(0);
  const reload = useCallback(() => {
    const mine = ++asked.current;
    void api.get<SessionView>(`/sessions/${encodeURIComponent(id)}`).then((a) => {
      if (mine !== asked.current) return;
      setFailed(a.kind !== "ok");
      if (a.kind === "ok") setView((old) => (old === null || a.value.seq >= old.seq ? a.value : old));
    });
  }, [api, id]);
  const changed = JSON.stringify(stamp);
  const paying = view?.payments.some((p) => p.state === "starting" || p.state === "waiting" || p.state === "checking") ?? false;
  useEffect(() => {
    reload();
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), paying ? REFRESH_PAYING_MS : REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload, changed, paying]);
  return { view, failed, reload };
}
