/** Which parts of the manage page a role sees. Pure; the server decides again. */
import { may } from "../floor/view";

export type Part = "headOffice" | "people" | "roles" | "devices" | "printers" | "slips" | "stations" | "audit" | "device";
type Role = Parameters<typeof may>[0];

const looks = (role: Role): boolean => may(role, "serve") || may(role, "direct");

const WHO: Record<Part, (role: Role) => boolean> = {
  printers: looks,
  slips: looks,
  stations: (role) => may(role, "direct"),
  headOffice: (role) => may(role, "publish"),
  people: (role) => may(role, "publish"),
  devices: (role) => may(role, "publish"),
  roles: () => true,
  audit: (role) => may(role, "audit"),
  device: () => true,
};

const ORDER: readonly Part[] = ["printers", "slips", "stations", "headOffice", "people", "devices", "roles", "audit", "device"];

export const partsOf = (role: Role): Part[] => ORDER.filter((p) => WHO[p](role));

/** Roles in the order they grow; those this build does not know come last, under their own name. */
export const ROLES = ["waiter", "cashier", "kitchen", "lead", "manager", "owner", "support"] as const;
