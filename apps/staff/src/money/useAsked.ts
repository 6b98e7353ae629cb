/** Reads an address now, whenever `stamp` changes, and every few seconds while somebody looks. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useApi } from "../net/hooks";

const AGAIN_MS = 5000;

export interface Asked<T> {
  value: T | null;
  failed: boolean;
  reload: () => void;
}

export function useAsked<T>(path: string, stamp: unknown = null): Asked<T> {
  const api = useApi();
  const [value, setValue] = useState<T | null>(null);
  const [failed, setFailed] = useState(false);
  const asked = useRef(0);
  const reload = useCallback(() => {
    const mine = ++asked.current;
    void api.get<T>(path).then((a) => {
      if (mine !== asked.current) return;
      setFailed(a.kind !== "ok");
      if (a.kind === "ok") setValue(a.value);
    });
  }, [api, path]);
  const changed = JSON.stringify(stamp);
  useEffect(() => {
    reload();
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), AGAIN_MS);
    return () => {
      clearInterval(timer);
      asked.current++;
    };
  }, [reload, changed]);
  return { value, failed, reload };
}
