/** Names a command by its path, for the list of what is not sent yet. Pages that know better say so when they send. */
import type { Words } from "../i18n";

type What = keyof Words["unsent"]["what"];

/** The first that fits counts; what has no line of its own is still shown, as a command. */
const BY_PATH: readonly [RegExp, What][] = [
  [/^\/kitchen\/items\/.+\/start$/, "kitchen-start"],
  [/^\/kitchen\/items\/.+\/ready$/, "kitchen-ready"],
  [/^\/kitchen\/items\/.+\/recall$/, "kitchen-recall"],
  [/^\/kitchen\/items\/.+\/serve$/, "kitchen-serve"],
  [/^\/kitchen\/items\/.+\/acknowledge-void$/, "kitchen-acknowledge-void"],
  [/^\/kitchen\/items\/.+\/answer-rush$/, "kitchen-answer-rush"],
  [/^\/kitchen\//, "kitchen"],
  [/^\/pickup\/.+\/call-again$/, "pickup-call"],
  [/^\/pickup\/.+\/collected$/, "pickup-collected"],
  [/^\/tables\/.+\/open$/, "table-open"],
  [/^\/sessions\/[^/]+\/close$/, "table-close"],
  [/\/cash$/, "cash"],
  [/\/tenders$/, "tender"],
  [/\/(refund|refunds|send-back|retry-refund)$/, "refund"],
  [/\/(payments|code-payments)$|^\/till\/receipts$/, "payment"],
  [/\/void$/, "void"],
  [/\/orders(\/|$)/, "order"],
  [/^\/(tables|sessions)\//, "table"],
  [/^\/calls\//, "call"],
  [/^\/stock\//, "stock"],
  [/^\/day\/open$/, "day-open"],
  [/^\/day\/close$/, "day-close"],
  [/^\/(money|accounts|channels|payments|cases|bills)(\/|$)/, "money"],
];

export const whatOf = (path: string): What => BY_PATH.find(([shape]) => shape.test(path))?.[1] ?? "other";
