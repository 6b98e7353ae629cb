import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dish, Selection } from "@dandan/client";
import {
  MAX_NOTE, MAX_WEIGHT_G, MIN_WEIGHT_G, WEIGHT_STEP_G, excludedBy, missing, optionRoom, quantityRoom, selection, setNote, setOption, setPick, setQuantity,
  setVariant, startChoice, stepWeight, sumOf, type Choice, type Limits,
} from "@/rules/choice";
import { previewUnit } from "@/rules/preview";
import { dish, group, option, text } from "./build";

const table: Limits = { covers: 3, remaining: null };
const heat = group("heat", 1, 1, [option("mild"), option("hot", { excludes: ["milk"] })]);
const extras = group("extras", 0, 3, [option("egg", { price: 300, max: 2 }), option("nut", { price: 200, max: 2 }), option("milk", { price: 600 })]);
const chicken = dish({ variants: [{ id: "l", name: text("大"), price: 4600 }, { id: "s", name: text("小"), price: 3200 }], groups: [heat, extras] });

describe("choosing", () => {
  it("starts with the cheapest variant and nothing that costs money", () => {
    expect(startChoice(chicken)).toMatchObject({ variant: "s", quantity: 1, options: {}, set: {} });
  });
  it("makes a required choice that is free and no choice, and no other", () => {
    const free = dish({ groups: [group("g", 1, 1, [option("only")])] });
    const paid = dish({ groups: [group("g", 1, 1, [option("only", { price: 1 })])] });
    expect(startChoice(free).options).toEqual({ only: 1 });
    expect(startChoice(paid).options).toEqual({});
  });
  it("gives no line while a required group is open, and names it", () => {
    const choice = startChoice(chicken);
    expect(selection(chicken, choice, table)).toBeNull();
    expect(missing(chicken, choice, table)).toMatchObject([{ kind: "group", group: { id: "heat" }, more: 1 }]);
  });
  it("replaces in a group of one", () => {
    const choice = setOption(chicken, setOption(chicken, startChoice(chicken), "mild", 1), "hot", 1);
    expect(choice.options).toEqual({ hot: 1 });
  });
  it("refuses what is excluded, both ways", () => {
    const hot = setOption(chicken, startChoice(chicken), "hot", 1);
    expect(setOption(chicken, hot, "milk", 1).options).toEqual({ hot: 1 });
    const milk = setOption(chicken, startChoice(chicken), "milk", 1);
    const hotOption = heat.options[1];
    expect(hotOption && excludedBy(chicken, milk, hotOption)?.id).toBe("milk");
    expect(setOption(chicken, milk, "hot", 1).options).toEqual({ milk: 1 });
  });
  it("keeps to an option's own maximum and to the group's", () => {
    const two = setOption(chicken, startChoice(chicken), "egg", 9);
    expect(two.options["egg"]).toBe(2);
    expect(setOption(chicken, two, "nut", 2).options["nut"]).toBe(1);
  });
  it("keeps a per-head dish to the heads at the table, and a counted one to what is left", () => {
    const tea = dish({ charge: "cover" });
    expect(setQuantity(tea, startChoice(tea), 9, table).quantity).toBe(3);
    expect(quantityRoom(dish(), { covers: 3, remaining: 2 })).toBe(2);
    expect(selection(dish(), startChoice(dish()), { covers: 3, remaining: 0 })).toBeNull();
  });
  it("weighs in steps of 50 g within bounds", () => {
    const fish = dish({ charge: "weight" });
    expect(stepWeight(startChoice(fish), 1).weight_g).toBe(550);
    expect(stepWeight(startChoice(fish), -99).weight_g).toBe(MIN_WEIGHT_G);
    expect(stepWeight(startChoice(fish), 9999).weight_g).toBe(MAX_WEIGHT_G);
  });
  it("cuts a note at 60 characters, not in the middle of one", () => {
    expect(Array.from(setNote(startChoice(dish()), "🌶".repeat(80)).note)).toHaveLength(MAX_NOTE);
  });
});

// ---------- whatever a person taps, the line is sound ----------

const ids = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);

const anyDish: fc.Arbitrary<Dish> = fc
  .record({
    charge: fc.constantFrom("item" as const, "weight" as const, "cover" as const),
    variants: fc.array(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 3 }),
    groups: fc.array(fc.record({ min: fc.integer({ min: 0, max: 2 }), more: fc.integer({ min: 0, max: 2 }), size: fc.integer({ min: 1, max: 4 }) }), { maxLength: 3 }),
    sets: fc.array(fc.record({ min: fc.integer({ min: 0, max: 2 }), more: fc.integer({ min: 0, max: 2 }), size: fc.integer({ min: 1, max: 3 }) }), { maxLength: 2 }),
    prices: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 12, maxLength: 12 }),
    maxes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 12 }),
    excludes: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 4 }),
  })
  .map((r) => {
    let n = 0;
    const groups = r.groups.map((g, i) =>
      group(`g${i}`, g.min, Math.max(1, g.min + g.more), ids("", g.size).map(() => {
        const k = n++;
        return option(`o${k}`, { price: r.prices[k] ?? 0, max: r.maxes[k] ?? 1, excludes: r.excludes.filter(([a]) => a === k).map(([, b]) => `o${b}`) });
      })),
    );
    return dish({
      charge: r.charge,
      variants: r.variants.map((price, i) => ({ id: `v${i}`, name: text(`v${i}`), price })),
      groups,
      set_groups: r.sets.map((s, i) => ({ id: `s${i}`, name: text(`s${i}`), min: s.min, max: Math.max(1, s.min + s.more), choices: ids("x", s.size).map((d, j) => ({ dish: d, variant: "std", surcharge: r.prices[j] ?? 0 })) })),
    });
  });

