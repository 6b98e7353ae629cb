/** Why a dish is cooked again (重做): a cause, and a word more if needed. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import type { RemakeCause } from "./types";

const CAUSES: readonly RemakeCause[] = ["wrong_dish", "wrong_options", "foreign_body", "undercooked", "cold", "dropped", "wrong_table", "taste", "other"];
/** The server takes no more. */
const LONGEST_NOTE = 60;

export interface RemakeBody {
  cause: RemakeCause;
  note?: string;
}

export function RemakeForm({ onGo }: { onGo: (body: RemakeBody) => void }): ReactNode {
  const w = useWords();
  const [cause, setCause] = useState<RemakeCause | null>(null);
  const [note, setNote] = useState("");
  const text = note.trim();
  return (
    <div className="remake">
      <p className="muted">{w.ticket.remakeWhy}</p>
      <div className="causes">
        {CAUSES.map((c) => (
          <button key={c} type="button" className="ghost" aria-pressed={cause === c} onClick={() => setCause(c)}>
            {w.ticket.causes[c]}
          </button>
        ))}
      </div>
      <input value={note} maxLength={LONGEST_NOTE} placeholder={w.ticket.remakeNote} aria-label={w.ticket.remakeNote} onChange={(e) => setNote(e.target.value)} />
      <button type="button" className="primary" disabled={cause === null} onClick={() => cause !== null && onGo(text === "" ? { cause } : { cause, note: text })}>
        {w.ticket.remakeGo}
      </button>
    </div>
  );
}
