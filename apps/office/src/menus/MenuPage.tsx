/** One version of the menu, as it will be sold. */
import { money } from "@staff/ui/labels";
import { useState, type ReactNode } from "react";
import { say, useLang, useWords } from "../i18n";
import type { MenuBody, MenuDish } from "../net/contract";
import { useRead } from "../net/hooks";
import { Shown } from "../ui/parts";
import { minuteLabel } from "../ui/when";
import { menuOf, sections } from "./menu";

/** A version never changes; asked again only in case nothing came. */
const EVERY_MS = 60_000;

export function MenuPage({ version }: { version: number }): ReactNode {
  const w = useWords();
  const read = useRead<unknown>(`/menus/${version}`, EVERY_MS);
  const [words, setWords] = useState("");
  return (
    <section className="unit onepage">
      <header className="unithead">
        <a href="#/menus" className="back back-always">
          ‹ {w.nav.menus}
        </a>
        <div className="unittitle">
          <h1>{w.releases.version(version)}</h1>
          <input type="search" value={words} onChange={(e) => setWords(e.target.value)} placeholder={w.menus.find} aria-label={w.menus.find} />
        </div>
      </header>
      <div className="unitbody">
        <Shown read={read}>
          {(answer) => {
            const menu = menuOf(answer);
            if (menu === null) return <p className="warnline">{w.menus.notJson}</p>;
            return sections(menu, words).map(({ category, dishes }) => (
              <section key={category.id} className="menusection">
                <Category name={category.name} dishes={dishes} menu={menu} />
              </section>
            ));
          }}
        </Shown>
      </div>
    </section>
  );
}

function Category({ name, dishes, menu }: { name: { zh: string; en: string }; dishes: MenuDish[]; menu: MenuBody }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const stations = new Map(menu.stations.map((s) => [s.id, s.name]));
  return (
    <>
      <h2>{say(name, lang)}</h2>
      <ul className="dishes">
        {dishes.map((dish) => (
          <li key={dish.id}>
            <span className="muted tnum">{dish.code}</span>
            <b>{say(dish.name, lang)}</b>
            <span className="prices tnum">
              {dish.variants.map((v) => (
                <span key={v.id}>
                  {say(v.name, lang) !== "" && <small className="muted">{say(v.name, lang)} </small>}
                  {money(v.price, menu.currency)}
                </span>
              ))}
            </span>
            <span className="muted small">
              {say(stations.get(dish.station) ?? { zh: dish.station, en: dish.station }, lang)} · {dish.hours == null ? w.menus.allDay : `${minuteLabel(dish.hours.from_min)}–${minuteLabel(dish.hours.to_min)}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
