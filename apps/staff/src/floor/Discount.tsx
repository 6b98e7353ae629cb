/** A discount on the whole check, and fees let go. Both may need a second person. */
import type { Discount, Fees, SessionView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useGuarded, type GuardedRequest } from "../approve/useGuarded";
import { discountWords } from "../approve/Waiting";
import { useWords } from "../i18n";
import { money } from "../ui/labels";
import { discountOff, fenOf } from "./lines";
import { ReasonSheet } from "./ReasonSheet";

/** In tenths to pay: 9.5 折 is 5 % off. */
const USUAL = [9.5, 9, 8.8, 8.5, 8, 5];

function useAsk(done: () => void): { busy: boolean; go: (request: GuardedRequest) => void; sheet: ReactNode } {
  const { ask, sheet } = useGuarded();
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const go = async (request: GuardedRequest): Promise<void> => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const end = await ask(request);
    lock.current = false;
    setBusy(false);
    if (end !== "given_up") done();
  };
  return { busy, sheet, go: (r) => void go(r) };
}

export function DiscountSheet({ view, currency, onClose }: { view: SessionView; currency: "CNY" | "USD"; onClose: () => void }): ReactNode {
  const w = useWords();
  const ask = useAsk(onClose);
  const now = view.check.discounted;
  const [wanted, setWanted] = useState<Discount | null | undefined>(undefined);
  const [text, setText] = useState("");
  const typed = (value: string): void => {
    setText(value);
    const fen = fenOf(value);
    setWanted(fen !== null && fen > 0 ? { amount: fen } : undefined);
  };
  const name = wanted === undefined ? w.table.discount : w.table.discountGo(discountWords(wanted, w, currency));
  const off = wanted === undefined || wanted === null ? 0 : "percent" in wanted ? Math.round((view.check.eaten * wanted.percent) / 10_000) : Math.min(wanted.amount, view.check.eaten);
  return (
    <>
      <ReasonSheet title={w.table.discountTitle} reasons={w.table.giveReasons} go={name} busy={ask.busy} ready={wanted !== undefined} onClose={onClose}
        onGo={(reason) => wanted !== undefined && ask.go({ lane: `session:${view.id}`, path: `/sessions/${encodeURIComponent(view.id)}/discount`, body: { discount: wanted, reason }, act: { act: "discount", session: view.id, discount: wanted }, what: `${view.tables} ${w.table.discount} ${discountWords(wanted, w, currency)}` })}>
        {now !== null && <p>{w.table.discountNow(discountWords(now, w, currency))}</p>}
        <div className="reasons">
          {USUAL.map((zhe) => {
            const percent = discountOff(zhe) ?? 0;
            return (
              <button key={zhe} type="button" className="ghost" aria-pressed={wanted != null && "percent" in wanted && wanted.percent === percent} onClick={() => { setText(""); setWanted({ percent }); }}>
                {w.table.zhe(String(zhe))}
              </button>
            );
          })}
          {now !== null && (
            <button type="button" className="ghost" aria-pressed={wanted === null} onClick={() => { setText(""); setWanted(null); }}>
              {w.table.discountNone}
            </button>
          )}
        </div>
        <input inputMode="decimal" value={text} onChange={(e) => typed(e.target.value)} placeholder={w.table.discountAmount} aria-label={w.table.discountAmount} />
        {off > 0 && <p className="muted tnum">{w.table.discountLess(money(off, currency))}</p>}
      </ReasonSheet>
      {ask.sheet}
    </>
  );
}

const FEES = ["seat_fee", "minimum_spend", "service_charge"] as const;

export function WaiveSheet({ view, onClose }: { view: SessionView; onClose: () => void }): ReactNode {
  const w = useWords();
  const ask = useAsk(onClose);
  const [fees, setFees] = useState<Fees>(view.check.waived);
  const changed = FEES.some((f) => fees[f] !== view.check.waived[f]);
  return (
    <>
      <ReasonSheet title={w.table.waiveTitle} reasons={w.table.giveReasons} go={w.table.waiveGo} busy={ask.busy} ready={changed} onClose={onClose}
        onGo={(reason) => ask.go({ lane: `session:${view.id}`, path: `/sessions/${encodeURIComponent(view.id)}/waive`, body: { fees, reason }, act: { act: "waive_fees", session: view.id, fees }, what: `${view.tables} ${w.table.waive}` })}>
        <div className="reasons">
          {FEES.map((f) => (
            <button key={f} type="button" className="ghost" aria-pressed={fees[f]} onClick={() => setFees((x) => ({ ...x, [f]: !x[f] }))}>
              {w.table.fees[f]}
            </button>
          ))}
        </div>
      </ReasonSheet>
      {ask.sheet}
    </>
  );
}
