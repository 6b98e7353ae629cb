/** What waits for a second person: for whoever may say yes, what is asked and by whom; for who asked, that nobody has answered. */
import type { Approval, FloorView, Ms, OrderLineView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useSession } from "../floor/useSession";
import { may } from "../floor/view";
import { FewList } from "../floor/FewList";
import { ReasonSheet } from "../floor/ReasonSheet";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { money, wholeMinutes } from "../ui/labels";
import { nameOf, usePeople } from "./people";
import { useSettings } from "../device/settings";

/** Where an act is about a party, its id. */
const sessionOf = (approval: Approval): string | null => ("session" in approval.act ? approval.act.session : null);
const lineOf = (approval: Approval): string | null => ("line" in approval.act ? approval.act.line : null);

export function Waiting({ view, now, currency }: { view: FloorView; now: Ms; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const { staff } = useSettings();
  const people = usePeople();
  if (staff === null || view.house.approvals.length === 0) return null;
  const mine = view.house.approvals.filter((a) => a.by === staff.card.id);
  const others = may(staff.card.role, "approve") ? view.house.approvals.filter((a) => a.by !== staff.card.id) : [];
  return (
    <>
      {others.length > 0 && (
        <section className="banner banner-approve" aria-label={w.plan.approvalTitle(others.length)}>
          <h3>{w.plan.approvalTitle(others.length)}</h3>
          <FewList>
            {others.map((a) => (
              <Asked key={a.approval} approval={a} by={nameOf(people, a.by)} view={view} now={now} currency={currency} />
            ))}
          </FewList>
        </section>
      )}
      {mine.length > 0 && <Mine list={mine} />}
    </>
  );
}

function Mine({ list }: { list: Approval[] }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const back = (id: string): void => {
    setGone(new Set([...gone, id]));
    void send(`approval:${id}`, `/approvals/${encodeURIComponent(id)}/refuse`, { reason: w.approve.takenBack });
  };
  return (
    <section className="banner banner-mine">
      <h3>{w.plan.approvalMine(list.length)}</h3>
      <FewList>
        {list.map((a) => (
          <li key={a.approval}>
            <span className="bwhat">
              <b>{w.approve.acts[a.act.act]}</b> <span>{a.reason}</span>
            </span>
            <button type="button" className="ghost" disabled={gone.has(a.approval)} onClick={() => back(a.approval)}>
              {w.approve.takeBack}
            </button>
          </li>
        ))}
      </FewList>
    </section>
  );
}

function Asked({ approval, by, view, now, currency }: { approval: Approval; by: string; view: FloorView; now: Ms; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const [refusing, setRefusing] = useState(false);
  const session = sessionOf(approval);
  const party = view.tables.flatMap((t) => t.sessions.map((s) => ({ s, t }))).find((x) => x.s.id === session);
  const answer = (verb: "give" | "refuse", body: object): void => {
    if (busy) return;
    setBusy(true);
    setRefusing(false);
    void send(`approval:${approval.approval}`, `/approvals/${encodeURIComponent(approval.approval)}/${verb}`, body).then(() => setBusy(false));
  };
  return (
    <li>
      <span className="bwhat">
        <b>
          {party !== undefined && `${party.s.tables || party.t.name} `}
          {w.approve.acts[approval.act.act]} {session !== null && <About approval={approval} session={session} currency={currency} />}
          {approval.act.act === "cash_out" && money(approval.act.amount, currency)}
        </b>
        <span>
          {approval.reason} · {w.approve.by(by)} · <span className="tnum">{w.minutes(wholeMinutes(approval.at, now))}</span>
        </span>
      </span>
      <button type="button" className="ghost" disabled={busy} onClick={() => setRefusing(true)}>
        {w.approve.refuse}
      </button>
      <button type="button" className="primary" disabled={busy} onClick={() => answer("give", {})}>
        {busy ? w.sending : w.approve.give}
      </button>
      {refusing && <ReasonSheet title={w.approve.refuse} reasons={w.approve.refuseReasons} go={w.approve.refuse} busy={busy} onGo={(reason) => answer("refuse", { reason })} onClose={() => setRefusing(false)} />}
    </li>
  );
}

/** The dish and what it costs; the floor doesn't know them, so the party is asked. */
function About({ approval, session, currency }: { approval: Approval; session: string; currency: "CNY" | "USD" }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { view } = useSession(session, approval.approval);
  const wanted = lineOf(approval);
  const line: OrderLineView | undefined = view?.orders.flatMap((o) => o.lines).find((l) => l.line === wanted);
  const { act } = approval;
  return (
    <>
      {line !== undefined && `${say(line.name, lang)} ×${line.quantity} ${money(line.amount, currency)}`}
      {act.act === "reprice" && ` → ${money(act.amount, currency)}`}
      {act.act === "discount" && ` ${discountWords(act.discount ?? null, w, currency)}`}
      {act.act === "waive_fees" && (["seat_fee", "minimum_spend", "service_charge"] as const).filter((f) => act.fees[f]).map((f) => w.table.fees[f]).join(" · ")}
    </>
  );
}

export function discountWords(discount: null | { percent: number } | { amount: number }, w: ReturnType<typeof useWords>, currency: "CNY" | "USD"): string {
  if (discount === null) return w.table.discountNone;
  if ("percent" in discount) return w.table.zhe(String((10_000 - discount.percent) / 1000));
  return w.table.off(money(discount.amount, currency));
}
