/** What pages ask with: the token's node, reading again and again, and one command at a time. */
import type { Problem } from "@dandan/client";
import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";
import { leave } from "../session";
import { exchange, type Answer, type Body, type Method } from "./http";

/** The token everything below this is asked with. */
export const TokenContext = createContext("");

export type Ask = <T>(method: Method, path: string, body?: Body) => Promise<Answer<T>>;

/** A token the node doesn't know any more ends the session, whoever asked. */
export function useAsk(): Ask {
  const token = useContext(TokenContext);
  return useCallback(
    async <T,>(method: Method, path: string, body?: Body) => {
      const answer = await exchange<T>(method, `/office/v1${path}`, token, body);
      if (answer.kind === "refused" && answer.problem.status === 401) leave(token, true);
      return answer;
    },
    [token],
  );
}

export type Trouble = { kind: "away" } | { kind: "refused"; problem: Problem };

export interface Read<T> {
  value: T | null;
  trouble: Trouble | null;
  /** When the value came, by this machine's clock. */
  at: number | null;
  reload: () => void;
}

/** Reads now and every few seconds while somebody looks; the last answer stays while none comes. */
export function useRead<T>(path: string, everyMs = 10_000): Read<T> {
  const ask = useAsk();
  const [state, setState] = useState<Omit<Read<T>, "reload"> & { path: string }>({ path, value: null, trouble: null, at: null });
  const asked = useRef(0);
  const reload = useCallback(() => {
    const mine = ++asked.current;
    void ask<T>("GET", path).then((answer) => {
      if (mine !== asked.current) return;
      if (answer.kind === "ok") return setState({ path, value: answer.value, trouble: null, at: Date.now() });
      const trouble: Trouble = answer.kind === "away" ? answer : { kind: "refused", problem: answer.problem };
      setState((old) => (old.path === path ? { ...old, trouble } : { path, value: null, trouble, at: null }));
    });
  }, [ask, path]);
  useEffect(() => {
    reload();
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), everyMs);
    return () => {
      clearInterval(timer);
      asked.current++;
    };
  }, [reload, everyMs]);
  // What was read at another address is not this one's.
  return state.path === path ? { ...state, reload } : { value: null, trouble: null, at: null, reload };
}

export type Sent = { kind: "refused"; problem: Problem; body: string } | { kind: "away" };

export interface Command {
  busy: boolean;
  trouble: Sent | null;
  forget: () => void;
  /** What the node answered; null where it said no or nothing. */
  run: <T>(method: Method, path: string, body?: Body) => Promise<{ value: T } | null>;
}

/** Two taps in one frame are one command; what went wrong stays until the next try. */
export function useCommand(): Command {
  const ask = useAsk();
  const lock = useRef(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Sent | null>(null);
  const run = useCallback(
    async <T,>(method: Method, path: string, body?: Body) => {
      if (lock.current) return null;
      lock.current = true;
      setBusy(true);
      setTrouble(null);
      const answer = await ask<T>(method, path, body);
      lock.current = false;
      setBusy(false);
      if (answer.kind === "ok") return { value: answer.value };
      setTrouble(answer);
      return null;
    },
    [ask],
  );
  return { busy, trouble, forget: useCallback(() => setTrouble(null), []), run };
}
