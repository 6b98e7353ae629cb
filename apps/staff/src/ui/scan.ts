/** Tells a scanner's keys from a person's. Pure. */

export interface Reading {
  text: string;
  /** When its last key came, on a clock that only goes forward. */
  at: number;
}

export const nothingRead: Reading = { text: "", at: -Infinity };

export interface ScanRule {
  shortest?: number;
  accepts?: RegExp;
}

/** The slowest scanners send a key every 30 to 50 ms; people who type fast need twice as long. */
const NEXT_KEY_WITHIN_MS = 80;
const SHORTEST = 6;
const LONGEST = 64;
const PRINTED = /^[\x21-\x7e]$/;

export interface ScanStep {
  reading: Reading;
  /** The key belongs to a code and is not the page's. A code's first key can't be told apart and stays the page's. */
  taken: boolean;
  code: string | null;
}

/** The next state after a key. A pause, a named key or an overlong code starts again; Shift comes between the letters of a code. */
export function read(before: Reading, key: string, at: number, rule: ScanRule = {}): ScanStep {
  const shortest = rule.shortest ?? SHORTEST;
  if (key === "Shift") return { reading: before, taken: false, code: null };
  const going = at - before.at <= NEXT_KEY_WITHIN_MS ? before.text : "";
  if (key === "Enter" || key === "Tab") {
    const code = going.length >= shortest ? going : null;
    return { reading: nothingRead, taken: code !== null, code };
  }
  if (!PRINTED.test(key) || !(rule.accepts ?? PRINTED).test(key) || going.length >= LONGEST) return { reading: nothingRead, taken: false, code: null };
  return { reading: { text: going + key, at }, taken: going !== "", code: null };
}
