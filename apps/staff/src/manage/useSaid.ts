/** What sentences need: the language, money, the clock, and what ids are called as far as this person may know. */
import type { FloorView, Menu, PrinterView } from "@dandan/client";
import { useEffect, useMemo, useState } from "react";
import { usePeople } from "../approve/people";
import { say, useLang, useWords } from "../i18n";
import { useApi } from "../net/hooks";
import { money } from "../ui/labels";
import { dayTime } from "./DevicesPart";
import type { ManageContext } from "./ManagePage";
import { noNames, type Names, type Said } from "./sentence";

/** Asked once; whatever this person may not read stays unnamed. */
function useNames(): Names {
  const api = useApi();
  const people = usePeople();
  const [names, setNames] = useState(noNames);
  useEffect(() => {
    let live = true;
    void Promise.all([api.get<FloorView>("/floor"), api.get<Menu>("/menu"), api.get<PrinterView[]>("/printers")]).then(([floor, menu, printers]) => {
      if (!live) return;
      const known = noNames();
      if (floor.kind === "ok")
        for (const t of floor.value.tables) {
          known.tables.set(t.id, t.name);
          for (const s of t.sessions) known.sessions.set(s.id, s.tables || t.name);
        }
      if (menu.kind === "ok") {
        for (const d of menu.value.dishes) known.dishes.set(d.id, d.name);
        for (const s of menu.value.stations) known.stations.set(s.id, s.name);
      }
      if (printers.kind === "ok") for (const p of printers.value) known.printers.set(p.id, p.name);
      setNames(known);
    });
    return () => {
      live = false;
    };
  }, [api]);
  return useMemo(() => ({ ...names, staff: new Map(people.map((p) => [p.id, p.name])) }), [names, people]);
}

export function useSaid(context: ManageContext): Said {
  const w = useWords();
  const lang = useLang();
  const names = useNames();
  const { currency, utcOffsetMin } = context;
  return useMemo(
    () => ({ w, say: (text) => say(text, lang), money: (minor) => money(minor, currency), time: (at) => dayTime(at, utcOffsetMin), names }),
    [w, lang, names, currency, utcOffsetMin],
  );
}
