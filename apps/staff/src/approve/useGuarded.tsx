/**
 * Acts that the house guards (退菜, 赠菜, 改价, 折扣, 免费用, 取现). Asked as it is first; where a second person is needed a sheet
 * asks for their PIN here, or for their word on another device.
 */
import type { Guarded, Id, StaffCard } from "@dandan/client";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { useWords } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { call } from "../net/http";
import { newId } from "../net/ids";
import { signedOut } from "../net/api";
import { wasDiscarded } from "../net/outbox";
import { notify } from "../ui/notice";
import { Pad, Sheet, Warn } from "../ui/parts";
import { approversFor, usePeople } from "./people";
import "./approve.css";

export interface GuardedRequest {
  lane: string;
  path: string;
  /** Without an approver; with its `reason`. */
  body: { reason: string } & Record<string, unknown>;
  /** The same act, for somebody on another device. */
  act: Guarded;
  /** What it is, in the person's words. */
  what: string;
}

/** `asked`: somebody on another device decides; nothing is done yet. */
export type GuardedEnd = "done" | "asked" | "given_up";

interface Open {
  request: GuardedRequest;
  end: (how: GuardedEnd) => void;
}

/** `ask` does it, as far as one person may; `sheet` must be drawn wherever the page draws its sheets. */
export function useGuarded(): { ask: (request: GuardedRequest) => Promise<GuardedEnd>; sheet: ReactNode } {
  const w = useWords();
  const api = useApi();
  const [open, setOpen] = useState<Open | null>(null);
  const ask = useCallback(
    async (request: GuardedRequest): Promise<GuardedEnd> => {
      const outcome = await api.outbox.send(request.lane, request.path, request.body, newId(), request.what);
      if (outcome.ok) return "done";
      if (outcome.problem.code !== "approval_needed" && outcome.problem.code !== "approver_not_allowed") {
        if (!wasDiscarded(outcome.problem)) notify(`${w.floor.refused}${w.colon}${problemText(outcome.problem)}`);
        return "given_up";
      }
      return new Promise((end) => setOpen({ request, end }));
    },
    [api, w],
  );
  const over = (how: GuardedEnd): void => {
    open?.end(how);
    setOpen(null);
  };
  return { ask, sheet: open === null ? null : <ApproveSheet request={open.request} onEnd={over} /> };
}

type Trouble = { kind: "wrong" } | { kind: "unsent" } | { kind: "other"; text: string };

function ApproveSheet({ request, onEnd }: { request: GuardedRequest; onEnd: (how: GuardedEnd) => void }): ReactNode {
  const w = useWords();
  const { staff } = useSettings();
  const people = approversFor(usePeople(), staff?.card.id ?? "");
  const [who, setWho] = useState<StaffCard | null>(null);
  const elsewhere = useAskElsewhere(request, () => onEnd("asked"));
  return (
    <Sheet title={w.approve.title} onClose={() => onEnd("given_up")}>
      <p className="approve-what">
        <b>{request.what}</b>
        <span className="muted">{request.body.reason}</span>
      </p>
      {who === null ? (
        <>
          <h3>{w.approve.who}</h3>
          <div className="approve-people">
            {people.map((p) => (
              <button key={p.id} type="button" className="approve-person" onClick={() => setWho(p)}>
                <b>{p.name}</b>
                <span className="muted">{w.roles[p.role]}</span>
              </button>
            ))}
            {people.length === 0 && <p className="muted">{w.approve.nobody}</p>}
          </div>
          <button type="button" className="ghost big" disabled={elsewhere.busy} onClick={elsewhere.go}>
            {elsewhere.busy ? w.sending : w.approve.ask}
          </button>
          <p className="muted">{w.approve.askHint}</p>
        </>
      ) : (
        <PinPart key={who.id} who={who} request={request} onBack={() => setWho(null)} onDone={() => onEnd("done")} />
      )}
    </Sheet>
  );
}

/** A PIN is a signature: it is sent from memory, never queued, and a wrong one says nothing about this device's own sign-in. */
function PinPart({ who, request, onBack, onDone }: { who: StaffCard; request: GuardedRequest; onBack: () => void; onDone: () => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [pin, setPin] = useState("");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  // After silence the same signature is sent again under the same key: it may have been taken.
  const tried = useRef<{ pin: string; key: Id } | null>(null);
  const digit = (d: string): void => {
    if (!busy) setPin((p) => (p + d).slice(0, 8));
  };
  const go = async (): Promise<void> => {
    if (lock.current || pin.length < 4) return;
    lock.current = true;
    setBusy(true);
    setTrouble(null);
    if (tried.current?.pin !== pin) tried.current = { pin, key: newId() };
    const body = { ...request.body, approver: { staff: who.id, pin } };
    const answer = await call(api.base, { method: "POST", path: request.path, token: api.token, body, key: tried.current.key });
    lock.current = false;
    setBusy(false);
    if (answer.kind === "ok") return onDone();
    if (answer.kind === "undelivered") return setTrouble({ kind: "unsent" });
    tried.current = null;
    setPin("");
    if (answer.problem.code === "wrong_pin") return setTrouble({ kind: "wrong" });
    if (answer.problem.status === 401) signedOut(api.token);
    setTrouble({ kind: "other", text: problemText(answer.problem) });
  };
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (/^[0-9]$/.test(e.key)) digit(e.key);
      else if (e.key === "Backspace") setPin((p) => p.slice(0, -1));
      else if (e.key === "Enter" && !(e.target instanceof HTMLButtonElement)) void go();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  const text = trouble === null ? null : trouble.kind === "wrong" ? w.approve.wrong : trouble.kind === "unsent" ? w.approve.unsent : trouble.text;
  return (
    <>
      <div className="approve-head">
        <button type="button" className="ghost" onClick={onBack}>
          ← {w.back}
        </button>
        <h3>{w.approve.pinOf(who.name)}</h3>
      </div>
      <div className="approve-dots" role="img" aria-label={w.signIn.digits(pin.length)}>
        {Array.from({ length: Math.max(4, pin.length) }, (_, i) => (
          <i key={i} className={i < pin.length ? "on" : ""} />
        ))}
      </div>
      <p className="approve-trouble" role="alert">
        {text !== null && (
          <>
            <Warn /> {text}
          </>
        )}
      </p>
      <Pad
        onDigit={digit}
        left={
          <button type="button" className="small" aria-label={w.signIn.del} onClick={() => setPin((p) => p.slice(0, -1))}>
            ⌫
          </button>
        }
        right={
          <button type="button" className="primary small" disabled={busy || pin.length < 4} onClick={() => void go()}>
            {busy ? "…" : w.yes}
          </button>
        }
      />
    </>
  );
}

function useAskElsewhere(request: GuardedRequest, onAsked: () => void): { busy: boolean; go: () => void } {
  const w = useWords();
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const approval = useRef(newId());
  const lock = useRef(false);
  const go = async (): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const body = { approval: approval.current, act: request.act, reason: request.body.reason };
    const outcome = await api.outbox.send(`approval:${approval.current}`, "/approvals", body, newId(), `${w.approve.ask}${w.colon}${request.what}`);
    lock.current = false;
    setBusy(false);
    if (outcome.ok) {
      notify(w.approve.asked, 6000, true);
      return onAsked();
    }
    approval.current = newId();
    if (!wasDiscarded(outcome.problem)) notify(`${w.floor.refused}${w.colon}${problemText(outcome.problem)}`);
  };
  return { busy, go: () => void go() };
}
