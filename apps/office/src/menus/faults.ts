/** What is wrong in a menu, as rows of a list: where it stands, what it says, what to do. Pure. */
import type { Text } from "@dandan/client";
import { say, type Words } from "../i18n";
import type { Fault } from "../net/contract";
import type { Lang } from "../session";

export interface FaultRow {
  where: string;
  what: string;
  todo: string;
}

/** The faults in a refusal's body; none where it has no list. What isn't a fault is left out rather than shown empty. */
export function faultsIn(body: string): Fault[] {
  try {
    const value: unknown = JSON.parse(body);
    const list = typeof value === "object" && value !== null ? (value as { faults?: unknown }).faults : null;
    return Array.isArray(list) ? list.filter((f): f is Fault => typeof f === "object" && f !== null) : [];
  } catch {
    return [];
  }
}

export function rowOf(fault: Fault, w: Words, lang: Lang): FaultRow {
  const inFile = [fault.sheet, fault.row == null || fault.row === 0 ? null : w.menus.row(fault.row), fault.column].filter((part) => part != null && part !== "");
  const where = inFile.length > 0 ? inFile.join(" · ") : (fault.dish ?? w.menus.whole);
  const what = fault.value ?? fault.what ?? "";
  return { where, what, todo: todo(fault, w, lang) };
}

function todo(fault: Fault, w: Words, lang: Lang): string {
  // Our words for a rule say what to do; the node's only what is wrong.
  const rules: Record<string, string> = w.menus.rules;
  return rules[fault.rule ?? ""] ?? (isText(fault.reason) ? say(fault.reason, lang) : (fault.rule ?? ""));
}

const isText = (value: unknown): value is Text => typeof value === "object" && value !== null && typeof (value as Text).zh === "string";
