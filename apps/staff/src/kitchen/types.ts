/** The contract's kitchen shapes, gathered for this folder. */
export type { ChosenOption, Id, KitchenChange, KitchenView, Ms, Seq, Station, Text, Ticket, TicketItem } from "@dandan/client";
export type { Lang } from "../device/settings";
