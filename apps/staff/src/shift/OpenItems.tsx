/** What would have to be signed for, each with the way to where it is mended. */
import type { ReactNode } from "react";
import { nameOf, usePeople } from "../approve/people";
import { say, useLang, useWords } from "../i18n";
import { money } from "../ui/labels";
import { Warn } from "../ui/parts";
import type { Currency } from "./count";
import type { Item, Place } from "./unmatched";

export function ItemText({ item, currency }: { item: Item; currency: Currency }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const people = usePeople();
  const m = (n: number): string => money(n, currency);
  switch (item.kind) {
    case "table":
      return w.day.items.table(item.table, m(item.balance));
    case "payment":
      return w.day.items.payment(item.table, m(item.amount));
    case "unserved":
      return (
        <>
          {w.day.items.unserved(item.table, item.count)}
          {item.names.length > 0 && <small className="muted"> {item.names.map((n) => say(n, lang)).join(w.audit.join)}{item.count > item.names.length && "…"}</small>}
        </>
      );
    case "nod":
      return w.day.items.nod(item.table);
    case "shift":
      return w.day.items.shift(item.till, nameOf(people, item.by));
    case "cash":
      return w.day.items.cash(m(item.amount));
    case "slip":
      return w.day.items.slip(item.why);
    case "other":
      return w.day.items.other(item.name);
  }
}

export function OpenItems({ items, currency, goTo }: { items: readonly Item[]; currency: Currency; goTo: (place: Place) => void }): ReactNode {
  const w = useWords();
  if (items.length === 0)
    return (
      <div className="allgood">
        <b>✓ {w.day.unmatchedNone}</b>
        <span>{w.day.unmatchedNoneHint}</span>
      </div>
    );
  return (
    <>
      <p className="opencount">
        <Warn /> {w.day.unmatchedSome(items.length)}
      </p>
      <ul className="openitems">
        {items.map((item, i) => (
          <li key={i}>
            <span>
              <ItemText item={item} currency={currency} />
            </span>
            <button type="button" className="ghost" onClick={() => goTo(item.place)}>
              {w.day.go[item.place.at]}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
