/** Splitting the check and taking that back. The feed brings the shares to every phone at the table. */
import type { SessionView, SplitRequest } from "@dandan/client";
import { call } from "@/net/http";
import { newId } from "@/net/ids";
import { both } from "@/words";
import { get, say } from "./store";
import { endedBy, refresh } from "./table";

export type SplitHow = { kind: "evenly"; parts: number } | { kind: "by_guest" };

let running = false;

/** True where the check is split now. The ids of the shares are made here, so a lost answer is the same split. */
export async function splitCheck(how: SplitHow): Promise<boolean> {
  const body: SplitRequest = how.kind === "evenly" ? { first: newId(), evenly: how.parts } : { first: newId(), by_guest: true };
  return post("split", body);
}

export const undoSplit = (): Promise<boolean> => post("split/undo", {});

async function post(path: string, body: object): Promise<boolean> {
  const { member } = get();
  if (!member || running) return false;
  running = true;
  const key = newId();
  const send = () => call<SessionView["check"]>({ method: "POST", store: member.store, path: `/sessions/${member.session}/${path}`, token: member.token, key, body });
  let answer = await send();
  if (answer.kind === "retry") answer = await send(); // The reply may be lost; the same key is the same split.
  running = false;
  if (answer.kind === "refused" && !endedBy(answer.problem)) say(answer.problem.texts, true);
  if (answer.kind === "retry") say(both((w) => w.noAnswerYet), true);
  await refresh();
  return answer.kind === "ok";
}
