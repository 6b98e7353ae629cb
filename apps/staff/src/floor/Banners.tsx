/** What the house says above its tables: the kitchen that doesn't answer, dishes nobody has seen, orders that wait for a nod. */
import type { CloudView, FloorHouse, Id, Ms, NodOrder, NodWhy, Role, Text } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { say, useLang, useWords, type Words } from "../i18n";
import { useSend } from "../net/hooks";
import { money, wholeMinutes } from "../ui/labels";
import { Warn } from "../ui/parts";
import { FewList } from "./FewList";
import { unseenFor } from "./look";
import { ReceiptSheet } from "../till/ReceiptSheet";
import { ReasonSheet } from "./ReasonSheet";
import { may } from "./view";

export interface BannerProps {
  house: FloorHouse;
  cloud: CloudView | null;
  now: Ms;
  role: Role;
  currency: "CNY" | "USD";
  pick: (session: Id) => void;
}

export function whyWords(why: NodWhy, stations: FloorHouse["stations"], w: Words, lang: "zh" | "en"): string {
  const name = (id: string): string => {
    const text: Text | undefined = stations.find((s) => s.id === id)?.name;
    return text === undefined ? id : say(text, lang);
  };
  switch (why.why) {
    case "first_order":
      return w.plan.stoppedWhy.first_order;
    case "kitchen_unseen":
      return w.plan.stoppedWhy.kitchen_unseen(name(why.station));
    case "behind":
      return w.plan.stoppedWhy.behind(name(why.station), why.minutes);
    case "hours":
      return w.plan.stoppedWhy.hours;
  }
}

export function Banners({ house, cloud, now, role, currency, pick }: BannerProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const unseen = unseenFor(house.unseen, role);
  // Outside the banner: the line may come back while somebody scans.
  const [receipt, setReceipt] = useState(false);
  return (
    <>
      <CloudBanner cloud={cloud} now={now} currency={currency} scan={may(role, "charge") ? () => setReceipt(true) : null} />
      {receipt && <ReceiptSheet currency={currency} onClose={() => setReceipt(false)} />}
      {house.stopped !== null && (
        <div className="banner banner-stopped" role="alert">
          <h3>
            <Warn /> {w.plan.stopped}
          </h3>
          <p>{whyWords(house.stopped, house.stations, w, lang)}</p>
        </div>
      )}
      {unseen.length > 0 && (
        <div className="banner banner-unseen" role="alert">
          <h3>{w.plan.unseenTitle(unseen.length)}</h3>
          <FewList>
            {unseen.map((d) => (
              <li key={d.key}>
                <button type="button" className="bwhat" onClick={() => pick(d.session)}>
                  <b>
                    {d.table} {say(d.name, lang)} ×{d.quantity}
                  </b>
                  <span className="tnum">
                    {d.number} · {w.plan.unseenSince(wholeMinutes(d.fired_at, now))}
                  </span>
                </button>
              </li>
            ))}
          </FewList>
        </div>
      )}
      {house.nods.length > 0 && may(role, "serve") && (
        <div className="banner banner-nods">
          <h3>{w.plan.nodTitle(house.nods.length)}</h3>
          <FewList>
            {house.nods.map((n) => (
              <Nod key={n.order} nod={n} why={whyWords(n.why, house.stations, w, lang)} now={now} currency={currency} pick={pick} />
            ))}
          </FewList>
        </div>
      )}
    </>
  );
}

/** The line to the cloud is cut: what goes on, what doesn't, and what is at stake. */
function CloudBanner({ cloud, now, currency, scan }: { cloud: CloudView | null; now: Ms; currency: "CNY" | "USD"; scan: (() => void) | null }): ReactNode {
  const w = useWords();
  if (cloud === null) return null;
  if (cloud.kept_out !== null)
    return (
      <div className="banner banner-stopped" role="alert">
        <h3>
          <Warn /> {w.plan.cloudKeptOut}
        </h3>
        <p>{cloud.kept_out}</p>
      </div>
    );
  if (cloud.connected) return null;
  const since = cloud.since === null ? w.minutes(0) : w.minutes(wholeMinutes(cloud.since, now));
  const risk = cloud.at_risk === 0 ? null : money(cloud.at_risk, currency);
  return (
    <div className="banner banner-cloud" role="status">
      <h3>{w.plan.cloudCut(since)}</h3>
      <p className="tnum">{w.plan.cloudCutHint(cloud.unsent, risk)}</p>
      {scan !== null && (
        <button type="button" className="ghost" onClick={scan}>
          {w.till.receiptOpen}
        </button>
      )}
    </div>
  );
}

function Nod({ nod, why, now, currency, pick }: { nod: NodOrder; why: string; now: Ms; currency: "CNY" | "USD"; pick: (session: Id) => void }): ReactNode {
  const w = useWords();
  const answer = useNod(nod.order);
  const [declining, setDeclining] = useState(false);
  return (
    <li>
      <button type="button" className="bwhat" onClick={() => pick(nod.session)}>
        <b>
          {nod.table} <span className="tnum">{w.plan.nodWhat(nod.dishes, money(nod.total, currency))}</span>
        </b>
        <span>
          {why} · <span className="tnum">{w.minutes(wholeMinutes(nod.at, now))}</span>
        </span>
      </button>
      <button type="button" className="ghost" disabled={answer.busy} onClick={() => setDeclining(true)}>
        {w.plan.decline}
      </button>
      <button type="button" className="primary" disabled={answer.busy} onClick={answer.accept}>
        {answer.busy ? w.sending : w.plan.accept}
      </button>
      {declining && <DeclineSheet table={nod.table} busy={answer.busy} onGo={(reason) => { setDeclining(false); answer.decline(reason); }} onClose={() => setDeclining(false)} />}
    </li>
  );
}

export function DeclineSheet({ table, busy, onGo, onClose }: { table: string; busy: boolean; onGo: (reason: string) => void; onClose: () => void }): ReactNode {
  const w = useWords();
  return (
    <ReasonSheet title={w.plan.declineTitle(table)} reasons={w.plan.declineReasons} go={w.plan.declineGo} busy={busy} danger onGo={onGo} onClose={onClose}>
      <p className="muted">{w.plan.declineHint}</p>
    </ReasonSheet>
  );
}

/** Says yes or no to an order; stays busy until the feed shows it gone. */
export function useNod(order: Id): { busy: boolean; accept: () => void; decline: (reason: string) => void } {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const go = (verb: "accept" | "decline", body: object): void => {
    if (busy) return;
    setBusy(true);
    void send(`nod:${order}`, `/orders/${encodeURIComponent(order)}/${verb}`, body).then((o) => !o.ok && setBusy(false));
  };
  return { busy, accept: () => go("accept", {}), decline: (reason) => go("decline", { reason }) };
}
