/** Everything that happened to a party, oldest first; what the kitchen's screens and the printers report can be left out. */
import type { Id, TimelineEntry } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { clockTime } from "../ui/labels";
import { Sheet } from "../ui/parts";
import "./manage.css";
import { Read } from "./Read";
import { wordOf } from "./sentence";
import { isMachine } from "./timeline";

export function Timeline({ session, utcOffsetMin }: { session: Id; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const asked = useAsked<TimelineEntry[]>(`/sessions/${encodeURIComponent(session)}/timeline`);
  const [all, setAll] = useState(false);
  return (
    <div className="partyline">
      <button type="button" className="ghost" aria-pressed={all} onClick={() => setAll(!all)}>
        {w.timeline.kitchen}
      </button>
      <Read asked={asked}>
        {(entries) => {
          const shown = entries.filter((e) => all || !isMachine(e.kind));
          if (shown.length === 0) return <p className="fempty">{w.timeline.none}</p>;
          return (
            <ol className="timeline">
              {shown.map((e) => (
                <Step key={e.seq} entry={e} utcOffsetMin={utcOffsetMin} />
              ))}
            </ol>
          );
        }}
      </Read>
    </div>
  );
}

function Step({ entry, utcOffsetMin }: { entry: TimelineEntry; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const names: Record<string, string | undefined> = w.audit.names;
  const who = entry.staff ?? entry.guest;
  const about = [
    entry.order === null ? "" : w.timeline.order(entry.order),
    entry.lines.map((l) => say(l, lang)).join(w.audit.join),
    entry.text === null ? "" : (wordOf(entry.text, w) ?? ""),
  ].filter((part) => part !== "");
  return (
    <li>
      <time className="tnum">{clockTime(entry.at, utcOffsetMin)}</time>
      <span>
        <b>{names[entry.kind] ?? entry.kind}</b>
        {about.length > 0 && ` ${about.join(" · ")}`}
        {who !== null && <small className="muted"> {entry.device === null ? who : `${who} ${w.manage.audit.at(entry.device)}`}</small>}
      </span>
    </li>
  );
}

/** The same over a page. */
export function TimelineSheet({ session, title, utcOffsetMin, onClose }: { session: Id; title: string; utcOffsetMin: number; onClose: () => void }): ReactNode {
  const w = useWords();
  return (
    <Sheet title={`${title} · ${w.timeline.title}`} onClose={onClose} wide>
      <Timeline session={session} utcOffsetMin={utcOffsetMin} />
    </Sheet>
  );
}
