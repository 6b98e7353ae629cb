/** Being at a table: joining, coming back, the live feed, and leaving. */
import Taro from "@tarojs/taro";
import type { JoinAnswer, JoinRequest, Menu, Problem, SessionView, StoreView } from "@dandan/client";
import { applyFrame, newer } from "@/rules/feed";
import type { TableLink } from "@/rules/link";
import { carryOver } from "@/rules/outbox";
import { follows, placeName, placeNews } from "@/rules/place";
import { call, hearOfShop } from "@/net/http";
import { newId } from "@/net/ids";
import { openLive, type Live } from "@/net/live";
import { keep, kept } from "@/net/storage";
import { both } from "@/words";
import { get, say, set, type AppState } from "./store";

/** What has waited for the network and need not wait any longer. */
const returned: (() => void)[] = [];
export const onReturn = (act: () => void): number => returned.push(act);

let live: Live | null = null;
let poll: ReturnType<typeof setInterval> | undefined;

export type Joined = { kind: "in" } | { kind: "refused"; problem: Problem } | { kind: "unreachable" };

/** Reads what was kept from the last run. Called once, before the first page. */
export function restore(): void {
  set({ lang: kept("lang") ?? "zh", guest: kept("guest") ?? get().guest, member: kept("member"), outbox: kept("outbox") ?? [], order: kept("order"), pay: kept("pay") });
}

export function setLang(lang: "zh" | "en"): void {
  keep("lang", lang);
  set({ lang });
}

export function setGuestName(name: string): void {
  const guest = { ...get().guest, name: Array.from(name).slice(0, 12).join("") };
  keep("guest", guest);
  set({ guest });
}

/**
 * Joins the table of a code. The session id and the key are kept until the answer, so a scan whose reply was lost
 * opens no second session.
 */
export async function join(link: TableLink, covers: number | null): Promise<Joined> {
  const answer = await askToJoin(link, covers);
  if (answer.kind !== "in") return answer;
  const { session, token, view } = answer.data;
  enter({ ...link, session, token, guest: get().guest.id, table: view.table.id }, view);
  return { kind: "in" };
}

type Asked = { kind: "in"; data: JoinAnswer } | Exclude<Joined, { kind: "in" }>;

async function askToJoin(link: TableLink, covers: number | null): Promise<Asked> {
  const guest = knownGuest();
  const was = kept("joining");
  const sameTable = was !== null && was.store === link.store && was.body.code === link.code;
  const body: JoinRequest = { code: link.code, guest: guest.id, name: guest.name.trim() || null, covers, session: sameTable ? was.body.session : newId() };
  // A key stands for one body: another number of guests is another command, for the same session.
  const key = sameTable && was.body.covers === body.covers && was.body.name === body.name ? was.key : newId();
  keep("joining", { store: link.store, key, body });
  const answer = await call<JoinAnswer>({ method: "POST", store: link.store, path: "/sessions/join", key, body });
  if (answer.kind === "retry") return answer.problem ? { kind: "refused", problem: answer.problem } : { kind: "unreachable" };
  keep("joining", null);
  if (answer.kind === "refused") return { kind: "refused", problem: answer.problem };
  return { kind: "in", data: answer.data };
}

/** This phone's person; the id is made at the first join, when random bytes are there on every platform. */
function knownGuest(): { id: string; name: string } {
  const { guest } = get();
  if (guest.id) return guest;
  const made = { ...guest, id: newId() };
  keep("guest", made);
  set({ guest: made });
  return made;
}

/** Comes back to the table this phone was at. */
export async function resume(): Promise<Joined | null> {
  const { member } = get();
  if (!member) return null;
  const answer = await call<SessionView>({ method: "GET", store: member.store, path: `/sessions/${member.session}`, token: member.token });
  if (answer.kind === "retry") return { kind: "unreachable" };
  if (answer.kind === "refused") return { kind: "refused", problem: answer.problem };
  enter(member, answer.data);
  if (answer.data.merged_into !== null) await following;
  return { kind: "in" };
}

let following: Promise<void> | null = null;

/** After "that party is closed": reads how it stands and, where it is on another's check now, goes along first. */
export async function lookAgain(): Promise<void> {
  await refresh();
  await following;
}

/**
 * Goes along when the party is put on another's check, or taken off it again. Asked with no heads, a code only ever leads
 * to a party that sits: it opens no table.
 */
async function follow(party: string): Promise<void> {
  const { member, view } = get();
  if (!member || !view) return;
  const answer = await askToJoin({ store: member.store, code: member.code }, 0);
  if (get().member?.session !== member.session) return;
  if (answer.kind === "unreachable") return void setTimeout(look, POLL_MS);
  if (answer.kind === "refused" || answer.data.session !== party) return set({ ended: "merged" });
  const { session, token, view: theirs } = answer.data;
  const home = member.home ?? member.session;
  const outbox = carryOver(get().outbox, member.session, theirs, newId);
  keep("outbox", outbox.length > 0 ? outbox : null);
  set({ outbox });
  enter({ ...member, session, token, home: session === home ? undefined : home }, theirs);
  say(both((w) => (session === home ? w.partedAt(placeName(theirs)) : w.mergedWith(theirs.table.name))));
  returned.forEach((act) => act());
}

