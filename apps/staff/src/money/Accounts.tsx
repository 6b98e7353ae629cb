/** House accounts (挂账): what stands on each, and taking what a customer pays off. */
import type { AccountView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { parseAmount } from "../till/cash";
import { AmountEntry } from "../till/RefundPane";
import { money } from "../ui/labels";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";

export function Accounts({ accounts, currency, reload }: { accounts: readonly AccountView[]; currency: "CNY" | "USD"; reload: () => void }): ReactNode {
  const w = useWords();
  const [picked, setPicked] = useState<string | null>(null);
  const account = accounts.find((a) => a.id === picked);
  return (
    <div className="money-list">
      {accounts.length === 0 && <p className="fempty">{w.money.noAccounts}</p>}
      <ul className="trows">
        {accounts.map((a) => (
          <li key={a.id} className="trow account">
            <span className="trow-what">
              <b>{a.name}</b>
              <small className="tnum">{w.money.accountLimit(money(a.limit, currency))}</small>
            </span>
            <span className="tnum">{a.owed > 0 ? `${w.money.accountOwed} ${money(a.owed, currency)}` : w.money.noneOwed}</span>
            <button type="button" className="primary" disabled={a.owed <= 0} onClick={() => setPicked(a.id)}>
              {w.money.settle}
            </button>
          </li>
        ))}
      </ul>
      {account !== undefined && <SettleSheet account={account} currency={currency} onDone={() => { setPicked(null); reload(); }} />}
    </div>
  );
}

function SettleSheet({ account, currency, onDone }: { account: AccountView; currency: "CNY" | "USD"; onDone: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const [text, setText] = useState("");
  const [way, setWay] = useState<"cash" | "card">("cash");
  const [slip, setSlip] = useState("");
  const [busy, setBusy] = useState(false);
  const tender = useRef(newId());
  const lock = useRef(false);
  const [owed] = useState(account.owed);
  const amount = parseAmount(text);
  const fits = amount > 0 && amount <= owed && (way === "cash" || slip.trim() !== "");
  const go = (): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const body = { tender: tender.current, amount, way, ...(way === "card" ? { reference: slip.trim() } : {}) };
    void send(`account:${account.id}`, `/accounts/${encodeURIComponent(account.id)}/settle`, body, tender.current).then((o) => {
      lock.current = false;
      setBusy(false);
      if (!o.ok) return void (tender.current = newId());
      notify(w.money.settled, 3000, true);
      onDone();
    });
  };
  return (
    <Sheet title={w.money.settleTitle(account.name)} onClose={onDone}>
      <p className="muted tnum">
        {w.money.accountOwed} {money(owed, currency)}
      </p>
      <AmountEntry text={text} most={owed} currency={currency} onText={setText} />
      <div className="segments">
        {(["cash", "card"] as const).map((one) => (
          <button key={one} type="button" className="ghost" aria-pressed={way === one} onClick={() => setWay(one)}>
            {w.ways[one]}
          </button>
        ))}
      </div>
      {way === "card" && <input value={slip} onChange={(e) => setSlip(e.target.value)} placeholder={w.till.cardSlip} aria-label={w.till.cardSlip} maxLength={24} />}
      <button type="button" className="primary big take" disabled={busy || !fits} onClick={go}>
        {busy ? w.sending : amount > 0 ? w.money.settleGo(w.ways[way], money(amount, currency)) : w.money.settleAmount}
      </button>
    </Sheet>
  );
}
