/** Asks why: a few usual reasons, or words. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { Sheet } from "../ui/parts";

export interface ReasonProps {
  title: string;
  reasons: readonly string[];
  go: string;
  busy: boolean;
  danger?: boolean;
  /** What else has to be right before it may go. */
  ready?: boolean;
  onGo: (reason: string) => void;
  onClose: () => void;
  children?: ReactNode;
}

/** The server takes so many characters. */
const MAX_REASON = 60;

export function ReasonSheet({ title, reasons, go, busy, danger = false, ready = true, onGo, onClose, children }: ReasonProps): ReactNode {
  const w = useWords();
  const [reason, setReason] = useState("");
  return (
    <Sheet title={title} onClose={onClose}>
      {children}
      <div className="reasons" role="group" aria-label={w.table.reasonTitle}>
        {reasons.map((r) => (
          <button key={r} type="button" className="ghost" aria-pressed={reason === r} onClick={() => setReason(r)}>
            {r}
          </button>
        ))}
      </div>
      <input value={reason} onChange={(e) => setReason(e.target.value)} placeholder={w.table.reasonOther} aria-label={w.table.reasonOther} maxLength={MAX_REASON} />
      <button type="button" className={danger ? "danger big" : "primary big"} disabled={busy || !ready || reason.trim() === ""} onClick={() => onGo(reason.trim())}>
        {busy ? w.sending : go}
      </button>
    </Sheet>
  );
}
