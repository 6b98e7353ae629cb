/**
 * Of several pages on one device only one has the turn: to speak, to send. Web Locks decide where there are any; on a plain-http
 * address there are none, and a short lease in the storage stands in: a page that is closed or frozen loses it.
 */
const LEASE_MS = 6000;
const RENEW_MS = 2000;

/** Calls `granted` once it is this page's turn; the answer gives the turn back. Only a lease can be `lost` meanwhile. */
export function takeTurn(name: string, granted: () => void, lost: () => void): () => void {
  return typeof navigator !== "undefined" && "locks" in navigator ? byLock(name, granted) : byLease(name, granted, lost);
}

function byLock(name: string, granted: () => void): () => void {
  const abort = new AbortController();
  let release: () => void = () => {};
  const held = new Promise<void>((done) => (release = done));
  void navigator.locks
    .request(name, { signal: abort.signal }, () => {
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

/** Free, ended or our own. A lease far in the future was given before the clock was set back: it is nobody's. */
export const mayLease = (lease: Lease | null, page: string, now: number): boolean => lease === null || lease.page === page || lease.until < now || lease.until > now + 2 * LEASE_MS;

function byLease(name: string, granted: () => void, lost: () => void): () => void {
  const page = Math.random().toString(36).slice(2);
  let mine = false;
  const tick = (): void => {
    const may = lease(name, page);
    if (may && !mine) granted();
    if (!may && mine) lost();
    mine = may;
  };
  const giveBack = (): void => {
    if (mine) release(name, page);
    mine = false;
  };
  tick();
  const timer = setInterval(tick, RENEW_MS);
  // A page that is left gives its turn to the next at once instead of after the lease.
  const left = (): void => {
    if (mine) lost();
    giveBack();
  };
  addEventListener("pagehide", left);
  return () => {
    clearInterval(timer);
    removeEventListener("pagehide", left);
    giveBack();
  };
}

/** Without a storage there is nobody to share with: this page is alone. */
function lease(name: string, page: string): boolean {
  try {
    const now = Date.now();
    const may = mayLease(readLease(localStorage.getItem(name)), page, now);
    if (may) localStorage.setItem(name, JSON.stringify({ page, until: now + LEASE_MS }));
    return may;
  } catch {
    return true;
  }
}

function release(name: string, page: string): void {
  try {
    if (readLease(localStorage.getItem(name))?.page === page) localStorage.removeItem(name);
  } catch {
    // Nothing was written.
  }
}
