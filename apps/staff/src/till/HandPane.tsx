/** Money taken beside the system: a card with its slip number, a house account, a member's balance. */
import type { AccountView, Minor } from "@dandan/client";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { money } from "../ui/labels";

export type HandWay = "card" | "house_account" | "member_balance";

export interface HandPaneProps {
  way: HandWay;
  /** With the tip. */
  amount: Minor;
  accounts: readonly AccountView[];
  currency: "CNY" | "USD";
  onTake: (reference: string) => void;
}

export function HandPane(props: HandPaneProps): ReactNode {
  switch (props.way) {
    case "card":
      return <Written {...props} />;
    case "member_balance":
      return <Written {...props} />;
    case "house_account":
      return <Accounts {...props} />;
  }
}

function Written({ way, amount, currency, onTake }: HandPaneProps): ReactNode {
  const w = useWords();
  const [reference, setReference] = useState("");
  const label = way === "card" ? w.till.cardSlip : w.till.memberNumber;
  const text = reference.trim();
  return (
    <form
      className="hand"
      onSubmit={(e) => {
        e.preventDefault();
        if (text !== "") onTake(text);
      }}
    >
      <b className="cashbig tnum">{money(amount, currency)}</b>
      {way === "card" && <p className="muted">{w.till.cardHint}</p>}
      <label>
        {label}
        <input value={reference} onChange={(e) => setReference(e.target.value)} maxLength={24} autoComplete="off" autoFocus inputMode={way === "card" ? "text" : "tel"} />
      </label>
      <button type="submit" className="primary big take" disabled={text === ""}>
        {text === "" ? label : w.till.handGo(w.ways[way], money(amount, currency))}
      </button>
    </form>
  );
}

function Accounts({ amount, accounts, currency, onTake }: HandPaneProps): ReactNode {
  const w = useWords();
  const [picked, setPicked] = useState<AccountView | null>(null);
  if (accounts.length === 0) return <p className="fempty">{w.till.noAccounts}</p>;
  return (
    <div className="hand">
      <b className="cashbig tnum">{money(amount, currency)}</b>
      <ul className="trows">
        {accounts.map((a) => {
          const left = a.limit - a.owed;
          return (
            <li key={a.id}>
              <button type="button" className="ghost tshare" aria-pressed={picked?.id === a.id} disabled={left < amount} onClick={() => setPicked(a)}>
                <b>{a.name}</b>
                <span className="tnum">
                  {left < amount && `${w.till.accountFull} · `}
                  {w.till.accountLeft(money(left, currency))}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" className="primary big take" disabled={picked === null} onClick={() => picked !== null && onTake(picked.id)}>
        {picked === null ? w.till.accountTitle : w.till.handGo(picked.name, money(amount, currency))}
      </button>
    </div>
  );
}
