import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { actsIn, sentence } from "./acts";

const said = (kind: string, what: object): [string, string] => {
  const [act] = actsIn([{ at_ms: 1, unit: "u", by: "林", kind, what }]);
  if (act === undefined) throw new Error("it is an act");
  return [sentence(act, zh, 480), sentence(act, en, 480)];
};

test("each kind has its sentence", () => {
  expect(said("release_put", { version: 3, from_ms: Date.UTC(2026, 10, 24, 2, 0) })).toEqual(["发布第 3 版，2026-11-24 10:00 上架", "Published version 3, on sale from 2026-11-24 10:00"]);
  expect(said("person_put", { name: "小赵", role: "waiter", new_pin: true })).toEqual(["设置服务员“小赵”，换了密码", "Set up 小赵 (waiter), new PIN"]);
  expect(said("unit_ended", { kind: "store", name: "二店" })).toEqual(["删除门店“二店”", "Removed the store 二店"]);
  expect(said("menu", { version: 2, note: "" })).toEqual(["上传菜单第 2 版", "Uploaded menu version 2"]);
});

test("a kind of a newer node is shown by its name", () => {
  expect(said("tax_put", {})).toEqual(["做了“tax_put”", "Did “tax_put”"]);
});

test("what can't be read isn't an act", () => {
  expect(actsIn([null, 3, { kind: "menu" }, { at_ms: "1", kind: "menu" }])).toEqual([]);
  expect(actsIn({ acts: [] })).toEqual([]);
});
