/** What was done, in a sentence. Pure. */
import type { Ms } from "@dandan/client";
import type { Words } from "../i18n";
import { fullLabel } from "../ui/when";

export interface Act {
  at: Ms;
  unit: string;
  by: string;
  kind: string;
  what: Record<string, unknown>;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What can't be read isn't an act; a kind this build doesn't know is. */
export function actsIn(answer: unknown): Act[] {
  const list: unknown[] = Array.isArray(answer) ? answer : [];
  return list.filter(isObject).flatMap(({ at_ms: at, unit, by, kind, what }) =>
    typeof at === "number" && typeof kind === "string" ? [{ at, unit: text(unit), by: text(by), kind, what: isObject(what) ? what : {} }] : [],
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const among = (words: object, key: unknown): string => (words as Record<string, string>)[text(key)] ?? text(key);

export function sentence({ kind, what }: Act, w: Words, offsetMin: number): string {
  const [name, version, time] = [text(what["name"]), number(what["version"]), fullLabel(number(what["from_ms"]), offsetMin)];
  const sentences: Record<string, () => string> = {
    brand: () => w.acts.brand(name),
    unit_put: () => w.acts.unitPut(among(w.kinds, what["kind"]), name),
    unit_ended: () => w.acts.unitEnded(among(w.kinds, what["kind"]), name),
    person_put: () => w.acts.personPut(name, among(w.people.roles, what["role"])) + (what["new_pin"] === true ? w.acts.newPin : ""),
    person_ended: () => w.acts.personEnded(name),
    device_put: () => w.acts.devicePut(name),
    device_ended: () => w.acts.deviceEnded(name),
    menu: () => w.acts.menu(version, text(what["note"])),
    release_put: () => w.acts.releasePut(version, time),
    release_ended: () => w.acts.releaseEnded(version, time),
    token: () => w.acts.token(text(what["for"])),
    tokens_ended: () => w.acts.tokensEnded(text(what["for"])),
  };
  return sentences[kind]?.() ?? w.acts.unknown(kind);
}
