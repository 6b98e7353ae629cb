/** The money page: what a person must look at, the last days' payments, bills, accounts, and the channels' health. */
import type { AccountView, ChannelView, Inbox, PaymentRow, StaffCard } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { settings } from "../device/settings";
import type { FloorContext } from "../floor/FloorPage";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { Api } from "../net/api";
import type { Voice } from "../voice/useVoice";
import { Accounts } from "./Accounts";
import { Bills } from "./Bills";
import { Cases } from "./Cases";
import { Channels } from "./Channels";
import "./money.css";
import { Payments } from "./Payments";
import { useAsked, type Asked } from "./useAsked";

type Section = "cases" | "payments" | "bills" | "accounts" | "channels";
const SECTIONS: readonly Section[] = ["cases", "payments", "bills", "accounts", "channels"];

export function MoneyTab({ context, voice }: { context: FloorContext; voice: Voice }): ReactNode {
  const w = useWords();
  const [section, setSection] = useState<Section>("cases");
  const { open_cases, overdue_cases } = context.view.money;
  if (!may(context.role, "reconcile")) return <p className="fempty">{w.money.collectOnly}</p>;
  return (
    <div className="money">
      <nav className="segments money-nav">
        {SECTIONS.map((s) => (
          <button key={s} type="button" className="ghost" aria-pressed={s === section} onClick={() => setSection(s)}>
            {w.money.sections[s]}
            {s === "cases" && open_cases > 0 && <span className={overdue_cases > 0 ? "badge badge-over" : "badge"}>{open_cases}</span>}
          </button>
        ))}
      </nav>
      <Body section={section} context={context} voice={voice} />
    </div>
  );
}

function Body({ section, context, voice }: { section: Section; context: FloorContext; voice: Voice }): ReactNode {
  switch (section) {
    case "cases":
      return <CasesSection context={context} voice={voice} />;
    case "payments":
      return <PaymentsSection context={context} />;
    case "bills":
      return <BillsSection context={context} />;
    case "accounts":
      return <AccountsSection context={context} />;
    case "channels":
      return <ChannelsSection context={context} />;
  }
}

/** Until the first answer: that it is being read, or that it could not be. */
function Read<T>({ asked, children }: { asked: Asked<T>; children: (value: T) => ReactNode }): ReactNode {
  const w = useWords();
  return (
    <>
      {asked.failed && <p className="warnline">{w.money.failedLoad}</p>}
      {asked.value === null ? !asked.failed && <p className="fempty">{w.loading}</p> : children(asked.value)}
    </>
  );
}

const stampOf = (context: FloorContext): unknown => [context.view.money.open_cases, context.view.money.overdue_cases, context.view.last_announcement];

function CasesSection({ context, voice }: { context: FloorContext; voice: Voice }): ReactNode {
  const asked = useAsked<Inbox>("/money/inbox", stampOf(context));
  const nameOf = useStaffNames();
  return <Read asked={asked}>{(inbox) => <Cases inbox={inbox} context={context} nameOf={nameOf} voice={voice} reload={asked.reload} />}</Read>;
}

function PaymentsSection({ context }: { context: FloorContext }): ReactNode {
  const asked = useAsked<PaymentRow[]>("/money/payments", stampOf(context));
  return <Read asked={asked}>{(rows) => <Payments rows={rows} context={context} reload={asked.reload} />}</Read>;
}

function BillsSection({ context }: { context: FloorContext }): ReactNode {
  const asked = useAsked<Inbox>("/money/inbox", stampOf(context));
  const channels = useAsked<ChannelView[]>("/channels");
  return <Read asked={asked}>{(inbox) => <Bills bills={inbox.bills} channels={(channels.value ?? []).map((c) => c.channel)} context={context} reload={asked.reload} />}</Read>;
}

function AccountsSection({ context }: { context: FloorContext }): ReactNode {
  const asked = useAsked<AccountView[]>("/accounts");
  return <Read asked={asked}>{(accounts) => <Accounts accounts={accounts} currency={context.currency} reload={asked.reload} />}</Read>;
}

function ChannelsSection({ context }: { context: FloorContext }): ReactNode {
  const asked = useAsked<ChannelView[]>("/channels");
  return <Read asked={asked}>{(channels) => <Channels channels={channels} utcOffsetMin={context.utcOffsetMin} />}</Read>;
}

/** The list of names is the device's to read, as on the sign-in page. */
function useStaffNames(): (id: string) => string {
  const [cards, setCards] = useState<StaffCard[]>([]);
  useEffect(() => {
    const { store, device } = settings();
    if (store === null || device === null) return;
    void new Api(store, device.token).get<StaffCard[]>("/staff").then((a) => a.kind === "ok" && setCards(a.value));
  }, []);
  return (id) => cards.find((c) => c.id === id)?.name ?? id;
}
