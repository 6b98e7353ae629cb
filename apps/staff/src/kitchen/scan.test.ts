import { expect, test } from "vitest";
import { ticket } from "./made-up";
import { slipCode, ticketOfSlip } from "./scan";

test("a slip's code is known by its shape, and a scanner that types capitals reads it too", () => {
  expect(slipCode("dd0123456789ab.wok")).toBe("dd0123456789ab.wok");
  expect(slipCode(" DD0123456789AB.wok-2 ")).toBe("dd0123456789ab.wok-2");
  expect(["dd0123.wok", "130123456789012345", "dd0123456789ab.", "dd0123456789ab.wok/../x"].map(slipCode)).toEqual([null, null, null, null]);
});

test("the ticket is found on this screen, or it is another screen's", () => {
  const mine = ticket("a", 0, [], { slip_code: "dd0123456789ab.wok" });
  expect(ticketOfSlip([mine], "dd0123456789ab.wok")?.id).toBe("a");
  expect(ticketOfSlip([mine], "dd0123456789ab.WOK")?.id).toBe("a");
  expect(ticketOfSlip([mine], "dd0123456789ab.cold")).toBeNull();
});
