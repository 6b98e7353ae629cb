import { expect, test } from "vitest";
import { PaintReporter } from "./painted";

function rig(): {
  reporter: PaintReporter; paint: () => void; reports: string[][]; answer: (taken: boolean) => Promise<void>; show: (visible: boolean) => void; refused: () => number;
} {
  const reports: string[][] = [];
  let frames: (() => void)[] = [];
  let answers: ((taken: boolean) => void)[] = [];
  let visible = true;
  let refused = 0;
  const reporter = new PaintReporter(
    {
      afterPaint: (done) => void frames.push(done),
      documentVisible: () => visible,
      report: (items) => {
        reports.push(items);
        return new Promise((r) => answers.push(r));
      },
    },
    () => refused++,
  );
  return {
    reporter,
    reports,
    paint: () => {
      const now = frames;
      frames = [];
      for (const f of now) f();
    },
    answer: async (taken) => {
      const now = answers;
      answers = [];
      for (const a of now) a(taken);
      await Promise.resolve();
      await Promise.resolve();
    },
    show: (v) => {
      visible = v;
      if (v) reporter.woke();
    },
    refused: () => refused,
  };
}

test("nothing is told before the frame was painted", () => {
  const r = rig();
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  expect(r.reports).toEqual([]);
  r.paint();
  expect(r.reports).toEqual([["a"]]);
});

test("an item outside the window is not told until it is scrolled in", async () => {
  const r = rig();
  r.reporter.want(new Set(["a", "b"]));
  r.reporter.entered("a");
  r.paint();
  await r.answer(true);
  r.paint();
  expect(r.reports).toEqual([["a"]]);
  r.reporter.entered("b");
  r.paint();
  expect(r.reports).toEqual([["a"], ["b"]]);
});

test("one drawn and gone before the paint is not told", () => {
  const r = rig();
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  r.reporter.left("a");
  r.paint();
  expect(r.reports).toEqual([]);
});

test("an item that arrived after the frame was asked for waits for the next frame", async () => {
  const r = rig();
  r.reporter.want(new Set(["a", "b"]));
  r.reporter.entered("a");
  r.reporter.entered("b");
  r.paint();
  expect(r.reports).toEqual([["a"]]);
  await r.answer(true);
  r.paint();
  expect(r.reports).toEqual([["a"], ["b"]]);
});

test("a hidden page tells nothing and tells it when it is shown", () => {
  const r = rig();
  r.show(false);
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  r.paint();
  expect(r.reports).toEqual([]);
  r.show(true);
  r.paint();
  expect(r.reports).toEqual([["a"]]);
});

test("a page hidden between drawing and painting tells nothing", () => {
  const r = rig();
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  r.show(false);
  r.paint();
  expect(r.reports).toEqual([]);
});

test("an item is told once, and again only after it stopped being wanted", async () => {
  const r = rig();
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  r.paint();
  await r.answer(true);
  r.reporter.want(new Set(["a"]));
  r.paint();
  expect(r.reports).toHaveLength(1);
  r.reporter.want(new Set());
  r.reporter.want(new Set(["a"]));
  r.paint();
  expect(r.reports).toHaveLength(2);
});

test("what is drawn while a report is under way goes in the next one", async () => {
  const r = rig();
  r.reporter.want(new Set(["a", "b"]));
  r.reporter.entered("a");
  r.paint();
  r.reporter.entered("b");
  r.paint();
  expect(r.reports).toEqual([["a"]]);
  await r.answer(true);
  r.paint();
  expect(r.reports).toEqual([["a"], ["b"]]);
});

test("a refused report is said and is not sent for ever", async () => {
  const r = rig();
  r.reporter.want(new Set(["a"]));
  r.reporter.entered("a");
  r.paint();
  await r.answer(false);
  r.paint();
  expect(r.reports).toHaveLength(1);
  expect(r.refused()).toBe(1);
});
