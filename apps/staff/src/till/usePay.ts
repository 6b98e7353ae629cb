/** Starts payments from the till, one at a time, and says what becomes of the one that was started. */
import type { Id, Minor, Ms, PaymentView, Problem, Way } from "@dandan/client";
import { useEffect, useRef, useState } from "react";
import { problemText, useApi, usePending } from "../net/hooks";
import { newId } from "../net/ids";
import { forget, keep, kept, type Kept } from "./kept";
import type { PaidFor } from "./payable";

/** What this till has under way. `watching` ends with what the session says of that payment. */
export type Run =
  | { kind: "sending"; id: Id; way: Way | null; amount: Minor; since: Ms; closesFirst: boolean }
  | { kind: "watching"; ask: Id; since: Ms }
  | { kind: "booked"; way: Way; amount: Minor; received: Minor | null; change: Minor | null }
  | { kind: "refused"; text: string; code: string };

export interface ChannelPayment extends PaidFor { amount: Minor; tip: Minor; instead_of?: Id }

export interface Pay {
  run: Run | null;
  /** The request has failed to reach the server at least once. */
  late: boolean;
  clear: () => void;
  /** Follows a payment that was started elsewhere. */
  watch: (ask: Id) => void;
  byChannel: (way: Way, payment: ChannelPayment) => void;
  byCode: (digits: string, payment: ChannelPayment) => void;
  byHand: (path: Kept["path"], way: Way, body: Omit<Kept["body"], "tender">) => void;
}

export function usePay(session: Id, reload: () => void): Pay {
  const api = useApi();
  const pending = usePending();
  const [run, setRun] = useState<Run | null>(null);
  const lock = useRef(false);
  const base = `/sessions/${encodeURIComponent(session)}`;

  const start = <T,>(path: string, body: object, id: Id, shown: { way: Way | null; amount: Minor; closesFirst: boolean }, settle: (value: T) => Run): void => {
    // A ref and not a state: two taps may fall into one frame.
    if (lock.current) return;
    lock.current = true;
    setRun({ kind: "sending", id, since: Date.now(), ...shown });
    void api.outbox.send<T>(`money:${session}`, `${base}/${path}`, body, id).then((o) => {
      lock.current = false;
      setRun(o.ok ? settle(o.value) : refused(o.problem));
      reload();
    });
  };

  const askFor = (path: string, way: Way | null, payment: ChannelPayment, more: object): void => {
    const ask = newId();
    const shown = { way, amount: payment.amount + payment.tip, closesFirst: payment.instead_of !== undefined };
    start<PaymentView>(path, { ask, ...payment, ...more }, ask, shown, () => ({ kind: "watching", ask, since: Date.now() }));
  };

  const book = (what: Kept): void => {
    keep(session, what);
    const { tender, amount, tip, received = null, rounded_off = 0 } = what.body;
    start<{ change?: Minor }>(what.path, what.body, tender, { way: what.way, amount: amount + tip - rounded_off, closesFirst: false }, (value) => {
      return { kind: "booked", way: what.way, amount: amount + tip - rounded_off, received, change: value.change ?? null };
    });
  };

  // An answer, whichever, ends what was kept. Until then a reload asks again with the same id.
  useEffect(() => {
    if (run?.kind === "booked" || run?.kind === "refused") forget(session);
  }, [run, session]);
  useEffect(() => {
    const before = kept(session);
    if (before !== null) book(before);
    // Only when the till opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return {
    run,
    late: run?.kind === "sending" && pending.some((p) => p.key === run.id && p.attempts > 0),
    clear: () => {
      if (!lock.current) setRun(null);
    },
    watch: (ask) => setRun((now) => now ?? { kind: "watching", ask, since: Date.now() }),
    byChannel: (way, payment) => askFor("payments", way, payment, { way }),
    byCode: (digits, payment) => askFor("code-payments", null, payment, { auth_code: digits }),
    byHand: (path, way, body) => book({ path, way, body: { tender: newId(), ...body } }),
  };
}

const refused = (problem: Problem): Run => ({ kind: "refused", text: problemText(problem), code: problem.code });
