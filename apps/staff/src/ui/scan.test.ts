import { expect, test } from "vitest";
import { nothingRead, read, type Reading, type ScanRule } from "./scan";

function type(keys: string[], everyMs: number, rule: ScanRule = {}): { codes: string[]; taken: number } {
  let reading: Reading = nothingRead;
  const codes: string[] = [];
  let taken = 0;
  keys.forEach((key, i) => {
    const step = read(reading, key, 1000 + i * everyMs, rule);
    reading = step.reading;
    if (step.taken) taken++;
    if (step.code !== null) codes.push(step.code);
  });
  return { codes, taken };
}

test("keys that come as fast as a scanner's and end in Enter are a code; its Enter is not the page's", () => {
  expect(type([..."K7-20931", "Enter"], 20)).toEqual({ codes: ["K7-20931"], taken: 8 });
  expect(type([..."K7-20931", "Tab"], 20).codes).toEqual(["K7-20931"]);
});

test("a person's keys are never a code and stay theirs", () => {
  expect(type([..."20931007", "Enter"], 150)).toEqual({ codes: [], taken: 0 });
});

test("two fast keys and Enter are no code: somebody pressed a button twice", () => {
  expect(type(["1", "2", "Enter"], 20).codes).toEqual([]);
  expect(type(["1", "2", "Enter"], 20, { shortest: 2 }).codes).toEqual(["12"]);
});

test("capitals come with Shift between them", () => {
  expect(type(["Shift", "A", "Shift", "B", "1", "2", "3", "4", "Enter"], 10).codes).toEqual(["AB1234"]);
});

test("what stopped half-way is not glued to the next code", () => {
  const half = read({ text: "1234", at: 0 }, "9", 500);
  expect(half.reading.text).toBe("9");
  expect(half.taken).toBe(false);
});

test("a page says which characters its codes have", () => {
  expect(type([..."12a4567", "Enter"], 10, { accepts: /\d/ }).codes).toEqual([]);
  expect(type([..."1234567", "Enter"], 10, { accepts: /\d/ }).codes).toEqual(["1234567"]);
});
