/**
 * Ids are 32 lower-case hex characters of randomness, made here before anything is sent.
 * Browsers have `getRandomValues` on every origin (unlike `randomUUID`). WeChat gives random bytes only through a callback,
 * so a pool is filled at start and drawn from. Where a platform has neither, `mixed` makes the bytes from several
 * unrelated sources: ids must be unique, they are not secrets (the token is, and the server makes it).
 */
const BYTES = 16;
const POOL_BYTES = BYTES * 64;
const REFILL_BELOW = BYTES * 16;

interface RandomHost {
  getRandomValues?: (o: { length: number; success: (r: { randomValues: ArrayBuffer }) => void; fail?: () => void }) => void;
}
declare const wx: RandomHost | undefined;
declare const my: RandomHost | undefined;

let pool: number[] = [];
let filling = false;
let counter = 0;

export function newId(): string {
  return hex(randomBytes());
}

/** Fills the pool where random bytes come by callback. Called once at start. */
export function prepareIds(): void {
  const host = typeof wx !== "undefined" ? wx : typeof my !== "undefined" ? my : undefined;
  if (hasCrypto() || filling || !host?.getRandomValues) return;
  filling = true;
  host.getRandomValues({
    length: POOL_BYTES,
    success: ({ randomValues }) => {
      pool = pool.concat(Array.from(new Uint8Array(randomValues)));
      filling = false;
    },
    fail: () => {
      filling = false;
    },
  });
}

export const hex = (bytes: ArrayLike<number>): string => Array.from(bytes, (b) => (b & 255).toString(16).padStart(2, "0")).join("");

function randomBytes(): ArrayLike<number> {
  if (hasCrypto()) return globalThis.crypto.getRandomValues(new Uint8Array(BYTES));
  if (pool.length < REFILL_BELOW) prepareIds();
  return pool.length >= BYTES ? pool.splice(0, BYTES) : mixed();
}

const hasCrypto = (): boolean => typeof globalThis === "object" && typeof globalThis.crypto?.getRandomValues === "function";

function mixed(): number[] {
  counter += 1;
  let a = (Date.now() ^ (counter * 0x9e3779b1)) >>> 0;
  return Array.from({ length: BYTES }, (_, i) => {
    a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) >>> 0;
    a = (a + counter + i) >>> 0;
    return (Math.floor(Math.random() * 256) ^ (a >>> 11)) & 255;
  });
}
