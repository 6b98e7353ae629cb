/** Listens for a scanner (a keyboard that types digits and Enter) wherever the focus is, except in a field somebody types into. */
import { useCallback, useEffect, useRef, useState } from "react";
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
  useEffect(() => {
    if (!on) return;
    const onKey = (e: KeyboardEvent): void => {
      if (e.target instanceof HTMLInputElement || e.ctrlKey || e.metaKey || e.altKey) return;
      if (!/^\d$/.test(e.key) && e.key !== "Backspace" && !(e.key === "Enter" && state.current.digits !== "")) return;
      // A scanner's Enter must not press the button that has the focus.
      e.preventDefault();
      e.stopPropagation();
      press(e.key);
    };
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, [on, press]);
  const clear = useCallback(() => {
    state.current = nothingTyped;
    setDigits("");
  }, []);
  return { digits, press, clear };
}
