/** The guest's payment code (付款码) as it comes in: digits and Enter, from a scanner or a finger. Pure; never shown whole. */

export type Wallet = "wechat" | "alipay";

/** WeChat Pay: 18 digits from 10 to 15. Alipay: 16 to 24 digits from 25 to 30. Anything else is no wallet's code. */
export function walletOf(digits: string): Wallet | null {
  if (!/^\d+$/.test(digits)) return null;
  const prefix = Number(digits.slice(0, 2));
  if (prefix >= 10 && prefix <= 15 && digits.length === 18) return "wechat";
  if (prefix >= 25 && prefix <= 30 && digits.length >= 16 && digits.length <= 24) return "alipay";
  return null;
}

const LONGEST = 24;

/** Shown instead of the code: how long it is, and its end. */
export function masked(digits: string): string {
  const shown = digits.length > 4 ? digits.slice(-4) : "";
  return "•".repeat(digits.length - shown.length).replace(/(.{4})(?=.)/g, "$1 ") + (shown === "" ? "" : ` ${shown}`);
}

export interface Typed { digits: string; at: number }
export const nothingTyped: Typed = { digits: "", at: 0 };

/** A scanner types a whole code within a moment; what somebody began and left is not glued to the next code. */
const LEFT_MS = 20_000;

/** The next state, and the code once it is entered. Other keys change nothing. */
export function typed(before: Typed, key: string, at: number): { typed: Typed; entered: string | null } {
  const digits = at - before.at > LEFT_MS ? "" : before.digits;
  if (/^\d$/.test(key)) return { typed: { digits: (digits + key).slice(0, LONGEST + 1), at }, entered: null };
  if (key === "Backspace") return { typed: { digits: digits.slice(0, -1), at }, entered: null };
  if (key === "Enter" && digits !== "") return { typed: nothingTyped, entered: digits };
  return { typed: { digits, at: before.at }, entered: null };
}
