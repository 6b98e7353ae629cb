/** From cart to order: the request is fixed, with its id, before the first send; a refusal makes a new one. */
import type { Difference, Id, LineProblem, LineSelection, Minor, PlaceOrderRequest, Problem, Quote } from "@dandan/client";
import { total } from "./preview";

export interface OrderIntent {
  store: string;
  session: Id;
  token: string;
  request: PlaceOrderRequest;
  tries: number;
  /** when the person tapped, by this phone's clock */
  at: number;
}

type Priced = LineSelection & { unit_price: Minor; amount: Minor };

/** The selection alone, without what the cart adds to it. */
export function bare(line: LineSelection): LineSelection {
  const { line: id, dish, variant, quantity, weight_g, options, set, note } = line;
  return { line: id, dish, variant, quantity, weight_g, options, set, note };
}

/** Prices as the server last gave them: the quote where there is one, else its cart. */
export function priced(lines: readonly Priced[], quote: Quote | null): Priced[] {
  return lines.map((line) => {
    const quoted = quote?.lines.find((q) => q.line === line.line);
    return { ...bare(line), unit_price: quoted?.unit_price ?? line.unit_price, amount: quoted?.amount ?? line.amount };
  });
}

export function orderRequest(order: Id, menuVersion: number, lines: readonly Priced[], quote: Quote | null, note: string): PlaceOrderRequest {
  const asked = priced(lines, quote);
  const words = note.trim();
  return { order, menu_version: quote?.menu_version ?? menuVersion, total: total(asked), lines: asked, note: words === "" ? null : words };
}

/** True where a quote covers exactly these lines in these quantities; an older one must not price a newer cart. */
export function quoteFits(quote: Quote | null, lines: readonly LineSelection[], quotedFor: string): boolean {
  return quote !== null && quotedFor === cartKey(lines) && quote.lines.length === lines.length;
}

export const cartKey = (lines: readonly LineSelection[]): string => lines.map((l) => `${l.line}×${l.quantity}`).join(",");

/** What is left of a refused order once the differences are accepted: dead lines out, the rest at the new prices. */
export function afterDifferences(request: PlaceOrderRequest, differences: readonly Difference[], quote: Quote | null): Priced[] {
  const dead = new Set(differences.filter(isDead).map((d) => d.line));
  return priced(request.lines.filter((l) => !dead.has(l.line)), quote);
}

/** A line that cannot be ordered as it is, at whatever price. */
export const isDead = (d: Difference): boolean => d.now === null || d.problem !== "price_changed";

/** A new price is shown and can be accepted; anything else keeps the line from being ordered. */
export const blocks = (problem: LineProblem | null): boolean => problem !== null && problem !== "price_changed";

/** Refusals that have a sheet of their own where orders are reviewed; all others are said in a line. */
export const shownInFull = (problem: Problem): boolean => problem.code === "order_differs" || problem.code === "not_accepting";
