/** Moves dishes to another party's bill (转菜): which ones, then where to. */
import type { FloorTable, Id, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { money } from "../ui/labels";
import { Sheet } from "../ui/parts";
import type { FloorContext } from "./FloorPage";
import { isLive } from "./lines";
import { PickTable } from "./PickTable";

export function MoveLines({ view, context, first, onDone }: { view: SessionView; context: FloorContext; first: Id[]; onDone: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const send = useSend();
  const [lines, setLines] = useState<ReadonlySet<Id>>(new Set(first));
  const [to, setTo] = useState<FloorTable | null>(null);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const order = useRef(newId());
  const movable = view.orders.filter((o) => o.state === "accepted").flatMap((o) => o.lines.filter(isLive));
  const targets = payLaterParties(context, view.id);
  const toggle = (id: Id): void => setLines((s) => new Set(s.has(id) ? [...s].filter((x) => x !== id) : [...s, id]));
  const target = to?.sessions[0];
  const go = (): void => {
    if (lock.current || target === undefined) return;
    lock.current = true;
    setBusy(true);
    void send(`session:${view.id}`, `/sessions/${encodeURIComponent(view.id)}/move-lines`, { lines: [...lines], to: target.id, order: order.current }).then((o) => {
      lock.current = false;
      setBusy(false);
      if (o.ok) return onDone();
      order.current = newId();
    });
  };
  return (
    <Sheet title={w.table.moveLinesTitle} onClose={onDone} wide>
      <ul className="movelist">
        {movable.map((l) => (
          <li key={l.line}>
            <button type="button" className="ghost" aria-pressed={lines.has(l.line)} onClick={() => toggle(l.line)}>
              <span>
                {say(l.name, lang)} ×{l.quantity}
              </span>
              <span className="tnum">{money(l.amount, context.currency)}</span>
            </button>
          </li>
        ))}
      </ul>
      <h3>{w.table.moveLinesTo}</h3>
      <PickTable tables={targets} picked={to?.id ?? null} none={w.table.moveLinesNone} onPick={setTo} />
      <button type="button" className="primary big" disabled={busy || lines.size === 0 || target === undefined} onClick={go}>
        {busy ? w.sending : target === undefined || to === null ? w.table.moveLinesTo : w.table.moveLinesGo(lines.size, target.tables || to.name)}
      </button>
    </Sheet>
  );
}

/** Other parties that pay after the meal, each at the first of its tables. */
export function payLaterParties(context: FloorContext, but: Id): FloorTable[] {
  const later = new Set(context.view.areas.filter((a) => a.mode === "pay_later").map((a) => a.id));
  const seen = new Set<Id>([but]);
  return context.view.tables.filter((t) => {
    const party = t.sessions[0];
    if (party === undefined || !later.has(t.area) || seen.has(party.id)) return false;
    seen.add(party.id);
    return true;
  });
}
