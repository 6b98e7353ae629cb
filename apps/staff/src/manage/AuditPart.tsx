/** Who did what, where and when: a sentence per fact, newest first, page by page; what has no sentence shows as it was recorded. */
import type { AuditEntry, AuditPage } from "@dandan/client";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { usePeople } from "../approve/people";
import { useWords } from "../i18n";
import { useApi } from "../net/hooks";
import { clockTime } from "../ui/labels";
import { dateOf } from "../queue/time";
import type { ManageContext } from "./ManagePage";
import { learn, sentence, type Said } from "./sentence";
import { useSaid } from "./useSaid";

const PAGE = 60;

export function AuditPart({ context }: { context: ManageContext }): ReactNode {
  const w = useWords();
  const [staff, setStaff] = useState("");
  const [kind, setKind] = useState("");
  const [search, setSearch] = useState("");
  const people = usePeople();
  const { entries, next, busy, failed, more, refresh } = usePages(staff, kind);
  const said = useSaid(context);
  const lines = useMemo(() => {
    if (entries === null) return [];
    const names = { ...said.names, sessions: new Map(said.names.sessions), tables: new Map(said.names.tables) };
    const known: Said = { ...said, names };
    learn(names, entries);
    return entries.map((entry) => ({ entry, text: sentence(entry.kind, entry.body, known) }));
  }, [entries, said]);
  const q = search.trim().toLowerCase();
  const shown = lines.filter(({ entry, text }) => q === "" || `${text ?? ""} ${entry.kind} ${entry.staff ?? ""} ${entry.device ?? ""}`.toLowerCase().includes(q));
  const a = w.manage.audit;
  return (
    <>
      <div className="mfilters">
        <select value={staff} onChange={(e) => setStaff(e.target.value)} aria-label={a.who}>
          <option value="">{a.everybody}</option>
          {people.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </select>
        <select value={kind} onChange={(e) => setKind(e.target.value)} aria-label={a.what}>
          <option value="">{a.everything}</option>
          {Object.entries(w.audit.names).map(([k, name]) => (
            <option key={k} value={k}>
              {name}
            </option>
          ))}
        </select>
        <input type="search" value={search} onChange={(e) => setSearch(e.target.value)} placeholder={a.search} aria-label={a.search} />
        <button type="button" className="ghost" disabled={busy} onClick={refresh}>
          {a.refresh}
        </button>
      </div>
      {failed && <p className="warnline">{w.manage.failed}</p>}
      {entries === null && !failed && <p className="fempty">{w.loading}</p>}
      {entries !== null && shown.length === 0 && <p className="fempty">{q === "" ? a.none : a.noneHere(entries.length)}</p>}
      <ol className="auditlist">
        {shown.map(({ entry, text }) => (
          <Fact key={entry.seq} entry={entry} text={text} utcOffsetMin={context.utcOffsetMin} />
        ))}
      </ol>
      {entries !== null &&
        (next === null ? (
          <p className="muted amountline">{a.end}</p>
        ) : (
          <button type="button" className="ghost big" disabled={busy} onClick={more}>
            {busy ? w.loading : a.more}
          </button>
        ))}
    </>
  );
}

function Fact({ entry, text, utcOffsetMin }: { entry: AuditEntry; text: string | null; utcOffsetMin: number }): ReactNode {
  const w = useWords();
  const date = dateOf(entry.at, utcOffsetMin);
  const a = w.manage.audit;
  const who = entry.staff ?? (entry.guest === null ? a.house : a.guest);
  return (
    <li>
      <time className="muted tnum">
        {date.month}-{String(date.day).padStart(2, "0")} {clockTime(entry.at, utcOffsetMin)}
      </time>
      <span className="auditwho">
        <b>{who}</b>
        {entry.device !== null && <small className="muted"> {a.at(entry.device)}</small>}
      </span>
      <div className="auditwhat">
        {text ?? (
          <>
            <b>{entry.kind}</b> <small className="muted">{a.unknownKind}</small>
          </>
        )}
        <details open={text === null}>
          <summary>{a.raw}</summary>
          <pre>
            #{entry.seq} {entry.kind} {JSON.stringify(entry.body, null, 1)}
          </pre>
        </details>
      </div>
    </li>
  );
}

interface Pages { entries: AuditEntry[] | null; next: number | null; busy: boolean; failed: boolean; more: () => void; refresh: () => void }

/** Pages are kept below each other; another filter begins anew, and a late answer to an old one is dropped. */
function usePages(staff: string, kind: string): Pages {
  const api = useApi();
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const asked = useRef(0);
  const read = useCallback(
    async (before: number | null): Promise<void> => {
      const mine = ++asked.current;
      setBusy(true);
      const query = new URLSearchParams({ limit: String(PAGE) });
      if (before !== null) query.set("before", String(before));
      if (staff !== "") query.set("staff", staff);
      if (kind !== "") query.set("kind", kind);
      const answer = await api.get<AuditPage>(`/audit?${query.toString()}`);
      if (mine !== asked.current) return;
      setBusy(false);
      setFailed(answer.kind !== "ok");
      if (answer.kind !== "ok") {
        setTimeout(() => mine === asked.current && void read(before), 3000);
        return;
      }
      setEntries((old) => (before === null ? answer.value.entries : [...(old ?? []), ...answer.value.entries]));
      setNext(answer.value.next);
    },
    [api, staff, kind],
  );
  useEffect(() => {
    setEntries(null);
    void read(null);
    return () => {
      asked.current++;
    };
  }, [read]);
  return { entries, next, busy, failed, more: () => next !== null && void read(next), refresh: () => void read(null) };
}
