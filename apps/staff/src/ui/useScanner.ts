/**
 * Listens for a scanner: a keyboard that types a whole code within a moment and ends it with Enter. It is heard wherever the focus
 * is, except in a field somebody types into.
 */
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { nothingRead, read, type Reading, type ScanRule } from "./scan";

export interface ScanOptions extends ScanRule {
  /** False while the page does not want codes. */
  on?: boolean;
  /** The field that belongs to the scanner: keys in it count, keys in any other field don't. */
  field?: RefObject<HTMLElement | null>;
}

/** Calls `onCode` with each code a scanner types (slips, labels, cards); the answer is what has been read of the one under way. */
export function useScanner(onCode: (code: string) => void, options: ScanOptions = {}): string {
  const reading = useRef<Reading>(nothingRead);
  const [text, setText] = useState("");
  const latest = useRef({ onCode, options });
  latest.current = { onCode, options };
  const take = useCallback((key: string, at: number): boolean => {
    const step = read(reading.current, key, at, latest.current.options);
    reading.current = step.reading;
    setText(step.reading.text);
    if (step.code !== null) latest.current.onCode(step.code);
    return step.taken;
  }, []);
  useKeys(take, options.on ?? true, options.field);
  return text;
}

/**
 * Hears every key that is not meant for a field; what `take` answers true to reaches nothing else on the page. `at` is when the key was
 * pressed, not when a busy page came round to it: a code must not fall apart because a board was being drawn.
 */
export function useKeys(take: (key: string, at: number) => boolean, on: boolean, field?: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (!on) return;
    const onKey = (e: KeyboardEvent): void => {
      if ((isField(e.target) && e.target !== field?.current) || e.ctrlKey || e.metaKey || e.altKey) return;
      if (!take(e.key, e.timeStamp)) return;
      // A scanner's Enter must not press the button that has the focus.
      e.preventDefault();
      e.stopPropagation();
    };
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, [take, on, field]);
}

/** Keys typed into these are meant for them. */
function isField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}
