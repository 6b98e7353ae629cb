/** Which ways to pay are up, asked while a page offers them. */
import { useEffect } from "react";
import type { PayCodeAnswer, WaysView } from "@dandan/client";
import { call } from "@/net/http";
import { get, set, useApp } from "./store";

const AGAIN_MS = 10_000;

/** The ways as last heard, asked afresh when `on` begins and every 10 s after. Null until the first answer. */
export function useWays(on: boolean): WaysView | null {
  const { ways, member } = useApp();
  useEffect(() => {
    if (!on || !member) return;
    void readWays();
    const timer = setInterval(() => void readWays(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [on, member?.session]);
  return ways && ways.session === member?.session ? ways.answer : null;
}

export async function readWays(): Promise<void> {
  const { member } = get();
  if (!member) return;
  const answer = await call<WaysView>({ method: "GET", store: member.store, path: `/sessions/${member.session}/ways`, token: member.token });
  if (answer.kind === "ok" && answer.data?.ways) set({ ways: { session: member.session, answer: answer.data } });
}

/** The one code of the check, or of a share, that any wallet scans. */
export async function readPayCode(share: string | null): Promise<string | null> {
  const { member } = get();
  if (!member) return null;
  const answer = await call<PayCodeAnswer>({ method: "GET", store: member.store, path: `/sessions/${member.session}/pay-code${share ? `?share=${share}` : ""}`, token: member.token });
  return answer.kind === "ok" ? answer.data.url : null;
}
