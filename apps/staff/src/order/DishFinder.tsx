/** Finds dishes: a keypad for numbers and initials (or a real keyboard, wherever the focus is), headings, what is ordered often. */
import type { Dish, Menu } from "@dandan/client";
import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import { money } from "../ui/labels";
import { useKeys } from "../ui/useScanner";
import { enterHit, favourites, find } from "./search";
import { blocks, type Can } from "./stock";

export interface FinderProps {
  menu: Menu;
  often: ReadonlyMap<string, number>;
  can: (dish: string) => Can;
  /** How many of a dish are on the draft. */
  counts: ReadonlyMap<string, number>;
  currency: "CNY" | "USD";
  /** Keys are meant for the search. */
  on: boolean;
  onTap: (dish: Dish) => void;
}

const FAVOURITES = "*";
const MOST_FAVOURITES = 40;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

export function DishFinder({ menu, often, can, counts, currency, on, onTap }: FinderProps): ReactNode {
  const w = useWords();
  const lang = useLang();
  const [query, setQuery] = useState("");
  const [letters, setLetters] = useState(false);
  const start = useMemo(() => (favourites(menu.dishes, often, MOST_FAVOURITES).length > 0 ? FAVOURITES : (menu.categories[0]?.id ?? "")), [menu, often]);
  const [category, setCategory] = useState(start);
  const grid = useRef<HTMLDivElement>(null);
  const hits = find(menu.dishes, query, often);
  const shown = query !== "" ? hits : category === FAVOURITES ? favourites(menu.dishes, often, MOST_FAVOURITES) : menu.dishes.filter((d) => d.category === category);
  const enter = enterHit(menu.dishes, query, often);
  const type = useCallback((key: string) => {
    setQuery((q) => (q + key).slice(0, 16));
    grid.current?.scrollTo(0, 0);
  }, []);
  const del = (): void => setQuery((q) => q.slice(0, -1));
  const tap = (dish: Dish): void => {
    if (blocks(can(dish.id))) return;
    onTap(dish);
    setQuery("");
  };
  useKeys((key) => {
    if (/^[0-9a-zA-Z]$/.test(key)) type(key.toLowerCase());
    else if (key === "Backspace" && query !== "") del();
    else if (key === "Escape" && query !== "") setQuery("");
    else if (key === "Enter" && enter !== null) tap(enter);
    else return false;
    return true;
  }, on);
  const pick = (id: string): void => {
    setQuery("");
    setCategory(id);
    grid.current?.scrollTo(0, 0);
  };
  return (
    <div className="finder">
      <nav className="fcats" aria-label={w.take.menu}>
        {start === FAVOURITES && (
          <button type="button" aria-current={query === "" && category === FAVOURITES ? "true" : undefined} onClick={() => pick(FAVOURITES)}>
            ★ {w.take.favourites}
          </button>
        )}
        {menu.categories.map((c) => (
          <button key={c.id} type="button" aria-current={query === "" && category === c.id ? "true" : undefined} onClick={() => pick(c.id)}>
            {say(c.name, lang)}
          </button>
        ))}
      </nav>
      <div ref={grid} className="dgrid">
        {shown.map((d) => (
          <DishTile key={d.id} dish={d} can={can(d.id)} count={counts.get(d.id) ?? 0} currency={currency} onTap={() => tap(d)} />
        ))}
        {shown.length === 0 && <p className="fempty">{query === "" ? w.take.empty : w.take.nothing(query)}</p>}
      </div>
      <div className={letters ? "keys keys-letters" : "keys"}>
        <span className={query === "" ? "kquery muted" : "kquery"} aria-live="polite">
          {query === "" ? w.take.search : query.toUpperCase()}
        </span>
        <button type="button" className="primary kenter" disabled={enter === null || blocks(can(enter.id))} onClick={() => enter !== null && tap(enter)}>
          {enter === null ? w.take.enter : w.take.whichDish(`${enter.code} ${say(enter.name, lang)}`)}
        </button>
        {(letters ? LETTERS : DIGITS).map((k) => (
          <button key={k} type="button" onClick={() => type(k.toLowerCase())}>
            {k}
          </button>
        ))}
        <button type="button" className="kmode" onClick={() => setLetters(!letters)}>
          {letters ? w.take.digits : w.take.letters}
        </button>
        <button type="button" className="kdel" onClick={del} disabled={query === ""} aria-label={w.take.delete}>
          ⌫
        </button>
      </div>
    </div>
  );
}

function DishTile({ dish, can, count, currency, onTap }: { dish: Dish; can: Can; count: number; currency: "CNY" | "USD"; onTap: () => void }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const prices = dish.variants.map((v) => v.price);
  const least = Math.min(...prices);
  const price = `${prices.some((p) => p > least) ? w.take.from(money(least, currency)) : money(least, currency)}${dish.charge === "weight" ? w.take.per500 : ""}`;
  const word = { ok: "", few: "", sold_out: w.take.soldOut, off_hours: w.take.offHours, paused: w.take.paused }[can.kind];
  return (
    <button type="button" className={`dish dish-${can.kind}`} disabled={blocks(can)} data-code={dish.code} onClick={onTap}>
      <span className="dcode tnum">{dish.code}</span>
      <b>{say(dish.name, lang)}</b>
      <span className="dprice tnum">
        {price}
        {dish.charge === "cover" && ` ${w.take.perHead}`}
      </span>
      {(word !== "" || can.kind === "few") && <span className="chip dcan">{can.kind === "few" ? w.take.left(can.left) : word}</span>}
      {count > 0 && <span className="dcount tnum">{count}</span>}
    </button>
  );
}
