import type { Menu, Minor } from "@dandan/client";

export type Currency = Menu["currency"];

const sign: Record<Currency, string> = { CNY: "¥", USD: "$" };

/** The last label: the only place where minor units become a decimal text. Integer arithmetic only. */
export function money(amount: Minor, currency: Currency): string {
  const whole = Math.abs(amount);
  const rest = whole % 100;
  return `${amount < 0 ? "-" : ""}${sign[currency]}${(whole - rest) / 100}.${rest < 10 ? "0" : ""}${rest}`;
}

/** `money` without the odd zeros, for places where a price is one of many: ¥28, ¥28.50. */
export function shortMoney(amount: Minor, currency: Currency): string {
  return money(amount, currency).replace(/\.00$/, "");
}
