/** The contract's kitchen shapes, gathered for this folder. */
import type { Announcement, FloorStation, KitchenView as Shown } from "@dandan/client";
export type {
  Announcement, ChosenOption, Escalation, ExpoCourse, ExpoItem, ExpoLine, ExpoTable, ExpoView, FloorStation, FloorStock, HoldWhy, Id, Ms, PrinterView, RankWhy, RemakeCause, Said, Seq, Station, Text, Ticket, TicketItem,
} from "@dandan/client";
export type { Lang } from "../device/settings";

/** What a feed carries besides its own: the announcements that concern it, and the latest number of all. */
export interface Announced {
  announcements: Announcement[];
  last_announcement: number;
}

/** The kitchen as its feed tells it. */
export type KitchenView = Shown & Announced & { floor_stations: FloorStation[] };

/** A change names what is new of each part and, under `removed`, what is gone of any. */
export type KitchenChange = Partial<Omit<KitchenView, "seq">> & { removed?: string[] };
