/** What a store's clock says: the store itself tells everybody. */
import type { Id, StoreView } from "@dandan/client";

const PATIENCE_MS = 8_000;

/** Minutes ahead of UTC; null where the store can't be asked now. */
export async function clockOf(store: Id): Promise<number | null> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(`/api/v1/stores/${store}`, { signal: abort.signal });
    const said = answer.ok ? ((await answer.json()) as Partial<StoreView>) : {};
    return typeof said.utc_offset_min === "number" ? said.utc_offset_min : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
