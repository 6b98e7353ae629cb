/** How a store stands in full; of a brand or region, how its stores stand. */
import { useState, type ReactNode } from "react";
import { useLang, useWords } from "../i18n";
import { useClock, useOffice } from "../office";
import { toUnit } from "../route";
import { label } from "../ui/when";
import { followLong, followTone, lineTone, lineWords } from "./look";
import { followingOf, hasTrouble, lineOf, rollOf, storesOf, type Node } from "./tree";
import { UnitSheet } from "./UnitSheet";

const HOMES = { cloud: "homeCloud", box: "homeBox", none: "homeNone" } as const;

export function OverviewTab({ node }: { node: Node }): ReactNode {
  return node.unit.kind === "store" ? <Store node={node} /> : <Stores node={node} />;
}

function Stores({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const { now } = useOffice();
  const [adding, setAdding] = useState<"region" | "store" | null>(null);
  const stores = storesOf(node);
  const roll = rollOf(stores);
  const { offsetMin } = useClock(node);
  // Trouble first: that is what somebody looks for here.
  const listed = [...stores].sort((a, b) => Number(hasTrouble(b)) - Number(hasTrouble(a)));
  return (
    <>
      {stores.length > 0 && (
        <div className="cards">
          <Card tone="plain" number={roll.stores} text={w.overview.stores} />
          <Card tone={roll.away > 0 ? "bad" : "ok"} number={roll.away} text={w.state.away} />
          <Card tone={roll.waiting > 0 ? "wait" : "ok"} number={roll.waiting} text={w.state.waiting} />
          <Card tone={roll.trouble > 0 ? "bad" : "ok"} number={roll.trouble} text={w.state.trouble} />
        </div>
      )}
      {roll.away > 0 && <p className="muted">{w.state.cutOffHint}</p>}
      {stores.length === 0 ? (
        <p className="empty">{w.tree.empty}</p>
      ) : (
        <ul className="storelist">
          {listed.map((unit) => (
            <li key={unit.id}>
              <a href={toUnit(unit.id, "overview")}>
                <b>{unit.name}</b>
                <span className={`tone tone-${lineTone[lineOf(unit).at]}`}>{lineWords(unit, w, now, offsetMin)}</span>
                <span className={`tone tone-${followTone[followingOf(unit)]}`}>{followLong(unit, w, lang)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <div className="acts">
        <button type="button" className="ghost" onClick={() => setAdding("store")}>
          {w.overview.add.store}
        </button>
        <button type="button" className="ghost" onClick={() => setAdding("region")}>
          {w.overview.add.region}
        </button>
      </div>
      {adding !== null && <UnitSheet node={null} parent={node.unit} kind={adding} onClose={() => setAdding(null)} />}
    </>
  );
}

function Card({ tone, number, text }: { tone: string; number: number; text: string }): ReactNode {
  return (
    <div className={`card card-${tone}`}>
      <b className="tnum">{number}</b>
      <span>{text}</span>
    </div>
  );
}

function Store({ node }: { node: Node }): ReactNode {
  const { unit } = node;
  const w = useWords();
  const lang = useLang();
  const { now } = useOffice();
  const { offsetMin } = useClock(node);
  const at = (ms: number | null | undefined): string => (ms == null ? w.overview.never : label(ms, now, offsetMin));
  const { state } = unit;
  const directive = state?.directive;
  return (
    <>
      <div className="cards cards-two">
        <div className={`card card-${lineTone[lineOf(unit).at]}`}>
          <b>{lineWords(unit, w, now, offsetMin)}</b>
          <span>{w.state[HOMES[state?.home ?? "none"]]}</span>
        </div>
        <div className={`card card-${followTone[followingOf(unit)]}`}>
          <b>{w.overview.directive}</b>
          <span>{followLong(unit, w, lang)}</span>
        </div>
      </div>
      {lineOf(unit).at === "away" && <p className="muted">{w.state.cutOffHint}</p>}
      <dl className="facts">
        <Fact name={w.overview.store}>
          <code>{unit.store ?? w.overview.noStore}</code>
        </Fact>
        <Fact name={w.overview.lastSeen}>{lineOf(unit).at === "here" && state?.last_seen_ms == null ? w.now : at(state?.last_seen_ms)}</Fact>
        <Fact name={`${w.overview.directive} · ${w.overview.wanted}`}>{w.overview.number(directive?.wanted ?? 0)}</Fact>
        <Fact name={`${w.overview.directive} · ${w.overview.followed}`}>{w.overview.number(directive?.followed ?? 0)}</Fact>
        <Fact name={w.overview.delivered}>{at(directive?.delivered_ms)}</Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
