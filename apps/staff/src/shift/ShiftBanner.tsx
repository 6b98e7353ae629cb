/** Says before cash is taken that nobody's drawer will answer for it. It offers a shift; it never stands in the way. */
import type { Id, ShiftView } from "@dandan/client";
import { createContext, useContext, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { may } from "../floor/view";
import { useWords } from "../i18n";
import { useAsked } from "../money/useAsked";
import { Warn } from "../ui/parts";
import type { Currency } from "./count";
import { OpenSheet } from "./OpenSheet";
import "./shift.css";
import { lastFloat, mine } from "./shifts";

/** The open shifts as the floor shows them; null: not known here, and nobody is bothered. */
export const OpenShifts = createContext<{ shifts: readonly { shift: Id; by: string }[]; currency: Currency } | null>(null);

/** `always`: whoever takes cash now. Else only a cashier, whose work it is. */
export function ShiftBanner({ always = false }: { always?: boolean }): ReactNode {
  const w = useWords();
  const open = useContext(OpenShifts);
  const card = useSettings().staff?.card;
  const [opening, setOpening] = useState(false);
  const wanted = card !== undefined && (always ? may(card.role, "collect") : card.role === "cashier");
  if (open === null || !wanted) return null;
  const isOpen = mine(open.shifts, card.id) !== null;
  // The sheet stays until it closes itself, though the shift it has opened is on the floor already.
  if (isOpen && !opening) return null;
  return (
    <>
      {!isOpen && (
        <div className="noshift" role="status">
          <Warn />
          <span>
            <b>{w.shift.none}</b>
            <small>{w.shift.noneHint}</small>
          </span>
          <button type="button" onClick={() => setOpening(true)}>
            {w.shift.noneGo}
          </button>
        </div>
      )}
      {opening && <Opening currency={open.currency} onClose={() => setOpening(false)} />}
    </>
  );
}

function Opening({ currency, onClose }: { currency: Currency; onClose: () => void }): ReactNode {
  const asked = useAsked<ShiftView[]>("/shifts");
  return (
    // Keys and presses in this sheet are not the sheet's below.
    <div onKeyDown={(e) => e.stopPropagation()} onPointerDown={(e) => e.stopPropagation()}>
      <OpenSheet currency={currency} last={lastFloat(asked.value ?? [])} onClose={onClose} />
    </div>
  );
}
