import { expect, test } from "vitest";
import { SseParser } from "./sse";

const data = (p: SseParser, text: string): string[] => p.push(text).map((e) => e.data);

test("an event cut at every possible place is read whole", () => {
  const stream = 'id: 7\nevent: change\ndata: {"菜":"宫保鸡丁"}\n\n: keep-alive\n\ndata: b\r\n\r\n';
  for (let cut = 0; cut <= stream.length; cut++) {
    const p = new SseParser();
    const events = [...p.push(stream.slice(0, cut)), ...p.push(stream.slice(cut))];
    expect(events).toEqual([
      { event: "change", data: '{"菜":"宫保鸡丁"}', id: "7" },
      { event: "message", data: "b", id: "7" },
    ]);
  }
});

test("one character at a time gives the same events", () => {
  const p = new SseParser();
  const out = [...'data: a\n\ndata: b\ndata: c\n\n'].flatMap((c) => data(p, c));
  expect(out).toEqual(["a", "b\nc"]);
});

test("an event without its blank line is not delivered", () => {
  expect(data(new SseParser(), "data: half\n")).toEqual([]);
});

test("comments, empty events and unknown fields are skipped", () => {
  expect(data(new SseParser(), ":x\n\nretry: 5\n\nfoo\n\ndata\n\n")).toEqual([""]);
});

test("only one leading space is taken from a value and a byte-order mark is dropped", () => {
  expect(data(new SseParser(), "\uFEFFdata:  two\n\n")).toEqual([" two"]);
});
