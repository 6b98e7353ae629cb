/** Shifts: one's own drawer from its float to the blind count, and everybody's for managers. */
import type { CashMove, Id, Ms, ShiftView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { nameOf, usePeople } from "../approve/people";
import { useSettings } from "../device/settings";
import type { FloorContext } from "../floor/FloorPage";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { usePrint } from "../manage/usePrint";
import { useAsked } from "../money/useAsked";
import { clockTime, money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import { CashSheet } from "./CashSheet";
import { CloseSheet } from "./CloseSheet";
import type { Currency } from "./count";
import { OverNote, Rows, Ways, type FigureRow } from "./Figures";
import { OpenSheet } from "./OpenSheet";
import "./shift.css";
import { lastFloat, listed, mine } from "./shifts";

type Doing = { kind: "open" } | { kind: "in" | "out" | "close"; shift: Id } | { kind: "see"; shift: ShiftView } | null;

export function ShiftTab({ context }: { context: FloorContext }): ReactNode {
  const w = useWords();
  const { currency, utcOffsetMin, role, view } = context;
  const me = useSettings().staff?.card.id ?? "";
  const asked = useAsked<ShiftView[]>("/shifts", view.house.shifts);
  const [doing, setDoing] = useState<Doing>(null);
  if (!may(role, "collect")) return <p className="fempty">{w.shift.collectOnly}</p>;
  const shifts = listed(asked.value ?? []);
  const own = mine(shifts, me);
  const over = (): void => {
    setDoing(null);
    asked.reload();
  };
  const others = shifts.filter((s) => s !== own);
  return (
    <div className="shifts">
      {asked.failed && <p className="warnline">{w.day.failed}</p>}
      {asked.value === null ? (
        !asked.failed && <p className="fempty">{w.loading}</p>
      ) : (
        <>
          {own === null ? <NoShift onOpen={() => setDoing({ kind: "open" })} /> : <OpenShift shift={own} currency={currency} utcOffsetMin={utcOffsetMin} onDo={(kind) => setDoing({ kind, shift: own.shift })} />}
          <section>
            <h2>{may(role, "day") ? w.shift.list : w.shift.listOwn}</h2>
            {others.length === 0 && <p className="muted">{own === null ? w.shift.noShifts : w.shift.noOthers}</p>}
            <ul className="shiftlist">
              {others.map((s) => (
                <ShiftRow key={s.shift} shift={s} currency={currency} utcOffsetMin={utcOffsetMin} onSee={() => setDoing({ kind: "see", shift: s })} onDo={(kind) => setDoing({ kind, shift: s.shift })} />
              ))}
            </ul>
          </section>
        </>
      )}
      {doing?.kind === "open" && <OpenSheet currency={currency} last={lastFloat(shifts)} onClose={over} />}
      {(doing?.kind === "in" || doing?.kind === "out") && <CashSheet shift={doing.shift} direction={doing.kind} currency={currency} onDone={over} />}
      {doing?.kind === "close" && (
        <CloseSheet
          shift={doing.shift}
          currency={currency}
          onClose={over}
          onClosed={(shift) => {
            asked.reload();
            setDoing({ kind: "see", shift });
          }}
        />
      )}
      {doing?.kind === "see" && <Result shift={doing.shift} currency={currency} utcOffsetMin={utcOffsetMin} onClose={over} />}
    </div>
  );
}

function NoShift({ onOpen }: { onOpen: () => void }): ReactNode {
  const w = useWords();
  return (
    <section className="shiftcard">
      <h2>{w.shift.none}</h2>
      <p className="muted">{w.shift.noneHint}</p>
      <button type="button" className="primary big" onClick={onOpen}>
        {w.shift.openTitle}
      </button>
    </section>
  );
}

function OpenShift({ shift, currency, utcOffsetMin, onDo }: { shift: ShiftView; currency: Currency; utcOffsetMin: number; onDo: (kind: "in" | "out" | "close") => void }): ReactNode {
  const w = useWords();
  const print = usePrint();
  const [busy, setBusy] = useState(false);
  const drawer = (): void => {
    setBusy(true);
    void print({ slip: "drawer", shift: shift.shift }, w.shift.drawer).then(() => setBusy(false));
  };
  return (
    <section className="shiftcard">
      <div className="shifthead">
        <h2>{w.shift.mine}</h2>
        <span className="muted tnum">{w.shift.since(clockTime(shift.opened_at, utcOffsetMin), shift.till)}</span>
      </div>
      <p className="tnum shiftfloat">
        {w.shift.float} <b>{money(shift.float, currency)}</b>
      </p>
      <Moves moves={shift.moves} currency={currency} utcOffsetMin={utcOffsetMin} />
      <div className="shiftacts">
        <button type="button" onClick={() => onDo("in")}>
          {w.shift.cashIn}
        </button>
        <button type="button" onClick={() => onDo("out")}>
          {w.shift.cashOut}
        </button>
        <button type="button" disabled={busy} onClick={drawer}>
          {busy ? w.sending : w.shift.drawer}
        </button>
        <button type="button" className="primary big" onClick={() => onDo("close")}>
          {w.shift.count}
        </button>
      </div>
    </section>
  );
}

function Moves({ moves, currency, utcOffsetMin }: { moves: readonly CashMove[]; currency: Currency; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const people = usePeople();
  if (moves.length === 0) return <p className="muted">{w.shift.noMoves}</p>;
  return (
    <ul className="moves" aria-label={w.shift.moves}>
      {moves.map((m) => (
        <li key={m.entry}>
          <time className="muted tnum">{clockTime(m.at, utcOffsetMin)}</time>
          <span>
            {m.direction === "in" ? w.shift.movedIn : w.shift.movedOut} · {m.reason}
            {m.approved_by !== null && m.approved_by !== undefined && <small className="muted"> {w.shift.approvedBy(nameOf(people, m.approved_by))}</small>}
          </span>
          <b className="tnum">{money(m.direction === "in" ? m.amount : -m.amount, currency)}</b>
        </li>
      ))}
    </ul>
  );
}

function ShiftRow({ shift, currency, utcOffsetMin, onSee, onDo }: { shift: ShiftView; currency: Currency; utcOffsetMin: number; onSee: () => void; onDo: (kind: "close") => void }): ReactNode {
  const w = useWords();
  const time = (at: Ms): string => clockTime(at, utcOffsetMin);
  return (
    <li className="shiftrow">
      <div>
        <b>{shift.by_name}</b> <span className="muted">{shift.till}</span>
        <small className="muted tnum">
          {time(shift.opened_at)}–{shift.closed === null ? w.shift.open : time(shift.closed.at)} · {w.shift.float} {money(shift.float, currency)}
        </small>
      </div>
      {shift.closed === null ? <span className="chip chip-warn">{w.shift.open}</span> : <OverNote over={shift.closed.over} currency={currency} />}
      {shift.closed === null ? (
        <button type="button" className="ghost" onClick={() => onDo("close")}>
          {w.shift.count}
        </button>
      ) : (
        <button type="button" className="ghost" onClick={onSee}>
          {w.shift.details}
        </button>
      )}
    </li>
  );
}

/** Shown only of a closed shift: over or short, then where its money came from. */
function Result({ shift, currency, utcOffsetMin, onClose }: { shift: ShiftView; currency: Currency; utcOffsetMin: number; onClose: () => void }): ReactNode {
  const w = useWords();
  const print = usePrint();
  const [busy, setBusy] = useState(false);
  const { closed } = shift;
  if (closed === null) return null;
  const f = closed.figures;
  const m = (n: number): string => money(n, currency);
  const some = (name: string, n: number, part = false): FigureRow[] => (n === 0 ? [] : [{ name, value: m(n), part }]);
  const rows: FigureRow[] = [
    { name: w.shift.counted, value: m(closed.counted), loud: true },
    { name: w.shift.expected, value: m(f.expected), loud: true },
    { name: w.shift.float, value: m(shift.float) },
    ...some(w.shift.movedIn, f.moved_in),
    ...some(w.shift.movedOut, f.moved_out),
    ...some(w.shift.tips, f.tips),
    ...some(w.shift.roundedOff, f.rounded_off),
    ...some(w.shift.accountCash, f.account_cash),
  ];
  const go = (): void => {
    setBusy(true);
    void print({ slip: "shift", shift: shift.shift }, w.shift.print).then(() => setBusy(false));
  };
  return (
    <Sheet title={`${shift.by_name} · ${shift.till}`} onClose={onClose}>
      <p className="muted tnum">{w.shift.closed(clockTime(closed.at, utcOffsetMin))}</p>
      <OverNote over={closed.over} currency={currency} />
      <Rows rows={rows} />
      <h3>{w.shift.figures}</h3>
      <Ways taken={f.taken} back={f.given_back} currency={currency} />
      <Moves moves={shift.moves} currency={currency} utcOffsetMin={utcOffsetMin} />
      <button type="button" className="primary big" disabled={busy} onClick={go}>
        {busy ? w.sending : w.shift.print}
      </button>
    </Sheet>
  );
}
