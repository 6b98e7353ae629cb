import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import { zh, type Words } from "../i18n/zh";
import { learn, noNames, sentence, wordOf, type Said } from "./sentence";

const saidIn = (w: Words, lang: "zh" | "en"): Said => ({ w, say: (t) => t[lang], money: (m) => `¥${(m / 100).toFixed(2)}`, time: (at) => `t${at}`, names: noNames() });

/** The events as the server publishes them, one file per kind. */
const folder = fileURLToPath(new URL("../../../../crates/domain/tests/events/", import.meta.url));
const golden = readdirSync(folder).filter((f) => f.endsWith(".json")).map((f) => Object.entries(JSON.parse(readFileSync(folder + f, "utf8")) as Record<string, unknown>)[0]).filter((e) => e !== undefined).map(([kind, body]) => ({ kind, body }));
const ours = golden.filter((e) => e.kind in zh.audit.sentences);

describe("sentences", () => {
  it("exist for every kind the floor publishes", () => {
    const source = readFileSync(fileURLToPath(new URL("../../../../crates/domain/src/floor/event.rs", import.meta.url)), "utf8");
    const list = source.slice(source.indexOf("\nfloor_events! {"), source.indexOf("\n}\n", source.indexOf("\nfloor_events! {")));
    const kinds = [...list.matchAll(/^ {4}([A-Z]\w+) \{/gm)].map((m) => m[1]);
    expect(kinds.length).toBeGreaterThan(60);
    expect(kinds.filter((k) => !(k! in zh.audit.sentences))).toEqual([]);
    expect(Object.keys(zh.audit.names).sort()).toEqual(Object.keys(zh.audit.sentences).sort());
  });
  it.each([["zh", zh], ["en", en]] as const)("are whole for every published event (%s)", (lang, w) => {
    expect(ours.length).toBeGreaterThan(50);
    const said = saidIn(w, lang);
    learn(said.names, ours);
    for (const { kind, body } of ours) {
      const text = sentence(kind, body, said);
      expect(text, kind).toBeTruthy();
      expect(text, kind).not.toMatch(/—|[{}[\]]|undefined|null|NaN|object Object/);
    }
  });
  it("say what is known and leave out the rest", () => {
    const said = saidIn(zh, "zh");
    const event = { order: "o", line: "l", reason: "上错了", by: "ann", amount: 4600, restocked: [], at: 1 };
    expect(sentence("LineVoided", event, said)).toBe("退菜，¥46.00，因为「上错了」");
    said.names.staff.set("bob", "老板");
    said.names.lines.set("l", { zh: "烤鸭", en: "Duck" });
    expect(sentence("LineVoided", { ...event, approved_by: "bob" }, said)).toBe("退菜 烤鸭，¥46.00，因为「上错了」，老板 授权");
  });
  it("learn names from the events, newest first", () => {
    const said = saidIn(en, "en");
    learn(said.names, [
      { kind: "PartyMoved", body: { session: "s", from: "t1", from_name: "A1", to: "t2", to_name: "A2" } },
      { kind: "TableOpened", body: { session: "s", table: "t1", table_name: "A1" } },
    ]);
    expect(sentence("VipSet", { session: "s", vip: true }, said)).toBe("A2: marked VIP");
    expect(sentence("TableCleaned", { table: "t1" }, said)).toBe("A1 is clean");
  });
  it("never read what guests wrote as a template", () => {
    const said = saidIn(zh, "zh");
    expect(sentence("GuestJoined", { session: "s", name: "{session:table}[x]" }, said)).toBe("{session:table}[x] 扫码加入");
  });
  it("have no words for a kind of a later build, nor break on a strange body", () => {
    expect(sentence("DroneSent", {}, saidIn(zh, "zh"))).toBeNull();
    for (const body of [null, 3, "x", [], {}]) expect(sentence("OrderPlaced", body, saidIn(zh, "zh"))).toContain("下单");
  });
  it("word the server's names however it writes them", () => {
    expect(wordOf("Declined", zh)).toBe("没有接");
    expect(wordOf({ Failed: "USERPAYING" }, zh)).toBe("Failed");
    expect(wordOf("wrong_dish", en)).toBe("wrong dish");
  });
});
