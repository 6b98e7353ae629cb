/** The menu on sale, kept while the page lives and read again when the party's view speaks of a newer one. */
import type { Menu } from "@dandan/client";
import { useEffect, useState } from "react";
import { useApi } from "../net/hooks";

let seen: { store: string; menu: Menu } | null = null;
const RETRY_MS = 4000;

export function useMenu(version: number): Menu | null {
  const api = useApi();
  const [menu, setMenu] = useState<Menu | null>(seen?.store === api.base ? seen.menu : null);
  const fresh = menu !== null && menu.version >= version;
  useEffect(() => {
    if (fresh) return;
    let live = true;
    const load = async (): Promise<void> => {
      const answer = await api.get<Menu>("/menu");
      if (!live) return;
      if (answer.kind === "ok") {
        seen = { store: api.base, menu: answer.value };
        setMenu(answer.value);
      }
      if (answer.kind !== "ok" || answer.value.version < version) setTimeout(() => live && void load(), RETRY_MS);
    };
    void load();
    return () => {
      live = false;
    };
  }, [api, version, fresh]);
  return menu;
}
