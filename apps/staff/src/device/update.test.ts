import { expect, test } from "vitest";
import { updateStep, whyNoInstall } from "./update";

test("a new build takes over only when nothing is unsent, and asks unless nobody has touched the page", () => {
  const facts = { waiting: true, unsent: 0, untouched: false };
  expect(updateStep(facts)).toBe("offer");
  expect(updateStep({ ...facts, untouched: true })).toBe("apply");
  expect(updateStep({ ...facts, unsent: 1 })).toBe("hold");
  expect(updateStep({ ...facts, unsent: 1, untouched: true })).toBe("hold");
  expect(updateStep({ ...facts, waiting: false, untouched: true })).toBe("none");
});

test("plain http says why the app can't be installed", () => {
  expect(whyNoInstall({ secure: false, workers: false, built: true })).toBe("not-secure");
  expect(whyNoInstall({ secure: true, workers: false, built: true })).toBe("old-browser");
  expect(whyNoInstall({ secure: true, workers: true, built: false })).toBe("development");
  expect(whyNoInstall({ secure: true, workers: true, built: true })).toBe(null);
});
