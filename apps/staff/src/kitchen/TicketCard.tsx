/** One ticket, or one card of a ticket too tall for a column: header with its worst age, voids first, then what is to cook. */
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { wholeMinutes } from "../ui/labels";
import { NoEntry, Warn } from "../ui/parts";
import { ageMinutes, ageOf, elsewhereOf, isAllergyNote, isEscalated, isRushing, itemName, nextVerb, rankReasons, tellsAllergens, worstAge, type Move, type Verb } from "./board";
import { FOOT_PX, type Part } from "./split";
import type { ChosenOption, FloorStation, Ticket, TicketItem } from "./types";
import type { Tap, Taps } from "./useTaps";

export type ItemRef = (element: HTMLElement | null) => (() => void) | undefined;
export type Act = (ticket: Ticket, items: TicketItem[], verb: Verb) => void;

/** What the page knows and every card needs. */
export interface Board {
  now: number;
  twoStep: boolean;
  taps: Taps;
  act: Act;
  /** Dishes of several tickets at once: one tap, one undo. */
  actAll: (pairs: { ticket: Ticket; item: TicketItem }[], verb: Verb) => void;
  itemRef: ItemRef;
  stations: readonly FloorStation[];
  stationName: (id: string) => string;
  /** HH:MM in the store. */
  clock: (at: number) => string;
  onWeigh: (ticket: Ticket, item: TicketItem) => void;
}

export function TicketCard(p: { b: Part; board: Board; showStation: boolean; moved: Move | undefined }): ReactNode {
  const w = useWords();
  const { b, board, moved } = p;
  const { now } = board;
  const { ticket } = b;
  const age = worstAge(b.whole.cook, now);
  const cut = b.parts > 1;
  const rushed = b.why === "rushed";
  return (
    <article className={`ticket age-${age}${rushed ? " ticket-rushed" : ""}${moved === undefined ? "" : " ticket-moved"}`} data-ticket={ticket.id} data-rushing={b.rushing} data-tight={b.tight || undefined} aria-label={`${b.title} ${b.subtitle}${cut ? ` ${b.part}/${b.parts}` : ""}`}>
      <header>
        <div className="thead">
          <div className="krow">
            <b className="ttitle">{b.title}</b>
            {ticket.vip && <span className="tvip">{w.ticket.vip}</span>}
            {b.addOn && <span className="addon">{w.kitchen.addOn}</span>}
            <span className="tage">
              <b>{w.kitchen.ages[age]}</b>
              <span className="tnum">{w.minutes(wholeMinutes(ticket.fired_at, now))}</span>
            </span>
          </div>
          <div className="krow tsub">
            <span>
              {b.subtitle} · {w.kitchen.covers(ticket.covers)}
              {b.addOn && ` · ${w.kitchen.round(ticket.round)}`}
              {b.doneCount > 0 && ` · ${w.kitchen.doneShort(b.doneCount)}`}
            </span>
            {p.showStation && <span className="tstation">{board.stationName(ticket.station)}</span>}
          </div>
          {(b.part === 1 || moved !== undefined) && (
            <div className="trank">
              {moved !== undefined && <b className="tmoved">{w.ticket.moved(moved.before)}</b>}
              {b.part === 1 && <span className="tnum">{rankReasons(ticket, w.ticket.rank, (at) => w.ticket.rankBy(board.clock(at))).join(" · ")}</span>}
            </div>
          )}
        </div>
        {b.cook.length > 1 && (
          <button type="button" className="tall" onClick={() => board.act(ticket, b.cook, "ready")}>
            {cut ? w.kitchen.theseReady(b.cook.length) : w.kitchen.allReady(b.cook.length)}
          </button>
        )}
      </header>
      {cut && <p className="tpart tnum">{w.kitchen.partOf(b.part, b.parts)}</p>}
      {ticket.note !== null && <Note text={ticket.note} label={w.kitchen.ticketNote} />}
      {b.voids.map((item) => (
        <VoidRow key={item.key} item={item} tap={board.taps.of(item.key)} onPress={() => board.act(ticket, [item], "acknowledge-void")} />
      ))}
      {b.cook.map((item) => (
        <CookRow key={item.key} item={item} ticket={ticket} board={board} />
      ))}
      {b.later > 0 && (
        <p className="tcont" style={{ height: FOOT_PX }}>
          {w.kitchen.continues(b.later)}
        </p>
      )}
    </article>
  );
}

function CookRow({ item, ticket, board }: { item: TicketItem; ticket: Ticket; board: Board }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { now, twoStep, act, itemRef } = board;
  const tap = board.taps.of(item.key);
  const age = ageOf(item, now);
  const verb = nextVerb(item, twoStep) ?? "ready";
  return (
    <div ref={itemRef} data-item={item.key} className={`item age-${age}${tap !== null ? " item-waiting" : ""}${isEscalated(item) ? " item-escalated" : ""}`}>
      <RushButton item={item} ticket={ticket} tap={tap} act={act} />
      <div className="irow">
        <div className="ileft">
          <Marks item={item} ticket={ticket} board={board} />
          <Description item={item} />
          <div className="ifoot">
            <span className="iage tnum">{w.kitchen.ageText[age](ageMinutes(item, ticket.fired_at, now))}</span>
            {item.state === "started" && <span className="istarted">{w.kitchen.started}</span>}
            {item.state === "sent" && <span className="inew">{w.kitchen.unseen}</span>}
            {item.rushed > 0 && item.rush_answered && <span className="irushed">{w.kitchen.rushAnswered(item.rushed)}</span>}
          </div>
        </div>
        <div className="isteps">
          {item.needs_weight && (
            <button type="button" className="step step-weigh" onClick={() => board.onWeigh(ticket, item)} aria-label={`${w.ticket.weigh} ${itemName(item, lang)}`}>
              {w.ticket.weigh}
            </button>
          )}
          <button type="button" className={`step step-${verb}`} disabled={tap !== null && tap.verb !== "answer-rush"} onClick={() => act(ticket, [item], verb)} aria-label={`${verb === "start" ? w.kitchen.start : w.kitchen.ready} ${itemName(item, lang)}`}>
          {tap !== null && tap.verb !== "answer-rush" ? pendingText(tap, w.sending, w.undeliveredWord) : verb === "start" ? w.kitchen.start : w.kitchen.ready}
        </button>
        </div>
      </div>
    </div>
  );
}

