/** What is said and what is written on the voice line, for each kind. Pure. */
import type { Lang } from "../device/settings";
import { say, words } from "../i18n";
import { money } from "../ui/labels";
import { channelOf, type Utterance } from "./said";
import { spokenAmount, spokenNumber, spokenTable } from "./spoken";

type Currency = "CNY" | "USD";

/** Guests at a table are called by it; those who pay first only have a number. */
const byTable = (table: string, number: string): boolean => table !== "" && number.startsWith(`${table}-`);

/** For the voice; an empty sentence is a bell alone. */
export function sentenceOf(u: Utterance, lang: Lang, currency: Currency): string {
  const w = words[lang].voice.say;
  const table = spokenTable(u.table, lang);
  const { said } = u;
  switch (said.kind) {
    case "new_order":
      return w.new_order(byTable(u.table, said.number) ? table : w.number(spokenNumber(said.number, lang)), said.dishes);
    case "rush":
      return w.rush(table, say(said.name, lang));
    case "ready":
      return w.ready(spokenNumber(said.number, lang));
    case "paid":
      return w.paid(String(u.number), words[lang].voice.channels[channelOf(said.way) ?? "wechat"], spokenAmount(said.amount + said.tip, lang, currency), table);
    case "queue":
      return w.queue(spokenNumber(said.number, lang));
    case "overdue":
      return w.overdue(table, say(said.name, lang), said.dishes);
    case "device_down":
      return w.device_down(said.name, words[lang].voice.printer[said.state]);
    case "bell":
      return "";
  }
}

/** For the line on screen: the same in digits. */
export function lineOf(u: Utterance, lang: Lang, currency: Currency): string {
  const w = words[lang].voice.line;
  const { said } = u;
  switch (said.kind) {
    case "new_order":
      return w.new_order(byTable(u.table, said.number) ? u.table : said.number, said.dishes);
    case "rush":
      return w.rush(u.table, say(said.name, lang));
    case "ready":
      return w.ready(said.number);
    case "paid":
      return w.paid(u.number ?? 0, words[lang].voice.channels[channelOf(said.way) ?? "wechat"], money(said.amount + said.tip, currency), u.table);
    case "queue":
      return w.queue(said.number);
    case "overdue":
      return w.overdue(u.table, say(said.name, lang), said.dishes);
    case "device_down":
      return w.device_down(said.name, words[lang].voice.printer[said.state]);
    case "bell":
      return "";
  }
}
