/** The inbox of money (异常): open cases by their clock, payments nobody announced, and what was settled lately. */
import type { CaseView, Inbox } from "@dandan/client";
import { useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { useWords } from "../i18n";
import { clockTime, money } from "../ui/labels";
import { isPaid, keyOf } from "../voice/said";
import type { Voice } from "../voice/useVoice";
import { CaseSheet } from "./CaseSheet";
import { clockOf, openCases, settledCases } from "./view";

export interface CasesProps {
  inbox: Inbox;
  context: FloorContext;
  nameOf: (id: string) => string;
  voice: Voice;
  reload: () => void;
}

export function Cases({ inbox, context, nameOf, voice, reload }: CasesProps): ReactNode {
  const w = useWords();
  const [picked, setPicked] = useState<string | null>(null);
  const open = openCases(inbox.cases);
  const settled = settledCases(inbox.cases).slice(0, 20);
  const shown = inbox.cases.find((c) => c.case === picked);
  return (
    <div className="money-list">
      {open.length === 0 && (
        <div className="money-none">
          <h3>{w.money.noCases}</h3>
          <p className="muted">{w.money.noCasesHint}</p>
        </div>
      )}
      <ul className="cases">
        {open.map((c) => (
          <CaseRow key={c.case} view={c} context={context} nameOf={nameOf} onPick={() => setPicked(c.case)} />
        ))}
      </ul>
      {inbox.unsaid.length > 0 && (
        <section>
          <h3>{w.money.unsaid}</h3>
          <p className="muted">{w.money.unsaidHint}</p>
          <ul className="trows">
            {inbox.unsaid.filter(isPaid).map((a) => (
              <li key={keyOf(a)} className="trow">
                <span className="trow-what">
                  <b>{w.ways[a.said.way]}</b>
                  <small className="tnum">
                    {clockTime(a.at, context.utcOffsetMin)} · {a.table_name}
                  </small>
                </span>
                <span className="tnum">{money(a.said.amount + a.said.tip, context.currency)}</span>
                <button type="button" className="ghost" disabled={voice.state !== "on" && voice.state !== "locked"} onClick={() => voice.replay(a)}>
                  {w.voice.replay}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {settled.length > 0 && (
        <section>
          <h3>{w.money.settledCases}</h3>
          <ul className="cases">
            {settled.map((c) => (
              <CaseRow key={c.case} view={c} context={context} nameOf={nameOf} onPick={() => setPicked(c.case)} />
            ))}
          </ul>
        </section>
      )}
      {shown !== undefined && <CaseSheet view={shown} context={context} nameOf={nameOf} reload={reload} onClose={() => setPicked(null)} />}
    </div>
  );
}

function CaseRow({ view, context, nameOf, onPick }: { view: CaseView; context: FloorContext; nameOf: (id: string) => string; onPick: () => void }): ReactNode {
  const w = useWords();
  const clock = clockOf(view, context.now);
  const settled = view.resolved_at !== null;
  return (
    <li>
      <button type="button" className={`case${!settled && clock.kind === "over" ? " case-over" : ""}${settled ? " case-settled" : ""}`} onClick={onPick}>
        <b className="case-kind">{w.money.kinds[view.kind]}</b>
        <span className="case-sum tnum">{view.amount === null ? "" : money(view.amount, context.currency)}</span>
        <span className="case-what">
          {view.table !== null && <span className="chip">{view.table}</span>}
          {view.way !== null && <span>{w.ways[view.way]}</span>}
          <span className="muted">{settled ? `${view.how ?? ""}` : view.owner === null ? w.money.nobody : w.money.owner(nameOf(view.owner))}</span>
        </span>
        <span className="case-clock tnum">
          {settled ? w.money.at(clockTime(view.resolved_at ?? 0, context.utcOffsetMin)) : clock.kind === "over" ? w.money.overdueBy(clock.minutes) : w.money.dueIn(clock.minutes)}
        </span>
      </button>
    </li>
  );
}
