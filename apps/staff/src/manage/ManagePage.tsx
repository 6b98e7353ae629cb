/** The back office on this device: people, rights, devices, printers, stations, and who did what. Rights decide what is shown. */
import { useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { may } from "../floor/view";
import "../floor/floor.css";
import "../floor/back.css";
import "../money/money.css";
import { useWords } from "../i18n";
import { useStore } from "../net/hooks";
import { go, leave } from "../route";
import { LangSwitch } from "../ui/parts";
import { AuditPart } from "./AuditPart";
import { DevicePart } from "./DevicePart";
import { DevicesPart } from "./DevicesPart";
import { HeadOfficePart } from "./HeadOfficePart";
import "./manage.css";
import { partsOf, type Part } from "./parts";
import { PeoplePart } from "./PeoplePart";
import { PrintersPart } from "./PrintersPart";
import { RolesPart } from "./RolesPart";
import { SlipsPart } from "./SlipsPart";
import { StationsPart } from "./StationsPart";

export interface ManageContext {
  role: Parameters<typeof may>[0];
  currency: "CNY" | "USD";
  utcOffsetMin: number;
}

export default function ManagePage({ part: wanted }: { part: string | null }): ReactNode {
  const w = useWords();
  const { staff } = useSettings();
  const store = useStore();
  const [picked, setPicked] = useState<string | null>(wanted);
  const [printer, setPrinter] = useState<string | null>(null);
  if (staff === null) return null;
  const { role } = staff.card;
  const parts = partsOf(role);
  const part = parts.find((p) => p === picked) ?? parts[0] ?? "device";
  const context: ManageContext = { role, currency: store?.currency ?? "CNY", utcOffsetMin: store?.utc_offset_min ?? -new Date().getTimezoneOffset() };
  return (
    <main className="page light manage">
      <header className="mbar">
        <h1>{w.manage.title}</h1>
        <div className="fwho">
          <LangSwitch />
          {may(role, "serve") && (
            <button type="button" className="ghost" onClick={() => go("floor")}>
              {w.manage.toFloor}
            </button>
          )}
          {may(role, "cook") && (
            <button type="button" className="ghost" onClick={() => go("kitchen")}>
              {w.pages.kitchen}
            </button>
          )}
          <button type="button" className="ghost" onClick={leave}>
            {staff.card.name} · {w.signIn.signOut}
          </button>
        </div>
      </header>
      <nav className="mnav">
        {parts.map((p) => (
          <button key={p} type="button" className="ghost" aria-current={p === part ? "page" : undefined} onClick={() => setPicked(p)}>
            {w.manage.parts[p]}
          </button>
        ))}
      </nav>
      <div className="mbody">
        <Body
          part={part}
          context={context}
          printer={printer}
          seeSlips={(id) => {
            setPrinter(id);
            setPicked("slips");
          }}
        />
      </div>
    </main>
  );
}

function Body({ part, context, printer, seeSlips }: { part: Part; context: ManageContext; printer: string | null; seeSlips: (printer: string) => void }): ReactNode {
  switch (part) {
    case "headOffice":
      return <HeadOfficePart context={context} />;
    case "people":
      return <PeoplePart role={context.role} />;
    case "roles":
      return <RolesPart />;
    case "devices":
      return <DevicesPart context={context} />;
    case "printers":
      return <PrintersPart context={context} seeSlips={seeSlips} />;
    case "slips":
      return <SlipsPart context={context} first={printer} />;
    case "stations":
      return <StationsPart role={context.role} />;
    case "audit":
      return <AuditPart context={context} />;
    case "device":
      return <DevicePart />;
  }
}
