/** One ticket, or one card of a ticket too tall for a column: header with its worst age, voids first, then what is to cook. */
import type { ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { wholeMinutes } from "../ui/labels";
import { NoEntry, Warn } from "../ui/parts";
import { ageMinutes, ageOf, isAllergyNote, isRushing, itemName, nextVerb, tellsAllergens, worstAge, type Verb } from "./board";
import { FOOT_PX, type Part } from "./split";
import type { ChosenOption, Ticket, TicketItem } from "./types";
import type { Tap, Taps } from "./useTaps";

type ItemRef = (element: HTMLElement | null) => (() => void) | undefined;
type Act = (ticket: Ticket, items: TicketItem[], verb: Verb) => void;

export function TicketCard(p: { b: Part; now: number; twoStep: boolean; stationName: string | null; taps: Taps; act: Act; itemRef: ItemRef }): ReactNode {
  const w = useWords();
  const { b, now } = p;
  const { ticket } = b;
  const age = worstAge(b.whole.cook, now);
  const cut = b.parts > 1;
  const rushed = b.why === "rushed";
  return (
    <article className={`ticket age-${age}${rushed ? " ticket-rushed" : ""}`} data-ticket={ticket.id} data-rushing={b.rushing} data-tight={b.tight || undefined} aria-label={`${b.title} ${b.subtitle}${cut ? ` ${b.part}/${b.parts}` : ""}`}>
      <header>
        <div className="thead">
          <div className="trow">
            <b className="ttitle">{b.title}</b>
            {b.addOn && <span className="addon">{w.kitchen.addOn}</span>}
            <span className="tage">
              <b>{w.kitchen.ages[age]}</b>
              <span className="tnum">{w.minutes(wholeMinutes(ticket.fired_at, now))}</span>
            </span>
          </div>
          <div className="trow tsub">
            <span>
              {b.subtitle} · {w.kitchen.covers(ticket.covers)}
              {b.addOn && ` · ${w.kitchen.round(ticket.round)}`}
              {b.doneCount > 0 && ` · ${w.kitchen.doneShort(b.doneCount)}`}
            </span>
            {p.stationName !== null && <span className="tstation">{p.stationName}</span>}
          </div>
        </div>
        {b.cook.length > 1 && (
          <button type="button" className="tall" onClick={() => p.act(ticket, b.cook, "ready")}>
            {cut ? w.kitchen.theseReady(b.cook.length) : w.kitchen.allReady(b.cook.length)}
          </button>
        )}
      </header>
      {cut && <p className="tpart tnum">{w.kitchen.partOf(b.part, b.parts)}</p>}
      {ticket.note !== null && <Note text={ticket.note} label={w.kitchen.ticketNote} />}
      {b.voids.map((item) => (
        <VoidRow key={item.key} item={item} tap={p.taps.of(item.key)} onPress={() => p.act(ticket, [item], "acknowledge-void")} />
      ))}
      {b.cook.map((item) => (
        <CookRow key={item.key} item={item} ticket={ticket} now={now} twoStep={p.twoStep} tap={p.taps.of(item.key)} act={p.act} itemRef={p.itemRef} />
      ))}
      {b.later > 0 && (
        <p className="tcont" style={{ height: FOOT_PX }}>
          {w.kitchen.continues(b.later)}
        </p>
      )}
    </article>
  );
}

function CookRow({ item, ticket, now, twoStep, tap, act, itemRef }: { item: TicketItem; ticket: Ticket; now: number; twoStep: boolean; tap: Tap | null; act: Act; itemRef: ItemRef }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const age = ageOf(item, now);
  const verb = nextVerb(item, twoStep) ?? "ready";
  return (
    <div ref={itemRef} data-item={item.key} className={`item age-${age}${tap !== null ? " item-waiting" : ""}`}>
      {isRushing(item) && (
        <button type="button" className="rush" disabled={tap?.verb === "answer-rush"} onClick={() => act(ticket, [item], "answer-rush")}>
          <Warn />
          <b>{w.kitchen.rush(item.rushed)}</b>
          <span>{tap?.verb === "answer-rush" ? pendingText(tap, w.sending, w.undeliveredWord) : w.kitchen.answerRush}</span>
        </button>
      )}
      <div className="irow">
        <div className="ileft">
          <Description item={item} />
          <div className="ifoot">
            <span className="iage tnum">{w.kitchen.ageText[age](ageMinutes(item, ticket.fired_at, now))}</span>
            {item.state === "started" && <span className="istarted">{w.kitchen.started}</span>}
            {item.state === "sent" && <span className="inew">{w.kitchen.unseen}</span>}
            {item.rushed > 0 && item.rush_answered && <span className="irushed">{w.kitchen.rushAnswered(item.rushed)}</span>}
          </div>
        </div>
        <button type="button" className={`step step-${verb}`} disabled={tap !== null && tap.verb !== "answer-rush"} onClick={() => act(ticket, [item], verb)} aria-label={`${verb === "start" ? w.kitchen.start : w.kitchen.ready} ${itemName(item, lang)}`}>
          {tap !== null && tap.verb !== "answer-rush" ? pendingText(tap, w.sending, w.undeliveredWord) : verb === "start" ? w.kitchen.start : w.kitchen.ready}
        </button>
      </div>
    </div>
  );
}

function VoidRow({ item, tap, onPress }: { item: TicketItem; tap: Tap | null; onPress: () => void }): ReactNode {
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

const pendingText = (tap: Tap, sending: string, undelivered: string): string => (tap.undelivered ? undelivered : sending);

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
