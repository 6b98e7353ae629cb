import { expect, test } from "vitest";
import { deviceOfKey } from "./given";

test("a key of head office names its device, and a pairing code is none", () => {
  const id = "0123456789abcdef".repeat(2);
  expect(deviceOfKey(` dhd_${id}_${"a".repeat(64)} `)).toBe(id);
  expect(["", "4f2a", `dhd_${id}`, `dhd_${id}_`, `dhd_x_${"a".repeat(64)}`].map(deviceOfKey)).toEqual([null, null, null, null, null]);
});