type Step = { kind: "option" | "pick" | "variant" | "quantity" | "weight"; a: number; b: number; n: number };
const anyStep: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom("option" as const, "pick" as const, "variant" as const, "quantity" as const, "weight" as const), a: fc.nat(5), b: fc.nat(5), n: fc.integer({ min: -2, max: 120 }) });
const anyLimits: fc.Arbitrary<Limits> = fc.record({ covers: fc.integer({ min: 1, max: 12 }), remaining: fc.option(fc.nat(20)) });

function take(d: Dish, choice: Choice, step: Step, limits: Limits): Choice {
  switch (step.kind) {
    case "option": {
      const g = d.groups[step.a % Math.max(1, d.groups.length)];
      const o = g?.options[step.b % Math.max(1, g.options.length)];
      return o ? setOption(d, choice, o.id, step.n % 5) : choice;
    }
    case "pick": {
      const g = d.set_groups[step.a % Math.max(1, d.set_groups.length)];
      const c = g?.choices[step.b % Math.max(1, g.choices.length)];
      return g && c ? setPick(d, choice, g.id, c.dish, step.n % 5) : choice;
    }
    case "variant":
      return setVariant(d, choice, `v${step.a}`);
    case "quantity":
      return setQuantity(d, choice, step.n, limits);
    case "weight":
      return stepWeight(choice, step.n);
  }
}

/** Says what is wrong with a line, written from the menu's rules alone. */
function faults(d: Dish, line: Selection, limits: Limits): string[] {
  const found: string[] = [];
  const say = (bad: boolean, what: string): void => void (bad && found.push(what));
  say(!d.variants.some((v) => v.id === line.variant), "variant");
  say(line.quantity < 1 || line.quantity > 99, "quantity");
  say(d.charge === "cover" && line.quantity > limits.covers, "more than heads");
  say(limits.remaining !== null && line.quantity > limits.remaining, "more than left");
  say((d.charge === "weight") !== (line.weight_g !== null), "weight given or not");
  say(line.weight_g !== null && (line.weight_g < 50 || line.weight_g > 20_000 || line.weight_g % WEIGHT_STEP_G !== 0), "weight");
  for (const g of d.groups) {
    const chosen = line.options.filter((o) => g.options.some((x) => x.id === o.option));
    const sum = chosen.reduce((n, o) => n + o.quantity, 0);
    say(sum < g.min || sum > g.max, `group ${g.id}`);
    for (const o of chosen) {
      const rule = g.options.find((x) => x.id === o.option);
      say(!rule || o.quantity < 1 || o.quantity > rule.max, `option ${o.option}`);
      say(line.options.some((other) => other.option !== o.option && (rule?.excludes.includes(other.option) ?? false)), `excluded ${o.option}`);
    }
  }
  for (const g of d.set_groups) {
    const sum = line.set.filter((s) => s.group === g.id).reduce((n, s) => n + s.quantity, 0);
    say(sum < g.min || sum > g.max, `set ${g.id}`);
  }
  return found;
}

describe("whatever is tapped", () => {
  it("a line is either withheld or sound", () => {
    fc.assert(
      fc.property(anyDish, anyLimits, fc.array(anyStep, { maxLength: 40 }), (d, limits, steps) => {
        const choice = steps.reduce((c, s) => take(d, c, s, limits), startChoice(d));
        const line = selection(d, choice, limits);
        if (line === null) expect(missing(d, choice, limits).length).toBeGreaterThan(0);
        else expect(faults(d, line, limits)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
  it("the room shown is the room there is", () => {
    fc.assert(
      fc.property(anyDish, anyLimits, fc.array(anyStep, { maxLength: 20 }), (d, limits, steps) => {
        const choice = steps.reduce((c, s) => take(d, c, s, limits), startChoice(d));
        for (const o of d.groups.flatMap((g) => g.options)) expect(setOption(d, choice, o.id, 99).options[o.id] ?? 0).toBe(optionRoom(d, choice, o));
      }),
    );
  });
  it("the estimate is a whole number of fen, and taking an option adds exactly its price", () => {
    fc.assert(
      fc.property(anyDish, anyLimits, fc.array(anyStep, { maxLength: 20 }), (d, limits, steps) => {
        const choice = steps.reduce((c, s) => take(d, c, s, limits), startChoice(d));
        const unit = (c: Choice): number => previewUnit(d, { variant: c.variant, weight_g: c.weight_g, options: Object.entries(c.options).map(([o, quantity]) => ({ option: o, quantity })), set: [] });
        expect(Number.isInteger(unit(choice))).toBe(true);
        for (const g of d.groups.filter((x) => x.max > 1)) for (const o of g.options) {
          const more = setOption(d, choice, o.id, (choice.options[o.id] ?? 0) + 1);
          const added = sumOf(more.options) - sumOf(choice.options);
          expect(unit(more) - unit(choice)).toBe(added * o.price);
        }
      }),
    );
  });
});
