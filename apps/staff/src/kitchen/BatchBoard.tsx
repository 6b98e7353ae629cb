/** The board by dish (同菜合并): how many of what, for which tables; start or finish all of it or only some tables. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { wholeMinutes } from "../ui/labels";
import { Pages, useColumns } from "./Pages";
import { Description, Marks, RushButton, VoidRow, pendingText, type Board } from "./TicketCard";
import { chosenParts, portions, type Batch, type BatchPart } from "./batch";
import { ageOf, isEscalated, type BoardTicket, type Verb } from "./board";

export function BatchBoard({ batches, tickets, board, empty }: { batches: Batch[]; tickets: BoardTicket[]; board: Board; empty: ReactNode }): ReactNode {
  const w = useWords();
  const columns = useColumns();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string): void => setChosen((old) => (old.has(key) ? new Set([...old].filter((k) => k !== key)) : new Set([...old, key])));
  const voided = tickets.filter((t) => t.voids.length > 0);
  return (
    <Pages fit={columns} more={w.batch.more} fewer={w.batch.fewer} empty={batches.length + voided.length === 0 ? empty : null}>
      {voided.map((t) => (
        <article key={t.ticket.id} className="ticket batch" data-ticket={t.ticket.id}>
          <header>
            <b className="ttitle">{t.title}</b>
          </header>
          {t.voids.map((item) => (
            <VoidRow key={item.key} item={item} tap={board.taps.of(item.key)} onPress={() => board.act(t.ticket, [item], "acknowledge-void")} />
          ))}
        </article>
      ))}
      {batches.map((b) => (
        <BatchCard key={b.key} batch={b} board={board} chosen={chosen} toggle={toggle} done={() => setChosen(new Set())} />
      ))}
    </Pages>
  );
}

function BatchCard({ batch, board, chosen, toggle, done }: { batch: Batch; board: Board; chosen: ReadonlySet<string>; toggle: (key: string) => void; done: () => void }): ReactNode {
  const w = useWords();
  const parts = chosenParts(batch, chosen);
  const toStart = board.twoStep ? parts.filter((p) => p.item.state !== "started") : [];
  const toFinish = board.twoStep && toStart.length === parts.length ? [] : parts.filter((p) => !board.twoStep || p.item.state === "started");
  const some = batch.parts.some((p) => chosen.has(p.item.key));
  const press = (list: BatchPart[], verb: Verb): void => {
    board.actAll(list, verb);
    done();
  };
  const label = (verb: string, list: BatchPart[]): string => (some ? w.batch.some(verb, portions(list)) : w.batch.all(verb, portions(list)));
  const waiting = batch.parts.map((p) => board.taps.of(p.item.key)).find((t) => t !== null) ?? null;
  return (
    <article className={`ticket batch age-${batch.age}${batch.rushing ? " ticket-rushed" : ""}`} data-ticket={batch.key} data-rushing={batch.rushing}>
      <header>
        <b className="ttitle tnum">×{batch.quantity}</b>
        <span className="tage">
          <b>{w.kitchen.ages[batch.age]}</b>
          <span>{w.batch.parts(batch.parts.length)}</span>
        </span>
      </header>
      <div className={`item age-${batch.age}`}>
        <Description item={{ ...batch.item, quantity: batch.quantity, of_set: null }} />
        {batch.parts[0]?.ticket.note != null && <p className="inote">{batch.parts[0].ticket.note}</p>}
        <ul className="bparts">
          {batch.parts.map((p) => (
            <Part key={p.item.key} part={p} board={board} on={chosen.has(p.item.key)} toggle={() => toggle(p.item.key)} />
          ))}
        </ul>
        <div className="bsteps">
          {toStart.length > 0 && (
            <button type="button" className="step-start" onClick={() => press(toStart, "start")}>
              {label(w.kitchen.start, toStart)}
            </button>
          )}
          {toFinish.length > 0 && (
            <button type="button" className="step-ready" onClick={() => press(toFinish, "ready")}>
              {label(w.kitchen.ready, toFinish)}
            </button>
          )}
          {waiting !== null && <span className="muted">{pendingText(waiting, w.sending, w.undeliveredWord)}</span>}
        </div>
      </div>
    </article>
  );
}

function Part({ part: { ticket, item, title }, board, on, toggle }: { part: BatchPart; board: Board; on: boolean; toggle: () => void }): ReactNode {
  const w = useWords();
  const age = ageOf(item, board.now);
  return (
    <li ref={board.itemRef} data-item={item.key} className={`bpart age-${age}${isEscalated(item) ? " item-escalated" : ""}`}>
      <RushButton item={item} ticket={ticket} tap={board.taps.of(item.key)} act={board.act} />
      <div className="bprow">
        <button type="button" className="bpick" aria-pressed={on} onClick={toggle}>
          <b>{title}</b> <span className="tnum">×{item.quantity}</span>
          <small className="tnum">
            {age !== "normal" && `${w.kitchen.ages[age]} `}
            {w.minutes(wholeMinutes(item.fired_at, board.now))}
          </small>
          {item.state === "started" && <em className="istarted">{w.kitchen.started}</em>}
          {item.state === "sent" && <em className="inew">{w.kitchen.unseen}</em>}
        </button>
        {item.needs_weight && (
          <button type="button" className="step-weigh" onClick={() => board.onWeigh(ticket, item)}>
            {w.ticket.weigh}
          </button>
        )}
      </div>
      <Marks item={item} ticket={ticket} board={board} />
    </li>
  );
}
