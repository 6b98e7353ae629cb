/** One case: what was seen, what happened, and what one tap can do about it, the proposed remedy first. */
import type { CaseView, Remedy } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import type { FloorContext } from "../floor/FloorPage";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { Reason } from "../till/RefundPane";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { Timeline } from "./Timeline";
import { careOf, clockOf, detailText, mayRemedy, remedyPath } from "./view";

export interface CaseSheetProps {
  view: CaseView;
  context: FloorContext;
  nameOf: (id: string) => string;
  reload: () => void;
  onClose: () => void;
}

export function CaseSheet({ view, context, nameOf, reload, onClose }: CaseSheetProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<Remedy | null>(null);
  const lock = useRef(false);
  const post = (verb: string, body: object, said: string): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`case:${view.case}`, `/money/cases/${encodeURIComponent(view.case)}/${verb}`, body).then((o) => {
      lock.current = false;
      setBusy(false);
      setAsking(null);
      if (o.ok) notify(said, 3000, true);
      reload();
    });
  };
  const pick = (r: Remedy): void => (careOf(r) === "tap" ? post(remedyPath[r], {}, w.money.remedyDone) : setAsking(r));
  const clock = clockOf(view, context.now);
  const sum = view.amount === null ? "" : money(view.amount, context.currency);
  return (
    <Sheet title={w.money.kinds[view.kind]} onClose={onClose} wide>
      <p className="case-head">
        {sum !== "" && <b className="cashbig tnum">{sum}</b>}
        {view.table !== null && <span className="chip">{view.table}</span>}
        {view.way !== null && <span>{w.ways[view.way]}</span>}
        <span className={clock.kind === "over" && view.resolved_at === null ? "chip chip-bad" : "chip"}>{clock.kind === "over" ? w.money.overdueBy(clock.minutes) : w.money.dueIn(clock.minutes)}</span>
      </p>
      {view.detail !== "" && (
        <p className="muted case-detail">
          {w.money.seen}
          {w.colon}
          {detailText(view.detail, (m) => w.money.seenAmount(money(m, context.currency)))}
        </p>
      )}
      {view.resolved_at === null ? (
        <>
          <div className="case-owner">
            <span>{view.owner === null ? w.money.nobody : w.money.owner(nameOf(view.owner))}</span>
            {view.owner === null && (
              <button type="button" className="ghost" disabled={busy} onClick={() => post("take", {}, w.money.taken)}>
                {w.money.take}
              </button>
            )}
          </div>
          {asking === null ? (
            <Remedies remedies={view.remedies} context={context} busy={busy} onPick={pick} />
          ) : asking === "resolve" ? (
            <Resolve busy={busy} onBack={() => setAsking(null)} onGo={(how) => post("resolve", { how }, w.yes)} />
          ) : (
            <Confirm remedy={asking} sum={sum} busy={busy} onBack={() => setAsking(null)} onGo={() => post(remedyPath[asking], {}, w.money.remedyDone)} />
          )}
        </>
      ) : (
        <p>
          {view.how} · {view.resolved_by === null ? w.money.itself : nameOf(view.resolved_by)}
        </p>
      )}
      <h3>{w.money.timeline}</h3>
      <Timeline steps={view.timeline} currency={context.currency} utcOffsetMin={context.utcOffsetMin} />
      {view.attempt !== null && (
        <p className="muted case-number">
          {w.money.ourNumber} {view.attempt}
        </p>
      )}
    </Sheet>
  );
}

function Remedies({ remedies, context, busy, onPick }: { remedies: readonly Remedy[]; context: FloorContext; busy: boolean; onPick: (r: Remedy) => void }): ReactNode {
  const w = useWords();
  return (
    <div className="remedies">
      {remedies.map((r, i) => {
        const allowed = mayRemedy(context.role, r);
        return (
          <button key={r} type="button" className={i === 0 ? "primary big" : "ghost big"} data-remedy={r} disabled={busy || !allowed} onClick={() => onPick(r)}>
            {busy && i === 0 ? w.sending : w.money.remedies[r]}
            {i === 0 && remedies.length > 1 && <small>{w.money.proposed}</small>}
            {!allowed && <small>{w.money.managerOnly}</small>}
          </button>
        );
      })}
    </div>
  );
}

function Confirm({ remedy, sum, busy, onBack, onGo }: { remedy: Remedy; sum: string; busy: boolean; onBack: () => void; onGo: () => void }): ReactNode {
  const w = useWords();
  const asks: Partial<Record<Remedy, string>> = w.money.remedyAsk;
  return (
    <div className="confirm">
      <h3>
        {w.money.remedies[remedy]} {sum}
      </h3>
      <p>{asks[remedy]}</p>
      <div className="tbuttons">
        <button type="button" className="ghost" disabled={busy} onClick={onBack}>
          {w.back}
        </button>
        <button type="button" className="danger take" disabled={busy} onClick={onGo}>
          {busy ? w.sending : w.money.remedies[remedy]}
        </button>
      </div>
    </div>
  );
}

function Resolve({ busy, onBack, onGo }: { busy: boolean; onBack: () => void; onGo: (how: string) => void }): ReactNode {
  const w = useWords();
  const [how, setHow] = useState("");
  return (
    <>
      <Reason title={w.money.resolveTitle} reasons={w.money.resolveHows} label={w.money.resolveOther} reason={how} onReason={setHow} />
      <div className="tbuttons">
        <button type="button" className="ghost" disabled={busy} onClick={onBack}>
          {w.back}
        </button>
        <button type="button" className="primary take" disabled={busy || how.trim() === ""} onClick={() => onGo(how.trim())}>
          {busy ? w.sending : w.money.remedies.resolve}
        </button>
      </div>
    </>
  );
}
