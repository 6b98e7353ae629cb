import { expect, test } from "vitest";
import { dateOf, dayAfter, fieldOf, fullLabel, instantOf, label, minuteLabel, nextHour, zoneName } from "./when";

const noon = Date.UTC(2026, 10, 23, 12, 0);

test("a field's time is the store's, whatever this machine's clock says", () => {
  expect(instantOf("2026-11-23T20:00", 480)).toBe(noon);
  expect(instantOf("2026-11-23T06:30", -330)).toBe(noon);
  expect(fieldOf(noon, 480)).toBe("2026-11-23T20:00");
  expect(instantOf(fieldOf(noon, -330), -330)).toBe(noon);
});

test("a field that says nothing is no time", () => {
  expect(["", "2026-11-23", "2026-13-40T10:00", "now"].map((text) => instantOf(text, 480))).toEqual([null, null, null, null]);
});

test("the date is left out only on the same day of the store", () => {
  expect(label(noon, noon + 3_600_000, 480)).toBe("20:00");
  expect(label(noon, noon + 4 * 3_600_000, 480)).toBe("11-23 20:00");
  expect(label(noon, noon + 366 * 86_400_000, 480)).toBe("2026-11-23 20:00");
  expect(fullLabel(noon, 480)).toBe("2026-11-23 20:00");
  expect(dateOf(Date.UTC(2026, 10, 23, 17, 0), 480)).toBe("2026-11-24");
});

test("zones, hours and days", () => {
  expect([480, 0, -330].map(zoneName)).toEqual(["UTC+8", "UTC+0", "UTC-5:30"]);
  expect(nextHour(noon)).toBe(noon + 3_600_000);
  expect(dayAfter("2026-03-01", -1)).toBe("2026-02-28");
  expect([450, 1440].map(minuteLabel)).toEqual(["07:30", "24:00"]);
});
