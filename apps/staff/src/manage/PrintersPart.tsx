/** The house's printers: how each is, in an icon and words, what to do about it, and what waits. */
import type { PrinterCondition, PrinterView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import type { ManageContext } from "./ManagePage";
import { Read } from "./Read";

/** A mark beside the word, so that nobody needs the colour. */
const MARKS: Record<PrinterCondition, string> = { ok: "✓", near_end: "◔", paper_out: "∅", cover_open: "△", offline: "○", fault: "✕", unreachable: "!", unknown: "?" };
/** Words say it all; of the others the technical reason may help. */
const PLAIN: ReadonlySet<PrinterCondition> = new Set(["ok", "near_end", "paper_out", "cover_open"]);
const BAD: ReadonlySet<PrinterCondition> = new Set(["paper_out", "cover_open", "offline", "fault", "unreachable"]);
const tone = (state: PrinterCondition): string => (BAD.has(state) ? "bad" : state === "ok" ? "ok" : "warn");

/** Those in trouble first. */
const byTrouble = (a: PrinterView, b: PrinterView): number => Number(BAD.has(b.state)) - Number(BAD.has(a.state)) || b.waiting - a.waiting || a.name.localeCompare(b.name, "zh-CN");

export function PrintersPart({ context, seeSlips }: { context: ManageContext; seeSlips: (printer: string) => void }): ReactNode {
  const w = useWords();
  const asked = useAsked<PrinterView[]>("/printers");
  return (
    <Read asked={asked}>
      {(printers) => (
        <>
          {printers.length === 0 && <p className="fempty">{w.manage.printers.none}</p>}
          <ul className="mlist printers">
            {[...printers].sort(byTrouble).map((p) => (
              <Printer key={p.id} printer={p} all={printers} context={context} onSee={() => seeSlips(p.id)} />
            ))}
          </ul>
        </>
      )}
    </Read>
  );
}

function Printer({ printer, all, context, onSee }: { printer: PrinterView; all: readonly PrinterView[]; context: ManageContext; onSee: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const p = w.manage.printers;
  const fallback = all.find((other) => other.id === printer.fallback);
  const test = (): void => {
    if (busy) return;
    setBusy(true);
    const job = newId();
    void send(`print:${job}`, `/printers/${encodeURIComponent(printer.id)}/test`, { job }, job, `${p.test} ${printer.name}`).then((o) => {
      setBusy(false);
      if (o.ok) notify(p.tested, 3000, true);
    });
  };
  return (
    <li className={`mcard printer printer-${tone(printer.state)}`}>
      <div className="printerhead">
        <b>{printer.name}</b>
        <span className={`pstatus pstatus-${tone(printer.state)}`}>
          <span aria-hidden>{MARKS[printer.state]}</span> {p.states[printer.state]}
        </span>
      </div>
      {p.do[printer.state] !== "" && <p>{p.do[printer.state]}</p>}
      <p className="muted tnum">
        {[p.width(printer.width_mm), printer.since > 0 ? p.since(clockTime(printer.since, context.utcOffsetMin)) : "", fallback === undefined ? "" : p.fallback(fallback.name)].filter((part) => part !== "").join(" · ")}
      </p>
      {printer.trouble != null && !PLAIN.has(printer.state) && <p className="trouble-text">{printer.trouble}</p>}
      {printer.waiting > 0 && <p className="chip chip-warn printerwait">{p.waiting(printer.waiting)}</p>}
      <div className="mbuttons">
        <button type="button" className="ghost" onClick={onSee}>
          {p.see}
        </button>
        <button type="button" className="ghost" disabled={busy || !may(context.role, "direct")} onClick={test}>
          {busy ? w.sending : p.test}
        </button>
      </div>
    </li>
  );
}
