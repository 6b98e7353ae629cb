/** Makes a readable sentence of a journal event from its kind's template. Pure: words, money, clock and names come in. */
import type { Id, Slip, Text } from "@dandan/client";
import type { Words } from "../i18n";

export interface Said {
  w: Pick<Words, "audit" | "ways" | "slips">;
  say: (text: Text) => string;
  money: (minor: number) => string;
  time: (at: number) => string;
  names: Names;
}

/** What ids are called, as far as anybody knows. */
export interface Names {
  staff: Map<string, string>;
  sessions: Map<Id, string>;
  tables: Map<string, string>;
  orders: Map<Id, { number: string; session: Id }>;
  lines: Map<Id, Text>;
  slips: Map<Id, Slip>;
  tills: Map<Id, string>;
  numbers: Map<Id, string>;
  kept: Map<Id, string>;
  dishes: Map<string, Text>;
  stations: Map<string, Text>;
  printers: Map<string, string>;
}

export const noNames = (): Names => ({
  staff: new Map(), sessions: new Map(), tables: new Map(), orders: new Map(), lines: new Map(), slips: new Map(), tills: new Map(), numbers: new Map(), kept: new Map(), dishes: new Map(), stations: new Map(), printers: new Map(),
});

type Body = Record<string, unknown>;
const isBody = (v: unknown): v is Body => typeof v === "object" && v !== null && !Array.isArray(v);
const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : v === undefined || v === null ? [] : [v]);
const text = (v: unknown): string | null => (typeof v === "string" && v !== "" ? v : typeof v === "number" ? String(v) : null);
const isText = (v: unknown): v is Text => isBody(v) && typeof v["zh"] === "string" && typeof v["en"] === "string";

/** Learns what ids are called from the events themselves; older pages make newer ones clearer. */
export function learn(names: Names, entries: readonly { kind: string; body: unknown }[]): void {
  // Newest first as they come; the oldest name is learnt first, so that later ones take its place.
  for (const { kind, body } of [...entries].reverse()) {
    if (!isBody(body)) continue;
    const id = (name: string): string => text(body[name]) ?? "";
    if (kind === "TableOpened") {
      names.sessions.set(id("session"), id("table_name"));
      names.tables.set(id("table"), id("table_name"));
    } else if (kind === "PartyMoved") {
      names.sessions.set(id("session"), id("to_name"));
      names.tables.set(id("to"), id("to_name"));
      names.tables.set(id("from"), id("from_name"));
    } else if (kind === "OrderPlaced") {
      names.orders.set(id("order"), { number: id("number"), session: id("session") });
      for (const line of list(body["lines"]).filter(isBody)) learnDish(names, line);
    } else if (kind === "CartLinePut") learnDish(names, body);
    else if (kind === "LineDivided") {
      const whole = names.lines.get(id("line"));
      if (whole !== undefined) names.lines.set(id("into"), whole);
    } else if (kind === "PrintQueued" && isBody(body["slip"])) names.slips.set(id("job"), body["slip"] as unknown as Slip);
    else if (kind === "ShiftOpened") names.tills.set(id("shift"), id("till"));
    else if (kind === "NumberTaken") names.numbers.set(id("entry"), id("number"));
    else if (kind === "TableReserved") names.kept.set(id("reservation"), id("name"));
  }
}

function learnDish(names: Names, line: Body): void {
  const priced = line["priced"];
  const key = text(line["line"]);
  if (key !== null && isBody(priced) && isText(priced["name"])) names.lines.set(key, priced["name"]);
}

/** How many names a sentence lists before it counts the rest. */
const LISTED = 5;

