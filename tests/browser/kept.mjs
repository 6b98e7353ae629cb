/** Nothing is lost: what the journal says was ordered was seen, and served or taken off; what was for paper is on paper once. */
import assert from "node:assert/strict";

const of = (journal, kind) => journal.filter((entry) => entry.kind === kind).map((entry) => entry.body);

/** Every line that was ordered and not ended unpaid, with the keys of what stations cook of it. */
function orderedLines(journal) {
  const ended = new Set(of(journal, "OrderEnded").map((e) => e.order));
  const placed = of(journal, "OrderPlaced").filter((e) => !ended.has(e.order));
  return placed.flatMap((e) =>
    e.lines.map((l) => ({
      line: l.line,
      order: e.order,
      name: `${e.number} ${l.priced.name.zh}`,
      isHeld: l.hold !== undefined,
      items: l.priced.parts.map((part, i) => ({ key: `${l.line}.${i}`, station: part.station, name: part.name.zh })),
    })),
  );
}

const voidedLines = (journal) => new Set(of(journal, "LineVoided").map((e) => e.line));

/** Fired at once with their order, or later by somebody or something. */
function firedLines(journal) {
  const later = new Set(of(journal, "LinesFired").flatMap((e) => e.lines));
  const released = new Set(of(journal, "OrderReleased").map((e) => e.order));
  return orderedLines(journal).filter((l) => later.has(l.line) || (released.has(l.order) && !l.isHeld));
}

/** Each dish was painted on a screen and served, or taken off. Gives how many of each. */
export function checkDishes(journal) {
  const painted = new Set(of(journal, "ItemsPainted").flatMap((e) => e.items));
  const last = new Map(of(journal, "ItemStepped").map((e) => [e.item, e.step]));
  const collected = new Set(of(journal, "OrderCollected").map((e) => e.order));
  const voided = voidedLines(journal);
  const lines = orderedLines(journal);
  for (const line of firedLines(journal)) {
    for (const item of line.items) assert.ok(painted.has(item.key), `${line.name} was never on a screen`);
  }
  for (const line of lines.filter((l) => !voided.has(l.line))) {
    for (const item of line.items) assert.ok(last.get(item.key) === "serve" || collected.has(line.order), `${line.name} was neither served nor taken off`);
  }
  return { ordered: lines.length, voided: voided.size, remade: of(journal, "ItemRemade").length };
}

/** Each dish that was fired for a station that works from paper came out of a printer exactly once, but for what says 补打. */
export function checkPaper(journal, slips, station) {
  const confirmed = new Set(of(journal, "PrintConfirmed").map((e) => e.job));
  const jobs = of(journal, "PrintQueued").filter((e) => e.slip.slip === "kitchen" && e.slip.station === station && e.copy === 0);
  const dishes = firedLines(journal).flatMap((line) => line.items.filter((i) => i.station === station).map((i) => ({ ...i, line: line.line })));
  const remade = of(journal, "ItemRemade").map((e) => e.item);
  for (const dish of dishes) {
    const mine = jobs.filter((job) => job.slip.lines.includes(dish.line));
    assert.equal(mine.length, 1 + remade.filter((key) => key === dish.key).length, `slips for ${dish.name}`);
    for (const job of mine) {
      assert.ok(confirmed.has(job.job), `the slip for ${dish.name} was confirmed`);
      const code = `dd${job.slip.order.slice(0, 12)}.${station}`;
      const first = slips.filter((text) => text.includes(code) && text.includes(dish.name) && !text.includes("补打"));
      assert.equal(first.length, mine.length, `${dish.name} of ${code} is on paper`);
    }
  }
  return dishes.length;
}
