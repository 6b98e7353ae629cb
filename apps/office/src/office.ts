/** What every page below the shell knows: who asks, the units, and how to read them anew. */
import type { Id } from "@dandan/client";
import { createContext, useContext, useEffect, useState } from "react";
import { clockOf } from "./net/clock";
import type { Me, Unit } from "./net/contract";
import { OWN_OFFSET_MIN } from "./ui/when";
import { lineOf, storesOf, type Node } from "./units/tree";

export interface Office {
  me: Me;
  units: readonly Unit[];
  roots: readonly Node[];
  reload: () => void;
  now: number;
}

export const OfficeContext = createContext<Office | null>(null);

export function useOffice(): Office {
  const office = useContext(OfficeContext);
  if (office === null) throw new Error("used outside the office");
  return office;
}

export interface Clock {
  offsetMin: number;
  /** Else it is this machine's, because no store could tell. */
  isStores: boolean;
}

/** A store's clock hardly ever changes: asked once. */
const told = new Map<Id, number>();

/** The clock of a unit's stores, as the first of them that can be asked tells it. */
export function useClock(node: Node): Clock {
  const store = storesOf(node).find((unit) => lineOf(unit).at === "here")?.store ?? null;
  const [, setTold] = useState(0);
  useEffect(() => {
    if (store === null || told.has(store)) return;
    let live = true;
    void clockOf(store).then((offsetMin) => {
      if (offsetMin === null) return;
      told.set(store, offsetMin);
      if (live) setTold((n) => n + 1);
    });
    return () => {
      live = false;
    };
  }, [store]);
  const offsetMin = store === null ? undefined : told.get(store);
  return offsetMin === undefined ? { offsetMin: OWN_OFFSET_MIN, isStores: false } : { offsetMin, isStores: true };
}
