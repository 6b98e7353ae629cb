/** The till's scanner: digits and Enter, key by key, so that a cashier may type a wallet's code slowly or tap it on the pad as well. */
import { useCallback, useRef, useState } from "react";
import { useKeys } from "../ui/useScanner";
import { nothingTyped, typed, type Typed } from "./wallet-code";

export interface Scanner {
  digits: string;
  press: (key: string) => void;
  clear: () => void;
}

export function useScanner(onCode: (digits: string) => void, on: boolean): Scanner {
  const state = useRef<Typed>(nothingTyped);
  const [digits, setDigits] = useState("");
  const entered = useRef(onCode);
  entered.current = onCode;
  const press = useCallback((key: string) => {
    const next = typed(state.current, key, performance.now());
    state.current = next.typed;
    setDigits(next.typed.digits);
    if (next.entered !== null) entered.current(next.entered);
  }, []);
  const take = useCallback(
    (key: string): boolean => {
      if (!/^\d$/.test(key) && key !== "Backspace" && !(key === "Enter" && state.current.digits !== "")) return false;
      press(key);
      return true;
    },
    [press],
  );
  useKeys(take, on);
  const clear = useCallback(() => {
    state.current = nothingTyped;
    setDigits("");
  }, []);
  return { digits, press, clear };
}
