/** What survives the app being killed. Everything that must not be lost is written here before it is sent. */
import Taro from "@tarojs/taro";
import type { JoinRequest } from "@dandan/client";
import type { Parcel } from "@/rules/outbox";
import type { OrderIntent } from "@/rules/order";
import type { PayIntent } from "@/rules/pay";
import type { Lang } from "@/rules/describe";

export interface Member {
  store: string;
  code: string;
  session: string;
  token: string;
  guest: string;
  /** the table it was joined at; not kept by older versions of the app */
  table?: string;
  /** the phone's own party, while that is on another's check */
  home?: string;
}

interface Kept {
  member: Member;
  /** a join that has no answer yet, with the session id it may open the table under */
  joining: { store: string; key: string; body: JoinRequest };
  guest: { id: string; name: string };
  outbox: Parcel[];
  order: OrderIntent;
  pay: PayIntent;
  lang: Lang;
}

const keyOf = (name: keyof Kept): string => `dandan.${name}`;

export function keep<K extends keyof Kept>(name: K, value: Kept[K] | null): void {
  try {
    if (value === null) Taro.removeStorageSync(keyOf(name));
    else Taro.setStorageSync(keyOf(name), value);
  } catch {
    // A full or forbidden storage: the app still works until it is closed.
  }
}

export function kept<K extends keyof Kept>(name: K): Kept[K] | null {
  try {
    const value: unknown = Taro.getStorageSync(keyOf(name));
    return value === "" || value === undefined || value === null ? null : (value as Kept[K]);
  } catch {
    return null;
  }
}
