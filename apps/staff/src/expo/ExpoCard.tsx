/** One party on the expediter's board: its courses, what is on the pass, what is missing, what waits to be fired. */
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import type { ExpoItem, ExpoLine, ExpoTable } from "../kitchen/types";
import { wholeMinutes } from "../ui/labels";
import { Warn } from "../ui/parts";
import { readyItems, standingOf, type CourseCard, type TableCard } from "./view";

export interface ExpoActs {
  busy: (lane: string) => "sending" | "undelivered" | null;
  serve: (table: ExpoTable, items: ExpoItem[]) => void;
  fire: (table: ExpoTable, lines: ExpoLine[]) => void;
  rush: (table: ExpoTable, line: ExpoLine) => void;
  again: (table: ExpoTable, line: ExpoLine) => void;
}

interface Shown {
  table: ExpoTable;
  now: number;
  nameOf: (id: string) => string;
  acts: ExpoActs;
}

export function ExpoCard({ card, now, nameOf, acts }: { card: TableCard; now: number; nameOf: (id: string) => string; acts: ExpoActs }): ReactNode {
  const w = useWords();
  const { table } = card;
  const tone = card.complete > 0 ? "complete" : card.overdue > 0 ? "overdue" : "waiting";
  return (
    <article className={`ticket etable etable-${tone}`} data-ticket={table.session} data-rushing={card.rushed > 0} aria-label={card.title}>
      <header>
        <b className="ttitle">{card.title}</b>
        {table.vip && <span className="tvip">{w.ticket.vip}</span>}
        <span className="tage">
          {card.overdue > 0 && <b className="chip">{w.kitchen.overdue(card.overdue)}</b>}
          {card.rushed > 0 && <b className="chip">{w.kitchen.rushed(card.rushed)}</b>}
          <span className="tnum">
            {card.title !== table.tables && `${table.tables} · `}
            {w.kitchen.covers(table.covers)} · {w.minutes(wholeMinutes(table.opened_at, now))}
          </span>
        </span>
      </header>
      {card.courses.map((c) => (
        <Course key={c.course ?? "none"} c={c} table={table} now={now} nameOf={nameOf} acts={acts} alone={card.courses.length === 1 && c.course === null} />
      ))}
    </article>
  );
}

function Course({ c, table, now, nameOf, acts, alone }: Shown & { c: CourseCard; alone: boolean }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const fired = c.all - (c.held?.lines.length ?? 0);
  return (
    <section className={`ecourse ecourse-${c.state}`}>
      <div className="ehead">
        {!alone && <b>{c.course === null ? w.expo.noCourse : w.expo.course(c.course)}</b>}
        {c.state === "complete" ? <b className="edone">✓ {w.expo.isComplete}</b> : fired > 0 && <span className="tnum">{w.expo.progress(c.ready, c.all)}</span>}
      </div>
      {c.missing.length > 0 && (
        <p className="emissing">
          <b>{w.expo.missing}</b>{" "}
          {c.missing.map((m) => (
            <span key={m.station}>
              {nameOf(m.station)} {m.names.map((i) => `${say(i.name, lang)}${i.quantity > 1 ? `×${i.quantity}` : ""}`).join(lang === "zh" ? "、" : ", ")}
            </span>
          ))}
        </p>
      )}
      {c.lines.map((line) => (
        <Line key={line.line} line={line} table={table} now={now} nameOf={nameOf} acts={acts} />
      ))}
      {c.toServe.length > 1 && (
        <button type="button" className={c.state === "complete" ? "eserve eserve-all" : "eserve"} onClick={() => acts.serve(table, c.toServe)}>
          {c.state === "complete" ? w.expo.serveAll(c.toServe.length) : w.expo.serveReady(c.toServe.length)}
        </button>
      )}
      {c.held !== null && (
        <div className="eheld">
          <span>{w.expo.held[c.held.why]}</span>
          <Sent lane={`fire:${table.session}`} acts={acts}>
            <button type="button" className="efire" onClick={() => c.held !== null && acts.fire(table, c.held.lines)}>
              {w.expo.fire(c.held.lines.length)}
            </button>
          </Sent>
        </div>
      )}
    </section>
  );
}

function Line({ line, table, now, acts }: Shown & { line: ExpoLine }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const standing = standingOf(line);
  const late = standing === "cooking" && line.overdue_at !== null && now >= line.overdue_at;
  const lane = line.items.map((i) => `item:${i.key}`).find((l) => acts.busy(l) !== null) ?? `line:${line.line}`;
  return (
    <div className={`eline eline-${standing}${late ? " eline-late" : ""}`}>
      <div className="ewhat">
        <span className="ename">
          <i className={`emark emark-${standing}`} aria-hidden>
            {standing === "ready" ? "✓" : standing === "held" ? "Ⅱ" : "…"}
          </i>
          {line.quantity > 1 && <b className="iqty iqty-many tnum">{line.quantity}</b>}
          <b>
            {say(line.name, lang)}
            {line.variant !== null && <em> {say(line.variant, lang)}</em>}
          </b>
        </span>
        <small>
          <span>{w.expo.states[line.state]}</span>
          {late && line.overdue_at !== null && <b className="elate">{w.expo.overdue(wholeMinutes(line.overdue_at, now))}</b>}
          {standing === "cooking" && !late && line.due_at !== null && <span className="tnum">{w.expo.due(Math.ceil((line.due_at - now) / 60_000))}</span>}
          {line.seat !== null && <span>{w.ticket.seat(line.seat)}</span>}
          {line.rushed > 0 && (
            <b className="irushed">
              <Warn /> {w.expo.rushed(line.rushed)}
            </b>
          )}
          {line.remakes > 0 && <b className="imark-again imark">{w.expo.remakes(line.remakes)}</b>}
          {line.options.map((o) => say(o.name, lang)).join(" · ")}
          {line.note !== null && <span>“{line.note}”</span>}
        </small>
      </div>
      <Sent lane={lane} acts={acts}>
        {standing === "ready" && (
          <button type="button" className="step-ready" onClick={() => acts.serve(table, readyItems(line))}>
            {w.expo.serve}
          </button>
        )}
        {standing === "cooking" && (
          <button type="button" className="ghost" onClick={() => acts.rush(table, line)}>
            {w.expo.rush}
          </button>
        )}
        {(standing === "ready" || line.state === "started" || line.state === "seen") && (
          <button type="button" className="ghost" onClick={() => acts.again(table, line)}>
            {w.expo.remake}
          </button>
        )}
      </Sent>
    </div>
  );
}

/** The buttons, or how far what was pressed is. */
function Sent({ lane, acts, children }: { lane: string; acts: ExpoActs; children: ReactNode }): ReactNode {
  const w = useWords();
  const busy = acts.busy(lane);
  return <div className="eacts">{busy === null ? children : <span className="muted">{busy === "undelivered" ? w.undeliveredWord : w.sending}</span>}</div>;
}
