/** Reads `#/page?query`. An unknown page is null: the role decides. */
import { change } from "./device/settings";

export type Page = "pair" | "sign-in" | "kitchen" | "expo" | "pickup" | "floor" | "manage" | "code";

const PAGES: readonly Page[] = ["pair", "sign-in", "kitchen", "expo", "pickup", "floor", "manage", "code"];

export interface Route {
  page: Page | null;
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { page: PAGES.find((p) => p === path) ?? null, query: new URLSearchParams(query) };
}

/** Hands the device to the next person. Commands still under way keep their own token and are delivered. */
export function leave(): void {
  change({ staff: null });
  go("sign-in");
}

export const go = (page: Page, query = ""): void => {
  location.hash = `#/${page}${query === "" ? "" : `?${query}`}`;
};
