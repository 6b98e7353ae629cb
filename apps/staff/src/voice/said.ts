/** What can be said aloud (播报): the server's numbered announcements, and alarms that a page sees in its own view. Pure. */
import type { Announcement, Id, Ms, PrinterCondition, PrinterView, Said, Text, TicketItem, Way } from "@dandan/client";
import type { KitchenView } from "../kitchen/types";

/** Spoken from a view and without a number: nothing tells anybody that it was played. */
export type AlarmSaid =
  | { kind: "overdue"; name: Text; dishes: number }
  | { kind: "device_down"; name: string; state: PrinterCondition }
  /** A bell without words, for what the page shows at the same moment. */
  | { kind: "bell" };

export type Kind = (Said | AlarmSaid)["kind"];
/** A bell has its own switch on the page that rings it. */
export const KINDS = ["new_order", "rush", "overdue", "ready", "queue", "paid", "device_down"] as const satisfies readonly Kind[];
export type Switchable = (typeof KINDS)[number];

export type VoicePage = "kitchen" | "floor" | "pickup";

/** What a page says until somebody chooses otherwise on this device. */
const BY_PAGE: Record<VoicePage, readonly Switchable[]> = {
  kitchen: ["new_order", "rush", "overdue"],
  floor: ["paid", "queue", "device_down"],
  pickup: ["ready", "queue"],
};

/** What a page could say at all: its feed carries nothing else. */
export const POSSIBLE: Record<VoicePage, readonly Switchable[]> = {
  kitchen: ["new_order", "rush", "overdue"],
  floor: KINDS.filter((kind) => kind !== "overdue"),
  pickup: ["ready", "queue"],
};

/** How this device speaks; kept in its settings. */
export interface VoiceSettings {
  on: boolean;
  /** 0 to 1. */
  volume: number;
  wechat: boolean;
  alipay: boolean;
  /** Only what differs from a page's own choice. */
  kinds: Partial<Record<VoicePage, Partial<Record<Switchable, boolean>>>>;
}

/** An older version kept less; what is missing has its default. */
export const readVoice = (kept: Partial<VoiceSettings>): VoiceSettings => ({ on: true, volume: 1, wechat: true, alipay: true, kinds: {}, ...kept });

export const isOn = (set: VoiceSettings, page: VoicePage, kind: Switchable): boolean => set.kinds[page]?.[kind] ?? BY_PAGE[page].includes(kind);

export function withKind(set: VoiceSettings, page: VoicePage, kind: Switchable, on: boolean): VoiceSettings {
  return { ...set, kinds: { ...set.kinds, [page]: { ...set.kinds[page], [kind]: on } } };
}

/** One thing to say. `number` is the server's; alarms have none. */
export interface Utterance {
  key: string;
  at: Ms;
  number: number | null;
  table: string;
  /** Some device has said it. */
  played: boolean;
  said: Said | AlarmSaid;
}

/** Numbers begin again each day, so the moment belongs to the name. */
export const keyOf = (a: Pick<Announcement, "number" | "at">): string => `${a.at}.${a.number}`;

export const utteranceOf = (a: Announcement): Utterance => ({ key: keyOf(a), at: a.at, number: a.number, table: a.table_name, played: a.played_at !== null, said: a.said });

/** Only what a channel has proved is announced; by-hand money needs no voice. */
export const channelOf = (way: Way): "wechat" | "alipay" | null => (way.startsWith("wechat_") ? "wechat" : way.startsWith("alipay_") ? "alipay" : null);

/** Money that has come, of the many things that are announced. */
export const isPaid = (a: Announcement): a is Announcement & { said: Extract<Said, { kind: "paid" }> } => a.said.kind === "paid";

/** Whether a page of this device says such a thing. Money only from what the server announced as paid. */
export function isWanted(u: Utterance, set: VoiceSettings, page: VoicePage): boolean {
  if (u.said.kind === "bell") return true;
  if (!isOn(set, page, u.said.kind)) return false;
  if (u.said.kind !== "paid") return true;
  const channel = channelOf(u.said.way);
  return channel !== null && set[channel];
}

// ---------- announcements of a feed ----------

/** A change brings those that are new or were played, and names those that left as `said.<number>`. */
export function mergeAnnouncements(before: readonly Announcement[], changed: readonly Announcement[], removed: readonly string[]): Announcement[] {
  if (changed.length === 0 && removed.length === 0) return before as Announcement[];
  const gone = new Set(removed.filter((id) => id.startsWith("said.")).map((id) => Number(id.slice("said.".length))));
  const by = new Map(before.filter((a) => !gone.has(a.number)).map((a) => [a.number, a]));
  for (const a of changed) by.set(a.number, a);
  return [...by.values()].sort((a, b) => a.number - b.number);
}

// ---------- alarms ----------

const cooking = (item: TicketItem): boolean => item.state === "sent" || item.state === "seen" || item.state === "started";

/** One alarm per ticket and moment: dishes that pass their time together are named together. */
export function overdueAlarms(view: Pick<KitchenView, "tickets">, now: Ms): Utterance[] {
  return view.tickets.flatMap((ticket) => {
    const late = ticket.items.filter((item) => cooking(item) && now >= item.overdue_at);
    const newest = late.reduce<TicketItem | null>((a, b) => (a === null || b.overdue_at > a.overdue_at ? b : a), null);
    if (newest === null) return [];
    const dishes = late.filter((item) => item.overdue_at === newest.overdue_at).length;
    const table = ticket.mode === "pay_later" ? ticket.table : ticket.number;
    return [{ key: `overdue.${ticket.id}.${newest.overdue_at}`, at: newest.overdue_at, number: null, table, played: false, said: { kind: "overdue", name: newest.name, dishes } }];
  });
}

/** Paper that only runs low is no alarm yet. */
const DOWN: Record<PrinterCondition, boolean> = { ok: false, near_end: false, unknown: false, paper_out: true, cover_open: true, offline: true, fault: true, unreachable: true };

export const deviceAlarms = (printers: readonly PrinterView[]): Utterance[] =>
  printers
    .filter((p) => DOWN[p.state])
    .map((p) => ({ key: `device.${p.id}.${p.since}`, at: p.since, number: null, table: "", played: false, said: { kind: "device_down", name: p.name, state: p.state } }));

export const bell = (at: Ms): Utterance => ({ key: `bell.${at}`, at, number: null, table: "", played: false, said: { kind: "bell" } });

/** Numbers that stand ready now: what was collected before its turn need not be called. */
export const stillReady = (u: Utterance, ready: ReadonlySet<Id>): boolean => u.said.kind !== "ready" || ready.has(u.said.order);