/** Goes along where this phone's party now belongs to another check. Safe to call at any time. */
function look(): void {
  const { member, view } = get();
  if (!member || !view || view.id !== member.session || following) return;
  const party = follows(member, view);
  if (party !== null) following = follow(party).finally(() => { following = null; });
  else if (view.merged_into !== null) set({ ended: "merged" });
}

/** What the view says about being here. A party on another's check isn't over for its guests. */
const endOf = (view: SessionView | null): AppState["ended"] =>
  view?.state === "closed" && view.merged_into === null ? "closed" : view?.state === "closed" && get().ended === "closed" ? null : get().ended;

/** Takes a newer view in, and says what happened to the tables. */
function show(view: SessionView | null, more: Partial<AppState> = {}): void {
  const { member } = get();
  // Where this phone goes along, its own arrival tells what happened.
  const news = view && !(member && follows(member, view)) ? placeNews(get().view, view) : null;
  set({ ...more, view, ended: endOf(view) });
  if (news?.kind === "moved") say(both((w) => w.movedTo(news.to)));
  if (news?.kind === "merged") say(both((w) => w.mergedTables(news.tables)));
  if (news?.kind === "parted") say(both((w) => w.partedAt(news.tables)));
  look();
}

function enter(member: NonNullable<ReturnType<typeof get>["member"]>, view: SessionView): void {
  const changedStore = get().member?.store !== member.store;
  keep("member", member);
  set({ member, view, ended: view.state === "closed" && view.merged_into === null ? "closed" : null, lastFrameAt: Date.now(), refused: null, accepted: null, weightOpen: [], ...(changedStore ? { store: null, menu: null } : {}) });
  connect();
  void loadStore();
  void loadMenu();
  look();
}

/** Forgets the table on this phone; the table itself goes on. */
export function leave(): void {
  live?.close();
  live = null;
  clearInterval(poll);
  keep("member", null);
  set({ member: null, view: null, ended: null, lastFrameAt: null, refused: null, accepted: null, weightOpen: [] });
}

export function takeView(view: SessionView): void {
  show(newer(get().view, view));
}

/** A refusal that is about being here at all, wherever it came up. True if it was one. */
export function endedBy(problem: Problem): boolean {
  if (problem.code === "session_closed" || problem.code === "session_unknown") {
    const first = get().ended === null;
    set({ ended: "closed" });
    if (first && problem.code === "session_closed") void refresh(); // The party may be on another's check now: the view tells.
  }
  else if (problem.code === "not_signed_in") set({ ended: "signed_out" });
  else return false;
  return true;
}

/** The network is back, or the app is in front again: do not wait for the back-off. */
export function wake(): void {
  live?.wake();
}

function connect(): void {
  live?.close();
  clearInterval(poll);
  const { member } = get();
  if (!member) return;
  live = openLive({
    store: member.store,
    session: member.session,
    token: member.token,
    after: () => get().view?.seq ?? null,
    onFrame: (frame) => {
      const now = Date.now();
      const had = get().view;
      const view = applyFrame(had, frame);
      show(view, { lastFrameAt: now, clockSkewMs: frame.at - now, online: true });
      if (view && view.menu_version !== get().menu?.version) void loadMenu();
    },
    onUp: () => returned.forEach((act) => act()),
    onRefused: (problem) => void endedBy(problem),
  });
  // Where the feed cannot get through at all, asking every few seconds still can.
  poll = setInterval(() => {
    const { lastFrameAt } = get();
    if (lastFrameAt === null || Date.now() - lastFrameAt > POLL_MS) void refresh();
  }, POLL_MS);
}

const POLL_MS = 8_000;

export async function refresh(): Promise<void> {
  const { member } = get();
  if (!member) return;
  const answer = await call<SessionView>({ method: "GET", store: member.store, path: `/sessions/${member.session}`, token: member.token });
  if (get().member?.session !== member.session) return;
  if (answer.kind === "ok") {
    takeView(answer.data);
    set({ online: true });
    wake();
  } else if (answer.kind === "refused") endedBy(answer.problem);
}

let loading = false;

export async function loadMenu(): Promise<void> {
  const { member, menu, view } = get();
  if (!member || loading || (menu && view && menu.version === view.menu_version)) return;
  loading = true;
  const answer = await call<Menu>({ method: "GET", store: member.store, path: "/menu", token: member.token });
  loading = false;
  if (answer.kind === "ok") {
    if (menu && menu.version !== answer.data.version) say(both((w) => w.menuChanged));
    set({ menu: answer.data });
  } else setTimeout(() => void loadMenu(), 2_000);
}

async function loadStore(): Promise<void> {
  const { member, store } = get();
  if (!member || store) return;
  const answer = await call<StoreView>({ method: "GET", store: member.store, path: "", token: member.token });
  if (answer.kind === "ok" && answer.data?.name) set({ store: answer.data });
}

export function watchNetwork(): void {
  hearOfShop((cutOff) => {
    if (cutOff || get().cutOff) set({ cutOff });
  });
  Taro.onNetworkStatusChange?.(({ isConnected }) => {
    set({ online: isConnected });
    if (isConnected) wake();
  });
}
