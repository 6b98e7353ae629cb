/** What is on the wire below `/office/v1`. Times are UTC milliseconds, money whole fen; what a node leaves out may also come as null. */
import type { Id, Minor, Ms, Text } from "@dandan/client";

export type Maybe<T> = T | null | undefined;
export type UnitKind = "brand" | "region" | "store";

/** Who holds the token, and the unit from which on downwards it acts. */
export interface Me {
  name: string;
  unit: Id;
  kind: UnitKind;
}

/** How far a store follows what head office wants: the directive's number there and here. */
export interface DirectiveState {
  wanted: number;
  followed: number;
  delivered_ms?: Maybe<Ms>;
  /** The code of what went wrong with it last, and the same in words. */
  trouble?: Maybe<string>;
  trouble_texts?: Maybe<Text>;
}

export interface StoreState {
  /** Who decides for the store: a node of the cloud, its own box, nobody yet. */
  home: "cloud" | "box" | "none";
  reachable: boolean;
  last_seen_ms?: Maybe<Ms>;
  directive?: Maybe<DirectiveState>;
}

export interface Unit {
  id: Id;
  kind: UnitKind;
  parent?: Maybe<Id>;
  name: string;
  store?: Maybe<Id>;
  state?: Maybe<StoreState>;
}

export type Role = "waiter" | "cashier" | "kitchen" | "lead" | "manager" | "owner";

/** `unit` may be one above the unit asked for: its people work below too. */
export interface Person {
  id: string;
  name: string;
  role: string;
  unit: Id;
  unit_name: string;
}

export interface Device {
  id: Id;
  name: string;
  unit: Id;
}

export interface MenuVersion {
  version: number;
  hash: string;
  note: string;
  by: string;
  at_ms: Ms;
  dishes: number;
}

export interface Release {
  id: Id;
  unit: Id;
  version: number;
  from_ms: Ms;
  may_price: boolean;
  may_hours: boolean;
  state: "on_sale" | "planned";
}

/** A wrong cell of a file, or a rule the menu as a whole breaks. */
export interface Fault {
  sheet?: Maybe<string>;
  row?: Maybe<number>;
  column?: Maybe<string>;
  value?: Maybe<string>;
  reason?: Maybe<Text>;
  dish?: Maybe<string>;
  rule?: Maybe<string>;
  what?: Maybe<string>;
}

export interface MenuDish {
  id: string;
  code: string;
  category: string;
  station: string;
  name: Text;
  variants: { id: string; name: Text; price: Minor }[];
  hours?: Maybe<{ from_min: number; to_min: number }>;
  charge?: Maybe<string>;
}

/** The parts of a menu this page shows. */
export interface MenuBody {
  currency: "CNY" | "USD";
  stations: { id: string; name: Text }[];
  categories: { id: string; name: Text }[];
  dishes: MenuDish[];
}
