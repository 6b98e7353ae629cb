import type { PrintJobView } from "@dandan/client";
import { describe, expect, it } from "vitest";
import { partsOf } from "./parts";
import { isOver, shownSlips } from "./slips";
import { isMachine } from "./timeline";

const job = (id: string, part: Partial<PrintJobView>): PrintJobView => ({ job: id, printer: "p1", slip: { slip: "test" }, title: id, copy: 0, at: 1, state: "confirmed", tries: 1, maybe_printed: false, trouble: null, changed_at: 1, ...part });
const jobs = [job("old", { at: 1 }), job("new", { at: 5 }), job("stuck", { at: 2, state: "failed" }), job("drawer", { at: 9, slip: { slip: "drawer", shift: "s" } }), job("gone", { at: 3, state: "expired", printer: "p2" })];
const all = { printer: "", problems: false, search: "" };

describe("slips", () => {
  it("show what is still to come out first, then the newest; drawers leave no paper", () => expect(shownSlips(jobs, all).map((j) => j.job)).toEqual(["stuck", "new", "gone", "old"]));
  it("are found by printer, by trouble, by title", () => {
    expect(shownSlips(jobs, { ...all, printer: "p2" }).map((j) => j.job)).toEqual(["gone"]);
    expect(shownSlips(jobs, { ...all, problems: true }).map((j) => j.job)).toEqual(["stuck", "gone"]);
    expect(shownSlips(jobs, { ...all, search: "NEW" }).map((j) => j.job)).toEqual(["new"]);
  });
  it("are printed again only once nothing more happens by itself", () => expect(["queued", "sent", "failed", "confirmed", "expired"].map((state) => isOver({ state } as PrintJobView))).toEqual([false, false, false, true, true]));
});

describe("the manage page", () => {
  it("shows each role its own parts", () => {
    expect(partsOf("waiter")).toEqual(["printers", "slips", "roles", "device"]);
    expect(partsOf("kitchen")).toEqual(["printers", "slips", "stations", "roles", "device"]);
    expect(partsOf("manager")).toEqual(["printers", "slips", "stations", "headOffice", "people", "devices", "roles", "audit", "device"]);
  });
  it("leaves machines out of a party's story until asked, never what went wrong", () => {
    expect(isMachine("ItemsPainted")).toBe(true);
    for (const kind of ["LineVoided", "PrintFailed", "ItemsEscalated", "OrderPlaced"]) expect(isMachine(kind), kind).toBe(false);
  });
});
