/** A list that shows its first few and says how many more there are: banners must not push the tables off a phone. */
import { Children, useState, useSyncExternalStore, type ReactNode } from "react";
import { useWords } from "../i18n";

const NARROW = typeof matchMedia === "undefined" ? null : matchMedia("(max-width: 820px)");
const subscribe = (listener: () => void): (() => void) => {
  NARROW?.addEventListener("change", listener);
  return () => NARROW?.removeEventListener("change", listener);
};
const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => NARROW?.matches ?? false);

const WIDE_SHOWS = 4;

export function FewList({ className, label, children }: { className?: string; label?: string; children: ReactNode }): ReactNode {
  const w = useWords();
  const [open, setOpen] = useState(false);
  const all = Children.toArray(children);
  const few = useNarrow() ? 1 : WIDE_SHOWS;
  const hidden = open ? 0 : Math.max(0, all.length - few);
  return (
    <>
      <ul className={className} aria-label={label}>
        {hidden > 0 ? all.slice(0, few) : all}
      </ul>
      {(hidden > 0 || (open && all.length > few)) && (
        <button type="button" className="fewmore" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? w.plan.fewer : w.plan.moreOf(hidden)}
        </button>
      )}
    </>
  );
}
