/** The day's slips: what came out, what did not, and printing again (补打), elsewhere, or not at all. */
import type { PrintJobView, PrinterView } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { clockTime } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import type { ManageContext } from "./ManagePage";
import { Read } from "./Read";
import { isOver, shownSlips } from "./slips";

type Doing = { kind: "move" | "end"; job: PrintJobView } | null;

export function SlipsPart({ context, first }: { context: ManageContext; first: string | null }): ReactNode {
  const w = useWords();
  const asked = useAsked<PrintJobView[]>("/print");
  const printers = useAsked<PrinterView[]>("/printers");
  const [printer, setPrinter] = useState(first ?? "");
  const [problems, setProblems] = useState(false);
  const [search, setSearch] = useState("");
  const [doing, setDoing] = useState<Doing>(null);
  const s = w.manage.slips;
  const all = printers.value ?? [];
  const nameOf = (id: string): string => all.find((p) => p.id === id)?.name ?? id;
  const close = (): void => {
    setDoing(null);
    asked.reload();
  };
  return (
    <>
      <div className="mfilters">
        <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={s.search} aria-label={s.search} />
        <select value={printer} onChange={(e) => setPrinter(e.target.value)} aria-label={w.manage.parts.printers}>
          <option value="">{s.all}</option>
          {all.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </select>
        <button type="button" className="ghost" aria-pressed={problems} onClick={() => setProblems(!problems)}>
          {s.problems}
        </button>
      </div>
      <Read asked={asked}>
        {(jobs) => {
          const shown = shownSlips(jobs, { printer, problems, search });
          return (
            <>
              {shown.length === 0 && <p className="fempty">{jobs.length === 0 ? s.none : s.noneOf}</p>}
              <ul className="mlist">
                {shown.map((job) => (
                  <SlipRow key={job.job} job={job} printer={nameOf(job.printer)} context={context} onDo={(kind) => setDoing({ kind, job })} onAgain={asked.reload} />
                ))}
              </ul>
            </>
          );
        }}
      </Read>
      {doing?.kind === "move" && <MoveSheet job={doing.job} printers={all} onClose={close} />}
      {doing?.kind === "end" && <EndSheet job={doing.job} onClose={close} />}
    </>
  );
}

function SlipRow({ job, printer, context, onDo, onAgain }: { job: PrintJobView; printer: string; context: ManageContext; onDo: (kind: "move" | "end") => void; onAgain: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [busy, setBusy] = useState(false);
  const s = w.manage.slips;
  const directs = may(context.role, "direct");
  const again = (): void => {
    if (busy) return;
    setBusy(true);
    const id = newId();
    // To the printer that has it now: whoever moved it there knows why.
    void send<{ copy: number }>(`print:${id}`, "/print", { job: id, slip: job.slip, printer: job.printer }, id, `${s.again} ${job.title}`).then((o) => {
      setBusy(false);
      if (!o.ok) return;
      notify(s.againDone(o.value.copy), 3000, true);
      onAgain();
    });
  };
  return (
    <li className={`mcard slip slip-${job.state}`}>
      <time className="muted tnum">{clockTime(job.at, context.utcOffsetMin)}</time>
      <div className="slipwhat">
        <b>
          {w.slips[job.slip.slip]} {job.title}
        </b>
        <small className="muted">
          {printer}
          {job.copy > 0 && ` · ${s.copy(job.copy)}`}
          {job.tries > 1 && ` · ${s.tries(job.tries)}`}
        </small>
        {job.trouble != null && !(job.state === "confirmed") && <small className="trouble-text">{job.trouble}</small>}
      </div>
      <span className={`chip slipstate-${job.state}`}>
        {s.states[job.state]}
        {job.maybe_printed && job.state !== "confirmed" && ` · ${s.maybe}`}
      </span>
      <div className="mbuttons">
        {isOver(job) ? (
          <button type="button" className="ghost" disabled={busy} onClick={again}>
            {busy ? w.sending : s.again}
          </button>
        ) : (
          <>
            <button type="button" className="ghost" disabled={!directs} onClick={() => onDo("move")}>
              {s.move}
            </button>
            <button type="button" className="ghost" disabled={!directs} onClick={() => onDo("end")}>
              {s.end}
            </button>
          </>
        )}
      </div>
    </li>
  );
}

function useJob(job: PrintJobView, onClose: () => void): [boolean, (verb: string, body: object) => void] {
  const send = useSend();
  const [busy, setBusy] = useState(false);
  return [
    busy,
    (verb, body) => {
      if (busy) return;
      setBusy(true);
      void send(`print:${job.job}`, `/print/${encodeURIComponent(job.job)}/${verb}`, body).then(onClose);
    },
  ];
}

function MoveSheet({ job, printers, onClose }: { job: PrintJobView; printers: readonly PrinterView[]; onClose: () => void }): ReactNode {
  const w = useWords();
  const [busy, act] = useJob(job, onClose);
  return (
    <Sheet title={w.manage.slips.moveTitle} onClose={onClose}>
      {printers
        .filter((p) => p.id !== job.printer)
        .map((p) => (
          <button key={p.id} type="button" className="ghost big" disabled={busy} onClick={() => act("move", { to: p.id })}>
            {p.name} <small className="muted">{w.manage.printers.states[p.state]}</small>
          </button>
        ))}
    </Sheet>
  );
}

function EndSheet({ job, onClose }: { job: PrintJobView; onClose: () => void }): ReactNode {
  const w = useWords();
  const [busy, act] = useJob(job, onClose);
  return (
    <Sheet title={w.manage.slips.endAsk} onClose={onClose}>
      <p>
        {w.slips[job.slip.slip]} {job.title}
      </p>
      <button type="button" className="danger big" disabled={busy} onClick={() => act("end", {})}>
        {busy ? w.sending : w.manage.slips.endGo}
      </button>
    </Sheet>
  );
}