/** One field of an event in words; null where there is nothing to say. */
function valueOf(v: unknown, type: string, said: Said): string | null {
  const { w, names, say } = said;
  const key = text(v);
  const line = (k: unknown): string | null => {
    const name = names.lines.get((text(k) ?? "").split(".")[0] ?? "");
    return name === undefined ? null : say(name);
  };
  switch (type) {
    case "":
      return key;
    case "money":
      return typeof v === "number" ? said.money(v) : null;
    case "someMoney":
      return typeof v === "number" && v !== 0 ? said.money(v) : null;
    case "time":
      return typeof v === "number" ? said.time(v) : null;
    case "count":
      return String(list(v).length);
    case "staff":
      return key === null ? null : (names.staff.get(key) ?? key);
    case "table":
      return names.sessions.get(key ?? "") ?? null;
    case "tableName":
      return key === null ? null : (names.tables.get(key) ?? key);
    case "order":
      return names.orders.get(key ?? "")?.number ?? null;
    case "orderTable":
      return names.sessions.get(names.orders.get(key ?? "")?.session ?? "") ?? null;
    case "line":
      return line(v);
    case "lines":
      return counted(list(v).map((k) => line(k) ?? "?"), w);
    case "ordered":
      return counted(list(v).filter(isBody).flatMap((l) => portions(l, say)), w);
    case "dish":
      return isBody(v) && isText(v["name"]) ? say(v["name"]) : null;
    case "dishName": {
      const name = names.dishes.get(key ?? "");
      return name === undefined ? key : say(name);
    }
    case "station": {
      const name = names.stations.get(key ?? "");
      return name === undefined ? key : say(name);
    }
    case "printer":
      return key === null ? null : (names.printers.get(key) ?? key);
    case "number":
      return names.numbers.get(key ?? "") ?? null;
    case "kept":
      return names.kept.get(key ?? "") ?? null;
    case "till":
      return names.tills.get(key ?? "") ?? null;
    case "way":
      return key === null ? null : ((w.ways as Record<string, string>)[key] ?? key);
    case "word":
      return wordOf(v, w);
    case "expected":
      return isBody(v) && typeof v["expected"] === "number" ? said.money(v["expected"]) : null;
    case "discount":
      if (!isBody(v)) return w.audit.words.none;
      return typeof v["percent"] === "number" ? w.audit.percent(v["percent"]) : typeof v["amount"] === "number" ? w.audit.off(said.money(v["amount"])) : null;
    case "fees":
      return isBody(v) ? Object.keys(v).filter((k) => v[k] === true).map((k) => wordOf(k, w)).join(w.audit.join) || w.audit.words.none : null;
    case "guarded":
      return isBody(v) ? wordOf(v["act"], w) : null;
    case "slip":
      return isBody(v) ? slipWord(v as unknown as Slip, w) : null;
    case "slipOf": {
      const slip = names.slips.get(key ?? "");
      return slip === undefined ? null : slipWord(slip, w);
    }
    default:
      return null;
  }
}

const slipWord = (slip: Slip, w: Said["w"]): string => (w.slips as Record<string, string>)[slip.slip] ?? slip.slip;

/** The word for one of the server's names, whichever way it writes them. */
export function wordOf(v: unknown, w: Pick<Words, "audit">): string | null {
  const name = typeof v === "string" ? v : isBody(v) ? (Object.keys(v)[0] ?? "") : "";
  return name === "" ? null : ((w.audit.words as Record<string, string>)[name.toLowerCase()] ?? name);
}

function portions(line: Body, say: (text: Text) => string): string[] {
  const { priced, selection } = line;
  if (!isBody(priced) || !isText(priced["name"])) return [];
  const n = isBody(selection) && typeof selection["quantity"] === "number" ? selection["quantity"] : 1;
  return Array<string>(Math.min(n, 99)).fill(say(priced["name"]));
}

/** "A×2, B and 3 in all": equal names are counted, a long list is cut. Unknown names stay a number. */
function counted(names: readonly string[], w: Said["w"]): string | null {
  if (names.length === 0) return null;
  const counts = new Map<string, number>();
  for (const n of names) counts.set(n, (counts.get(n) ?? 0) + 1);
  const shown = [...counts].slice(0, LISTED).map(([n, times]) => w.audit.times(n, times)).join(w.audit.join);
  return counts.size > LISTED ? w.audit.andMore(shown, names.length) : shown;
}

/** A part of a template: words, a field, a choice. `whole`: everything in it was known. */
interface Filled { text: string; whole: boolean }

function fill(template: string, body: Body, said: Said): Filled {
  let whole = true;
  const filled = template.replace(/\{([a-z_]+)(?:\?([^|}]*)\|([^}]*)|:([A-Za-z]+))?\}/g, (_, field: string, yes: string | undefined, no: string | undefined, type: string | undefined) => {
    const v = body[field];
    if (yes !== undefined) return v !== undefined && v !== null && v !== false && v !== 0 ? yes : (no ?? "");
    const word = valueOf(v, type ?? "", said);
    if (word === null) whole = false;
    return word ?? "—";
  });
  return { text: filled, whole };
}

/** The sentence of an event; null for a kind this build has no words for. */
export function sentence(kind: string, body: unknown, said: Said): string | null {
  const template = (said.w.audit.sentences as Record<string, string>)[kind];
  if (template === undefined) return null;
  const fields = isBody(body) ? body : {};
  // One pass over the template: what guests and staff wrote is never read as a template itself.
  const parts = template.match(/\[[^\]]*\]|[^[]+/g) ?? [];
  const written = parts.map((part) => {
    if (!part.startsWith("[")) return fill(part, fields, said).text;
    const { text, whole } = fill(part.slice(1, -1), fields, said);
    return whole ? text : "";
  });
  return written.join("").trim();
}
