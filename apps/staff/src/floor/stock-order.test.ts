import { describe, expect, it } from "vitest";
import { ofStation, ownFirst, stockCounts, stockOrder } from "./stock-order";
import type { StockRow } from "./view";

const row = (code: string, soldOut: boolean, remaining: number | null, station = "wok"): StockRow => ({ dish: { id: code, code, station } as StockRow["dish"], soldOut, remaining });
const rows = [row("10", false, null), row("2", false, null), row("5", true, null, "bar"), row("7", false, 9), row("8", false, 2)];

describe("the stock list", () => {
  it("has what is nearly gone on top, then what is gone, then the menu", () => expect(stockOrder(rows).map((r) => r.dish.code)).toEqual(["8", "7", "5", "2", "10"]));
  it("is cut to one station", () => expect(ofStation(rows, "bar").map((r) => r.dish.code)).toEqual(["5"]));
  it("has the station's own dishes before all others, each part in its order", () => expect(ownFirst(stockOrder(rows), (r) => r.dish.station === "bar").map((r) => r.dish.code)).toEqual(["5", "8", "7", "2", "10"]));
  it("counts", () => expect(stockCounts(rows)).toEqual({ out: 1, counted: 2 }));
});
