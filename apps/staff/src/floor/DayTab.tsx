/** The business day: its figures so far, what would have to be signed for and where each is mended, and the signature that ends it. */
import type { DaySummary, DayView, Problem, Unmatched } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { usePrint } from "../manage/usePrint";
import { useAsked } from "../money/useAsked";
import { problemText, useApi } from "../net/hooks";
import { wasDiscarded } from "../net/outbox";
import { DayFigures } from "../shift/DayFigures";
import { OpenItems } from "../shift/OpenItems";
import "../shift/shift.css";
import { SignSheet } from "../shift/SignSheet";
import { itemsOf, type Item, type Place, type Seated } from "../shift/unmatched";
import { clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import type { FloorContext } from "./FloorPage";
import { may } from "./view";

interface Expo { tables: { session: string; tables: string; courses: { lines: Seated["lines"] }[] }[] }

export function DayTab({ context, goTo }: { context: FloorContext; goTo: (place: Place) => void }): ReactNode {
  const w = useWords();
  const { day } = context.view;
  if (!may(context.role, "day"))
    return (
      <div className="day">
        <h2>{day === null ? w.floor.dayClosed : w.floor.day(day.number)}</h2>
        {day !== null && <p className="muted">{w.floor.dayOpenedAt(clockTime(day.opened_at, context.utcOffsetMin))}</p>}
        <p className="muted">{w.floor.managerOnly}</p>
      </div>
    );
  return <Day context={context} goTo={goTo} />;
}

const unmatchedOf = (problem: Problem): Unmatched[] => (problem as Problem & { unmatched?: Unmatched[] }).unmatched ?? [];

function Day({ context, goTo }: { context: FloorContext; goTo: (place: Place) => void }): ReactNode {
  const w = useWords();
  const api = useApi();
  const { day, house } = context.view;
  const stamp = [day, house.shifts, house.nods.length];
  const asked = useAsked<DayView>("/day", stamp);
  // Names the dishes that are still open, and the tables they are for.
  const expo = useAsked<Expo>("/expo", stamp);
  const [busy, setBusy] = useState(false);
  /** What the server listed when the close was tried: newer than the last reading. */
  const [listed, setListed] = useState<Unmatched[] | null>(null);
  const [signing, setSigning] = useState(false);
  const lock = useRef(false);
  const go = async (verb: "open" | "close", body: object): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const outcome = await api.outbox.send("day", `/day/${verb}`, body);
    lock.current = false;
    setBusy(false);
    asked.reload();
    if (!outcome.ok && outcome.problem.code === "day_unmatched") return setListed(unmatchedOf(outcome.problem));
    setSigning(false);
    setListed(null);
    if (!outcome.ok && !wasDiscarded(outcome.problem)) notify(`${w.floor.refused}${w.colon}${problemText(outcome.problem)}`);
  };
  const seated: Seated[] = (expo.value?.tables ?? []).map((t) => ({ session: t.session, tables: t.tables, lines: t.courses.flatMap((c) => c.lines) }));
  const parties = context.view.tables.flatMap((t) => t.sessions.map((s) => ({ session: s.id, tables: s.tables || t.name, lines: [] })));
  const known = [...seated, ...parties.filter((p) => !seated.some((s) => s.session === p.session))];
  const items: Item[] = itemsOf(listed ?? asked.value?.open ?? [], known, house.nods);
  const value = asked.value;
  return (
    <div className="dayscroll">
      {asked.failed && <p className="warnline">{w.day.failed}</p>}
      <header className="dayhead">
        <div>
          <h2>{day === null ? w.floor.dayClosed : w.floor.day(day.number)}</h2>
          <p className="muted">{day === null ? w.floor.dayClosedHint : w.floor.dayOpenedAt(clockTime(day.opened_at, context.utcOffsetMin))}</p>
        </div>
        {day === null ? (
          <button type="button" className="primary big" disabled={busy} onClick={() => void go("open", {})}>
            {busy ? w.sending : w.floor.openDay}
          </button>
        ) : (
          <button type="button" className="danger big" disabled={busy || value === null} onClick={() => setSigning(true)}>
            {items.length === 0 ? w.day.close : w.day.closeAnyway}
          </button>
        )}
      </header>
      {value === null && !asked.failed && <p className="fempty">{w.loading}</p>}
      {value !== null && (
        <div className="daycols">
          {day !== null && (
            <section>
              <h2>{w.day.openTitle}</h2>
              <OpenItems items={items} currency={context.currency} goTo={goTo} />
            </section>
          )}
          {day !== null && value.summary !== null && (
            <section>
              <h2>{w.day.so}</h2>
              <DayFigures sum={value.summary} currency={context.currency} />
            </section>
          )}
          {value.last !== null && <LastDay sum={value.last} context={context} folded={day !== null} />}
        </div>
      )}
      {signing && day !== null && (
        <SignSheet
          number={day.number}
          items={items}
          currency={context.currency}
          busy={busy}
          onSign={() => void go("close", { accept_unmatched: items.length > 0 })}
          onClose={() => {
            setSigning(false);
            setListed(null);
          }}
        />
      )}
    </div>
  );
}

/** Beside an open day folded away; on a closed one it is what people come for. */
function LastDay({ sum, context, folded }: { sum: DaySummary; context: FloorContext; folded: boolean }): ReactNode {
  const w = useWords();
  const print = usePrint();
  const [busy, setBusy] = useState(false);
  const go = (): void => {
    setBusy(true);
    void print({ slip: "day", number: sum.number }, w.day.print).then(() => setBusy(false));
  };
  const title = (
    <>
      {w.day.last(sum.number)} <small className="muted tnum">{w.day.lastClosed(clockTime(sum.closed_at, context.utcOffsetMin))}</small>
    </>
  );
  const body = (
    <>
      <p className={sum.unmatched === 0 ? "allgood" : "warnline"}>
        {sum.unmatched === 0 && "✓ "}
        {w.day.unmatchedSigned(sum.unmatched)}
      </p>
      <DayFigures sum={sum} currency={context.currency} />
      <button type="button" className="ghost big" disabled={busy} onClick={go}>
        {busy ? w.sending : w.day.print}
      </button>
    </>
  );
  if (!folded)
    return (
      <section>
        <h2>{title}</h2>
        {body}
      </section>
    );
  return (
    <details className="lastday">
      <summary>{title}</summary>
      {body}
    </details>
  );
}
