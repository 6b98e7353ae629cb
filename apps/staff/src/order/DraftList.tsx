/** What is written down and not sent: the tapped line with everything that can be changed about it, courses, seats, what is held. */
import type { LineProblem, Menu, Minor } from "@dandan/client";
import { useEffect, useRef, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { money } from "../ui/labels";
import { NoEntry } from "../ui/parts";
import { MAX_NOTE, MAX_QUANTITY } from "./choice";
import { Stepper } from "./Chooser";
import { holdCourse, setLine, setQuantity, type Draft, type DraftLine, type PricedLine } from "./draft";
import { choiceWords } from "./words";

export interface DraftListProps {
  draft: Draft;
  lines: readonly PricedLine[];
  menu: Menu;
  problems: ReadonlyMap<string, LineProblem>;
  currency: "CNY" | "USD";
  covers: number;
  current: string | null;
  setCurrent: (line: string | null) => void;
  change: (step: (draft: Draft) => Draft) => void;
  onOptions: (line: DraftLine) => void;
  /** Null where nothing was ordered before. */
  onAgain: (() => void) | null;
}

const COURSES = [1, 2, 3, 4];

export function DraftList(props: DraftListProps): ReactNode {
  const { draft, lines, covers, change, onAgain } = props;
  const w = useWords();
  const used = COURSES.filter((c) => draft.lines.some((l) => l.course === c));
  const allHeld = draft.lines.length > 0 && draft.lines.every((l) => l.hold);
  return (
    <section className="dlist" aria-label={w.take.listTitle}>
      <div className="dfor">
        <Choice title={w.take.course} none={w.take.courseNone} values={COURSES} value={draft.course} onPick={(course) => change((d) => ({ ...d, course }))} />
        <Choice title={w.take.seat} none={w.take.seatNone} values={Array.from({ length: Math.min(covers, 20) }, (_, i) => i + 1)} value={draft.seat} onPick={(seat) => change((d) => ({ ...d, seat }))} />
      </div>
      <ul className="dlines">
        {lines.map((l) => (
          <Line key={l.line} line={l} {...props} />
        ))}
        {lines.length === 0 && <li className="fempty">{w.take.empty}</li>}
      </ul>
      <div className="dall">
        {onAgain !== null && (
          <button type="button" className="ghost" onClick={onAgain}>
            ↻ {w.take.again}
          </button>
        )}
        {used.map((c) => {
          const held = draft.lines.filter((l) => l.course === c).every((l) => l.hold);
          return (
            <button key={c} type="button" className="ghost" aria-pressed={held} onClick={() => change((d) => holdCourse(d, c, !held))}>
              {w.take.holdCourse(c)}
            </button>
          );
        })}
        {draft.lines.length > 0 && (
          <button type="button" className="ghost" aria-pressed={allHeld} onClick={() => change((d) => ({ ...d, lines: d.lines.map((l) => ({ ...l, hold: !allHeld })) }))}>
            {w.take.holdAll}
          </button>
        )}
        {draft.lines.length > 0 && (
          <input value={draft.note} onChange={(e) => change((d) => ({ ...d, note: e.target.value }))} placeholder={w.take.orderNote} aria-label={w.take.orderNote} maxLength={MAX_NOTE} />
        )}
      </div>
    </section>
  );
}

function Choice({ title, none, values, value, onPick }: { title: string; none: string; values: readonly number[]; value: number | null; onPick: (v: number | null) => void }): ReactNode {
  return (
    <div className="dpick" role="group" aria-label={title}>
      <span className="muted">{title}</span>
      <div>
        <button type="button" className="ghost" aria-pressed={value === null} onClick={() => onPick(null)}>
          {none}
        </button>
        {values.map((v) => (
          <button key={v} type="button" className="ghost tnum" aria-pressed={value === v} onClick={() => onPick(value === v ? null : v)}>
            {v}
          </button>
        ))}
      </div>
    </div>
  );
}

function Line({ line, menu, problems, currency, covers, current, setCurrent, change, onOptions }: DraftListProps & { line: PricedLine }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const row = useRef<HTMLLIElement>(null);
  const dish = menu.dishes.find((d) => d.id === line.dish);
  const open = current === line.line;
  const problem = problems.get(line.line) ?? null;
  useEffect(() => {
    if (open) row.current?.scrollIntoView({ block: "nearest" });
  }, [open, line.quantity]);
  const set = (part: Partial<Omit<DraftLine, "line">>): void => change((d) => setLine(d, line.line, part));
  const amount: Minor = line.amount;
  return (
    <li ref={row} className={`dline${open ? " dline-open" : ""}${problem !== null ? " dline-bad" : ""}`} data-line={line.line}>
      <button type="button" className="dhead" aria-expanded={open} onClick={() => setCurrent(open ? null : line.line)}>
        <b className="tnum dqty">{line.quantity}×</b>
        <span className="dname">
          <b>{dish === undefined ? line.dish : say(dish.name, lang)}</b>
          <small>
            {dish !== undefined &&
              choiceWords(dish, line, menu, lang).map((x, i) => (
                <span key={i} className={x.avoid ? "lavoid" : ""}>
                  {x.avoid && <NoEntry />}
                  {x.text}
                </span>
              ))}
            {line.note !== null && <span className="lnote">{line.note}</span>}
            {line.course !== null && <span className="chip chip-plain">{w.lines.course(line.course)}</span>}
            {line.seat !== null && <span className="chip chip-plain">{w.lines.seat(line.seat)}</span>}
            {line.hold && <span className="chip state-held">{w.take.hold}</span>}
            {problem !== null && <span className="chip chip-bad">{w.take.problems[problem]}</span>}
          </small>
        </span>
        <span className="tnum dmoney">{money(amount, currency)}</span>
      </button>
      {open && (
        <div className="dedit">
          <div className="drow">
            <Stepper value={line.quantity} least={0} most={MAX_QUANTITY} onSet={(n) => change((d) => setQuantity(d, line.line, n))} />
            {[2, 3, 4, 6, 10].map((n) => (
              <button key={n} type="button" className="ghost dnum tnum" aria-pressed={line.quantity === n} onClick={() => change((d) => setQuantity(d, line.line, n))}>
                {n}
              </button>
            ))}
          </div>
          <div className="drow">
            {dish !== undefined && (dish.groups.length > 0 || dish.set_groups.length > 0 || dish.variants.length > 1 || dish.charge === "weight") && (
              <button type="button" className="primary" onClick={() => onOptions(line)}>
                {w.take.options}
              </button>
            )}
            <button type="button" className="ghost" aria-pressed={line.hold} onClick={() => set({ hold: !line.hold })}>
              {w.take.hold}
            </button>
            <button type="button" className="ghost ddel" onClick={() => change((d) => setQuantity(d, line.line, 0))}>
              {w.take.remove}
            </button>
          </div>
          <Choice title={w.take.course} none={w.take.courseNone} values={COURSES} value={line.course} onPick={(course) => set({ course })} />
          <Choice title={w.take.seat} none={w.take.seatNone} values={Array.from({ length: Math.min(covers, 20) }, (_, i) => i + 1)} value={line.seat} onPick={(seat) => set({ seat })} />
          <div className="drow dnotes">
            {w.take.quickNotes.map((n) => {
              const on = (line.note ?? "").split("；").includes(n);
              return (
                <button key={n} type="button" className="ghost" aria-pressed={on} onClick={() => set({ note: toggleNote(line.note, n) })}>
                  {n}
                </button>
              );
            })}
          </div>
          <input value={line.note ?? ""} onChange={(e) => set({ note: e.target.value === "" ? null : e.target.value })} placeholder={w.take.note} aria-label={w.take.note} maxLength={MAX_NOTE} />
        </div>
      )}
    </li>
  );
}

/** A quick note goes on and off by itself, beside whatever else is written. */
export function toggleNote(note: string | null, word: string): string | null {
  const parts = (note ?? "").split("；").filter((p) => p !== "");
  const next = parts.includes(word) ? parts.filter((p) => p !== word) : [...parts, word];
  const text = next.join("；");
  return text === "" || Array.from(text).length > MAX_NOTE ? (text === "" ? null : note) : text;
}
