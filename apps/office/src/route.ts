/** Reads `#/unit/<id>/<tab>`, `#/menus`, `#/menus/<version>`. Anything else is the tree. */
import type { Id } from "@dandan/client";

export const TABS = ["overview", "releases", "people", "devices", "compare", "acts"] as const;
export type Tab = (typeof TABS)[number];

export type Route = { page: "home" } | { page: "unit"; unit: Id; tab: Tab } | { page: "menus" } | { page: "menu"; version: number };

export function parseRoute(hash: string): Route {
  const [page = "", one = "", two = ""] = hash.replace(/^#\/?/, "").split("/");
  if (page === "unit" && /^[0-9A-Za-z_-]{1,64}$/.test(one)) return { page, unit: one, tab: TABS.find((tab) => tab === two) ?? "overview" };
  if (page === "menus") return /^[1-9][0-9]{0,8}$/.test(one) ? { page: "menu", version: Number(one) } : { page };
  return { page: "home" };
}

export const toUnit = (unit: Id, tab: Tab): string => `#/unit/${unit}/${tab}`;
export const toMenu = (version: number): string => `#/menus/${version}`;
