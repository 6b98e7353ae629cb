/**
 * Ends a shift by counting its drawer blind: by note and coin, or as one sum. Nothing here knows what should be there, and what was
 * counted outlives a reload, because nobody counts a full drawer twice with pleasure.
 */
import type { Id, Minor, ShiftView } from "@dandan/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { amountText, parseAmount } from "../till/cash";
import { money } from "../ui/labels";
import { Pad, Sheet } from "../ui/parts";
import { PIECES, nextPiece, pieceName, totalOf, typeCount, type Counts, type Currency } from "./count";
import { AmountKeys } from "./Keys";
import { forget, keep, kept } from "./kept";
import { shiftPath } from "./shifts";

export interface CloseSheetProps {
  shift: Id;
  currency: Currency;
  onClose: () => void;
  onClosed: (shift: ShiftView) => void;
}

export function CloseSheet({ shift, currency, onClose, onClosed }: CloseSheetProps): ReactNode {
  const w = useWords();
  const send = useSend();
  const [counts, setCounts] = useState<Counts>(() => kept(shift));
  const [text, setText] = useState("");
  const [bySheet, setBySheet] = useState(true);
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const key = useRef(newId());
  const counted = bySheet ? totalOf(counts) : parseAmount(text);
  const isCounted = bySheet ? Object.keys(counts).length > 0 : text !== "";
  const count = (next: Counts): void => {
    setCounts(next);
    keep(shift, next);
  };
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send<ShiftView>(`shift:${shift}`, shiftPath(shift, "close"), { counted }, key.current, w.shift.closeSure(money(counted, currency))).then((o) => {
      lock.current = false;
      setBusy(false);
      key.current = newId();
      if (!o.ok) return setSure(false);
      forget(shift);
      onClosed(o.value);
    });
  };
  if (sure)
    return (
      <Sheet title={w.shift.count} onClose={onClose}>
        <p className="amountline cashbig tnum">{money(counted, currency)}</p>
        <p>
          <b>{w.shift.closeSure(money(counted, currency))}</b>
        </p>
        <p className="muted">{w.shift.closeSureHint}</p>
        <button type="button" className="danger big" disabled={busy} onClick={go}>
          {busy ? w.sending : w.shift.closeYes}
        </button>
        <button type="button" className="ghost" disabled={busy} onClick={() => setSure(false)}>
          {w.shift.again}
        </button>
      </Sheet>
    );
  return (
    <Sheet title={w.shift.countTitle} onClose={onClose} wide={bySheet}>
      <p className="muted">{w.shift.countHint}</p>
      <div className="segments">
        <button type="button" className="ghost" aria-pressed={bySheet} onClick={() => setBySheet(true)}>
          {w.shift.bySheet}
        </button>
        <button
          type="button"
          className="ghost"
          aria-pressed={!bySheet}
          onClick={() => {
            if (bySheet && isCounted) setText(amountText(totalOf(counts)));
            setBySheet(false);
          }}
        >
          {w.shift.byTotal}
        </button>
      </div>
      {bySheet ? <CountSheet counts={counts} currency={currency} total={counted} onCounts={count} /> : <AmountKeys text={text} currency={currency} presets={[]} onText={setText} />}
      <button type="button" className="primary big" disabled={!isCounted} onClick={() => setSure(true)}>
        {isCounted ? w.shift.closeGo(money(counted, currency)) : w.shift.countHint}
      </button>
    </Sheet>
  );
}

/** Rows are tapped or walked with ↓; the pad, a keyboard's digits and ⌫ fill the row that is picked. */
function CountSheet({ counts, currency, total, onCounts }: { counts: Counts; currency: Currency; total: Minor; onCounts: (c: Counts) => void }): ReactNode {
  const w = useWords();
  const pieces = PIECES[currency];
  const [at, setAt] = useState<Minor>(pieces[0] ?? 100);
  const type = (key: string): void => onCounts(typeCount(counts, at, key));
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (/^[0-9]$/.test(e.key)) type(e.key);
      else if (e.key === "Backspace") type("⌫");
      else if (e.key === "ArrowDown") setAt(nextPiece(pieces, at));
      else return;
      e.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return (
    <div className="countsheet">
      <div className="countrows" role="radiogroup" aria-label={w.shift.piece}>
        {pieces.map((piece) => (
          <button key={piece} type="button" role="radio" className="countrow ghost" aria-checked={piece === at} onClick={() => setAt(piece)}>
            <b className="tnum">{pieceName(piece)}</b>
            <span className="tnum countn">{counts[piece] === undefined ? "—" : `× ${counts[piece]}`}</span>
            <span className="tnum countsum">{counts[piece] === undefined ? "" : money(piece * (counts[piece] ?? 0), currency)}</span>
          </button>
        ))}
        <p className="counttotal">
          {w.shift.total} <b className="tnum">{money(total, currency)}</b>
        </p>
      </div>
      <Pad
        onDigit={type}
        left={
          <button type="button" className="small" aria-label={w.signIn.del} onClick={() => type("⌫")}>
            ⌫
          </button>
        }
        right={
          <button type="button" className="small" onClick={() => setAt(nextPiece(pieces, at))}>
            ↓
          </button>
        }
      />
    </div>
  );
}
