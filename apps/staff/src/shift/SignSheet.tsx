/** Closing the day with one's name under it: the list is read, then a button is held. What does not add up is signed for, never dropped. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { useWords } from "../i18n";
import { Sheet } from "../ui/parts";
import type { Currency } from "./count";
import { ItemText } from "./OpenItems";
import type { Item } from "./unmatched";

/** Long enough that nobody signs by brushing over the screen. */
const HOLD_MS = 2000;

export interface SignProps {
  number: number;
  items: readonly Item[];
  currency: Currency;
  busy: boolean;
  onSign: () => void;
  onClose: () => void;
}

export function SignSheet({ number, items, currency, busy, onSign, onClose }: SignProps): ReactNode {
  const w = useWords();
  const name = useSettings().staff?.card.name ?? "";
  // A list that changed under the eyes is read again.
  const list = JSON.stringify(items);
  const [readOf, setReadOf] = useState<string | null>(items.length === 0 ? list : null);
  const isRead = readOf === list || items.length === 0;
  return (
    <Sheet title={w.day.signTitle(number)} onClose={onClose}>
      {items.length === 0 ? (
        <p className="allgood">✓ {w.day.unmatchedNone}</p>
      ) : (
        <>
          <p>{w.day.signList}</p>
          <ul className="signlist">
            {items.map((item, i) => (
              <li key={i}>
                <ItemText item={item} currency={currency} />
              </li>
            ))}
          </ul>
          <label className="readit">
            <input type="checkbox" checked={isRead} onChange={(e) => setReadOf(e.target.checked ? list : null)} /> {w.day.readIt}
          </label>
        </>
      )}
      <p className="signname">{w.day.signName(name)}</p>
      <HoldButton label={w.day.hold} disabled={busy || !isRead} busy={busy} onHeld={onSign} />
      <p className="muted">{w.day.holdKeys}</p>
    </Sheet>
  );
}

function HoldButton({ label, disabled, busy, onHeld }: { label: string; disabled: boolean; busy: boolean; onHeld: () => void }): ReactNode {
  const w = useWords();
  const [holding, setHolding] = useState(false);
  const latest = useRef(onHeld);
  latest.current = onHeld;
  useEffect(() => {
    if (!holding) return;
    const timer = setTimeout(() => {
      setHolding(false);
      latest.current();
    }, HOLD_MS);
    return () => clearTimeout(timer);
  }, [holding]);
  const off = (): void => setHolding(false);
  const isKey = (key: string): boolean => key === " " || key === "Enter";
  return (
    <button
      type="button"
      className={holding ? "danger big hold hold-on" : "danger big hold"}
      disabled={disabled}
      style={{ touchAction: "none" }}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId);
        setHolding(true);
      }}
      onPointerUp={off}
      onPointerCancel={off}
      onContextMenu={(e) => e.preventDefault()}
      onKeyDown={(e) => isKey(e.key) && !e.repeat && setHolding(true)}
      onKeyUp={(e) => isKey(e.key) && off()}
      onBlur={off}
    >
      <span>{busy ? w.sending : holding ? w.day.holding : label}</span>
    </button>
  );
}
