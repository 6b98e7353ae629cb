/**
 * Of several pages on one device only one speaks. Web Locks decide where there are any; on a plain-http address there are none, and
 * a short lease in the storage stands in: a page that is closed or frozen loses it.
 */
const NAME = "dandan.staff.voice";
const LEASE_MS = 6000;
const RENEW_MS = 2000;

/** Calls `granted` once it is this page's turn; the answer gives the turn back. */
export function takeTurn(granted: () => void, lost: () => void): () => void {
  return "locks" in navigator ? byLock(granted) : byLease(granted, lost);
}

function byLock(granted: () => void): () => void {
  const abort = new AbortController();
  let release: () => void = () => {};
  const held = new Promise<void>((done) => (release = done));
  void navigator.locks
    .request(NAME, { signal: abort.signal }, () => {
      granted();
      return held;
    })
    .catch(() => undefined);
  return () => {
    abort.abort();
    release();
  };
}

interface Lease { page: string; until: number }

export function readLease(text: string | null): Lease | null {
  try {
    const value = JSON.parse(text ?? "null") as Partial<Lease> | null;
    return typeof value?.page === "string" && typeof value.until === "number" ? { page: value.page, until: value.until } : null;
  } catch {
    return null;
  }
}

/** Free, ended or our own. */
export const mayLease = (lease: Lease | null, page: string, now: number): boolean => lease === null || lease.page === page || lease.until < now || lease.until > now + 2 * LEASE_MS;

function byLease(granted: () => void, lost: () => void): () => void {
  const page = Math.random().toString(36).slice(2);
  let mine = false;
  const tick = (): void => {
    const now = Date.now();
    const may = mayLease(readLease(localStorage.getItem(NAME)), page, now);
    if (may) localStorage.setItem(NAME, JSON.stringify({ page, until: now + LEASE_MS }));
    if (may && !mine) granted();
    if (!may && mine) lost();
    mine = may;
  };
  tick();
  const timer = setInterval(tick, RENEW_MS);
  return () => {
    clearInterval(timer);
    if (mine) localStorage.removeItem(NAME);
  };
}