export function RushButton({ item, ticket, tap, act }: { item: TicketItem; ticket: Ticket; tap: Tap | null; act: Act }): ReactNode {
  const w = useWords();
  if (!isRushing(item)) return null;
  return (
    <button type="button" className="rush" disabled={tap?.verb === "answer-rush"} onClick={() => act(ticket, [item], "answer-rush")}>
      <Warn />
      <b>{w.kitchen.rush(item.rushed)}</b>
      <span>{tap?.verb === "answer-rush" ? pendingText(tap, w.sending, w.undeliveredWord) : w.kitchen.answerRush}</span>
    </button>
  );
}

/** What is special about this very line: cooked again, not seen, another station's, which course, whose seat. */
export function Marks({ item, ticket, board }: { item: TicketItem; ticket: Ticket; board: Pick<Board, "stations" | "stationName"> }): ReactNode {
  const w = useWords();
  const elsewhere = elsewhereOf(item, ticket, board.stations);
  const marks: ReactNode[] = [];
  if (item.remade !== null) marks.push(<b key="again" className="imark imark-again">{w.ticket.remade(w.ticket.causes[item.remade])}</b>);
  if (item.escalated !== null && isEscalated(item)) marks.push(<b key="unseen" className="imark imark-unseen"><Warn /> {w.ticket.escalated[item.escalated]}</b>);
  if (elsewhere !== null) marks.push(<b key="own" className="imark imark-own">{elsewhere === "cooks-for" ? w.ticket.cooksFor(board.stationName(item.own_station)) : w.ticket.notSeenAt(board.stationName(item.own_station))}</b>);
  if (item.course !== null) marks.push(<span key="course" className="imark">{w.ticket.course(item.course)}</span>);
  if (item.seat !== null) marks.push(<span key="seat" className="imark">{w.ticket.seat(item.seat)}</span>);
  return marks.length === 0 ? null : <div className="imarks">{marks}</div>;
}

export function VoidRow({ item, tap, onPress }: { item: TicketItem; tap: Tap | null; onPress: () => void }): ReactNode {
  const w = useWords();
  return (
    <div className="item item-void" data-item={item.key}>
      <div className="irow">
        <div className="void-text">
          <b className="void-word">
            <NoEntry /> {w.kitchen.voided}
          </b>
          <s>
            <Description item={item} />
          </s>
          {item.void_reason !== null && <span className="void-reason">{w.kitchen.voidReason(item.void_reason)}</span>}
        </div>
        <button type="button" className="step step-void" disabled={tap !== null} onClick={onPress}>
          {tap !== null ? pendingText(tap, w.sending, w.undeliveredWord) : w.kitchen.acknowledgeVoid}
        </button>
      </div>
    </div>
  );
}

export const pendingText = (tap: Tap, sending: string, undelivered: string): string => (tap.undelivered ? undelivered : sending);

export function Description({ item }: { item: TicketItem }): ReactNode {
  const w = useWords();
  const lang = useLang();
  return (
    <div className="idesc">
      <div className="iname">
        <b className={item.quantity > 1 ? "iqty iqty-many" : "iqty"}>{item.quantity}</b>
        <span>
          {say(item.name, lang)}
          {item.variant !== null && say(item.variant, lang) !== "" && <em> {say(item.variant, lang)}</em>}
        </span>
      </div>
      {item.weight_g !== null && <div className="iopt">{item.quantity > 1 ? w.kitchen.each(item.weight_g) : w.kitchen.grams(item.weight_g)}</div>}
      {item.of_set !== null && <div className="iset">{w.kitchen.ofSet(say(item.of_set, lang))}</div>}
      {item.options.map((option, i) => (
        <OptionRow key={i} option={option} />
      ))}
      {item.note !== null && <Note text={item.note} label={null} />}
      {tellsAllergens(item) && (
        <div className="iallergens">
          {w.kitchen.contains} {item.allergens.map((a) => w.allergens[a]).join(lang === "zh" ? "、" : ", ")}
        </div>
      )}
    </div>
  );
}

function OptionRow({ option }: { option: ChosenOption }): ReactNode {
  const lang = useLang();
  const text = `${say(option.name, lang)}${option.quantity > 1 ? ` ×${option.quantity}` : ""}`;
  if (option.kind !== "avoid") return <div className="iopt">{text}</div>;
  return (
    <div className="iavoid">
      <NoEntry /> {text}
    </div>
  );
}

function Note({ text, label }: { text: string; label: string | null }): ReactNode {
  const w = useWords();
  const allergy = isAllergyNote(text);
  return (
    <div className={allergy ? "inote inote-allergy" : "inote"}>
      {allergy ? <NoEntry /> : null}
      <span>
        {(label !== null || allergy) && <b>
            {allergy ? w.kitchen.allergy : label}
            {w.colon}
          </b>}
        {text}
      </span>
    </div>
  );
}
