/** The names of the house's people, as this device knows them: whoever may sign in here. */
import type { Id, StaffCard } from "@dandan/client";
import { useEffect, useState } from "react";
import { settings } from "../device/settings";
import { storeBase } from "../net/api";
import { call } from "../net/http";
import { may } from "../floor/view";

let seen: readonly StaffCard[] = [];

async function load(): Promise<readonly StaffCard[]> {
  const { store, device } = settings();
  if (store === null || device === null) return seen;
  const answer = await call<StaffCard[]>(storeBase(store), { method: "GET", path: "/staff", token: device.token });
  if (answer.kind === "ok") seen = answer.value;
  return seen;
}

export function usePeople(): readonly StaffCard[] {
  const [people, setPeople] = useState(seen);
  useEffect(() => {
    let live = true;
    void load().then((p) => live && setPeople(p));
    return () => {
      live = false;
    };
  }, []);
  return people;
}

export const nameOf = (people: readonly StaffCard[], id: Id): string => people.find((p) => p.id === id)?.name ?? id;

/** Who could say yes to what `me` asks. The server knows the limits of each; this leaves out who never may. */
export const approversFor = (people: readonly StaffCard[], me: Id): StaffCard[] => people.filter((p) => p.id !== me && may(p.role, "approve"));
