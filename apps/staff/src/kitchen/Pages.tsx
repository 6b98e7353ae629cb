/** The board's columns and pages: filled top to bottom, then to the right. What does not fit is a page away and counted, never silently hidden. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { useWords } from "../i18n";
import type { BoardTicket } from "./board";
import { UNMEASURED, countOff, partsOf, type Count, type OffGlass, type Part, type Sizes } from "./split";

interface Hidden {
  before: Count;
  after: Count;
}

/** A row of columns that is turned page by page, and what is off the glass. */
export interface Columns {
  box: RefObject<HTMLDivElement | null>;
  hidden: Hidden;
  measure: () => void;
}

export interface Fit extends Columns {
  parts: Part[];
}

/** For cards that need no cutting: only what is off the glass is counted. */
export function useColumns(): Columns {
  const box = useRef<HTMLDivElement>(null);
  const [hidden, setHidden] = useState<Hidden>({ before: countOff([]), after: countOff([]) });
  const measure = useCallback(() => {
    const el = box.current;
    if (el !== null) setHidden((old) => keepIfSame(old, hiddenOf(el)));
  }, []);
  useMeasured(box, measure);
  return { box, hidden, measure };
}

/** Measures after every drawing and whenever the room changes. */
function useMeasured(box: RefObject<HTMLDivElement | null>, measure: () => void): void {
  useLayoutEffect(measure);
  useEffect(() => {
    const el = box.current;
    if (el === null) return;
    const watch = new ResizeObserver(measure);
    watch.observe(el);
    return () => watch.disconnect();
  }, [box, measure]);
}

/** Cuts the tickets to the height there is. Measured and cut again before the browser paints, so no card is ever drawn too tall. */
export function useFit(board: BoardTicket[]): Fit {
  const box = useRef<HTMLDivElement>(null);
  const [sizes, setSizes] = useState<Sizes>(UNMEASURED);
  const [hidden, setHidden] = useState<Hidden>({ before: countOff([]), after: countOff([]) });
  const parts = useMemo(() => partsOf(board, sizes), [board, sizes]);

  const measure = useCallback(() => {
    const el = box.current;
    if (el === null) return;
    setSizes((old) => keepIfSame(old, sizesOf(el, old)));
    setHidden((old) => keepIfSame(old, hiddenOf(el)));
  }, []);

  useMeasured(box, measure);
  return { parts, box, hidden, measure };
}

const keepIfSame = <T,>(old: T, next: T): T => (JSON.stringify(old) === JSON.stringify(next) ? old : next);

/** A line drawn smaller keeps the height it had before, or it would grow and shrink in turns. */
function sizesOf(el: HTMLElement, old: Sizes): Sizes {
  const heads: Record<string, number> = {};
  const rows: Record<string, number> = {};
  for (const card of el.querySelectorAll<HTMLElement>("[data-ticket]")) {
    let rest = card.getBoundingClientRect().height - (card.querySelector<HTMLElement>(".tcont")?.offsetHeight ?? 0);
    for (const row of card.querySelectorAll<HTMLElement>("[data-item]")) {
      const { height } = row.getBoundingClientRect();
      const key = row.dataset["item"] ?? "";
      rows[key] = Math.max(Math.ceil(height), card.dataset["tight"] !== undefined ? (old.rows[key] ?? 0) : 0);
      rest -= height;
    }
    const id = card.dataset["ticket"] ?? "";
    heads[id] = Math.max(heads[id] ?? 0, Math.ceil(rest));
  }
  // On a phone the board is one long list that scrolls; nothing needs cutting there. (JSON has no infinity.)
  const columns = getComputedStyle(el).columnWidth !== "auto";
  return { room: columns ? Math.floor(el.clientHeight) : Number.MAX_SAFE_INTEGER, heads, rows };
}

function hiddenOf(el: HTMLElement): Hidden {
  const before: OffGlass[] = [];
  const after: OffGlass[] = [];
  const frame = el.getBoundingClientRect();
  for (const card of el.querySelectorAll<HTMLElement>("[data-ticket]")) {
    const r = card.getBoundingClientRect();
    const side = r.left >= frame.right - 20 ? after : r.right <= frame.left + 20 ? before : null;
    side?.push({ ticket: card.dataset["ticket"] ?? "", rushing: card.dataset["rushing"] === "true", fresh: card.querySelector(".inew") !== null });
  }
  return { before: countOff(before), after: countOff(after) };
}

/** `empty` is shown where there is nothing; `more` and `fewer` name what is counted. */
export function Pages({ fit, children, empty, more, fewer }: { fit: Columns; children: ReactNode; empty: ReactNode; more?: (n: number) => string; fewer?: (n: number) => string }): ReactNode {
  const w = useWords();
  const { box, hidden, measure } = fit;

  const turn = (direction: 1 | -1): void => {
    const el = box.current;
    if (el === null) return;
    const gap = Number.parseFloat(getComputedStyle(el).columnGap) || 0;
    const first = el.querySelector<HTMLElement>("[data-ticket]");
    const column = (first?.getBoundingClientRect().width ?? el.clientWidth) + gap;
    const perPage = Math.max(1, Math.round((el.clientWidth + gap) / column));
    const at = Math.round(el.scrollLeft / column);
    el.scrollTo({ left: Math.max(0, at + direction * perPage) * column });
    measure();
  };

  return (
    <section className="kpages">
      <div className="kcolumns" ref={box} onScroll={measure}>
        {children}
      </div>
      {empty}
      {(hidden.before.tickets > 0 || hidden.after.tickets > 0) && (
        <nav className="kturn">
          <button type="button" disabled={hidden.before.tickets === 0} onClick={() => turn(-1)}>
            {hidden.before.tickets > 0 ? (fewer ?? w.kitchen.fewer)(hidden.before.tickets) : "←"}
            <Among count={hidden.before} />
          </button>
          <button type="button" disabled={hidden.after.tickets === 0} onClick={() => turn(1)}>
            {hidden.after.tickets > 0 ? (more ?? w.kitchen.more)(hidden.after.tickets) : "→"}
            <Among count={hidden.after} />
          </button>
        </nav>
      )}
    </section>
  );
}

function Among({ count }: { count: Count }): ReactNode {
  const w = useWords();
  return (
    <>
      {count.rushed > 0 && <span className="chip rush-chip">{w.kitchen.moreRushed(count.rushed)}</span>}
      {count.fresh > 0 && <span className="chip fresh-chip">{w.kitchen.moreFresh(count.fresh)}</span>}
    </>
  );
}
