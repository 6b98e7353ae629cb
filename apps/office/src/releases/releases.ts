/** Which menu a unit sells, which come, and in what order of nearness. Pure. */
import type { Release, Unit } from "../net/contract";

export interface Split {
  onSale: Release[];
  planned: Release[];
}

/** The newest first of what is on sale, the next first of what is planned. */
export function split(releases: readonly Release[]): Split {
  const onSale = releases.filter((r) => r.state === "on_sale").sort((a, b) => b.from_ms - a.from_ms);
  const planned = releases.filter((r) => r.state === "planned").sort((a, b) => a.from_ms - b.from_ms);
  return { onSale, planned };
}

/** The name of the unit a release was made for, where that is another than the one looked at. */
export function madeAt(release: Release, unit: Unit, units: readonly Unit[]): string | null {
  return release.unit === unit.id ? null : (units.find((u) => u.id === release.unit)?.name ?? release.unit);
}
