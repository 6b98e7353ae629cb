/** The units as a tree, what lies below one, and how its stores stand. Pure. */
import type { Id, Ms } from "@dandan/client";
import type { Unit } from "../net/contract";

export interface Node {
  unit: Unit;
  depth: number;
  children: Node[];
}

/** Natural order: store 2 before store 10. */
const byName = (a: Node, b: Node): number => a.unit.name.localeCompare(b.unit.name, "zh-CN", { numeric: true });
/** Regions before the stores that stand directly below the same unit. */
const order = (a: Node, b: Node): number => Number(a.unit.kind === "store") - Number(b.unit.kind === "store") || byName(a, b);

/** A unit whose parent this token may not see is a root. */
export function treeOf(units: readonly Unit[]): Node[] {
  const nodes = new Map<Id, Node>(units.map((unit) => [unit.id, { unit, depth: 0, children: [] }]));
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.unit.parent == null ? undefined : nodes.get(node.unit.parent);
    (parent?.children ?? roots).push(node);
  }
  const settle = (list: Node[], depth: number): void => {
    list.sort(order);
    for (const node of list) {
      node.depth = depth;
      settle(node.children, depth + 1);
    }
  };
  settle(roots, 0);
  return roots;
}

export function find(roots: readonly Node[], id: Id): Node | null {
  for (const node of roots) {
    const found = node.unit.id === id ? node : find(node.children, id);
    if (found !== null) return found;
  }
  return null;
}

/** The unit itself, if it is a store, and every store below it. */
export const storesOf = (node: Node): Unit[] => (node.unit.kind === "store" ? [node.unit] : node.children.flatMap(storesOf));

/** The unit and those above it, the nearest first, as far as this token sees. */
export function lineage(units: readonly Unit[], id: Id): Unit[] {
  const line: Unit[] = [];
  let at = units.find((u) => u.id === id);
  while (at !== undefined && !line.includes(at)) {
    line.push(at);
    const { parent } = at;
    at = units.find((u) => u.id === parent);
  }
  return line;
}

/** Where a unit may be moved: below a brand or region that doesn't lie below itself. A brand stays where it is. */
export function parentsFor(units: readonly Unit[], unit: Unit | null): Unit[] {
  if (unit?.kind === "brand") return [];
  return units.filter((u) => u.kind !== "store" && (unit === null || !lineage(units, u.id).some((above) => above.id === unit.id)));
}

/** How a store stands, the worst first. `none`: nobody decides for it yet. */
export type Line = { at: "here" } | { at: "away"; since: Ms | null } | { at: "none" };
export type Following = "trouble" | "waiting" | "followed" | "nothing";

export function lineOf(unit: Unit): Line {
  const { state } = unit;
  if (state == null || state.home === "none") return { at: "none" };
  return state.reachable ? { at: "here" } : { at: "away", since: state.last_seen_ms ?? null };
}

/** What passes by itself: the store isn't there, or was busy just then. */
const PASSES: readonly string[] = ["", "store_offline", "unavailable", "busy", "unknown"];

export function followingOf(unit: Unit): Following {
  const directive = unit.state?.directive;
  if (directive == null) return "nothing";
  if (directive.trouble != null && !PASSES.includes(directive.trouble)) return "trouble";
  if (directive.followed < directive.wanted) return "waiting";
  return directive.wanted === 0 ? "nothing" : "followed";
}

/** Cut off is trouble, and so is a directive that can't be delivered. Waiting for a store that is there is not: it takes a moment. */
export const hasTrouble = (unit: Unit): boolean => lineOf(unit).at !== "here" || followingOf(unit) === "trouble";

export interface Roll {
  stores: number;
  away: number;
  waiting: number;
  trouble: number;
}

export function rollOf(stores: readonly Unit[]): Roll {
  const count = (holds: (unit: Unit) => boolean): number => stores.filter(holds).length;
  return {
    stores: stores.length,
    away: count((u) => lineOf(u).at === "away"),
    waiting: count((u) => followingOf(u) === "waiting"),
    trouble: count((u) => followingOf(u) === "trouble"),
  };
}

/** What is left of the tree when only some stores are wanted; a unit whose own name matches keeps all below it. */
export function filtered(roots: readonly Node[], words: string, onlyTrouble: boolean): Node[] {
  const wanted = words.trim().toLocaleLowerCase();
  const keep = (node: Node, named: boolean): Node[] => {
    const fits = named || node.unit.name.toLocaleLowerCase().includes(wanted);
    if (node.unit.kind === "store") return fits && (!onlyTrouble || hasTrouble(node.unit)) ? [node] : [];
    const children = node.children.flatMap((child) => keep(child, wanted !== "" && fits));
    const itself = children.length > 0 || (fits && !onlyTrouble);
    return itself ? [{ ...node, children }] : [];
  };
  return roots.flatMap((node) => keep(node, false));
}
