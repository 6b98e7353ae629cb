/** One unit: its tabs, and what each shows. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ActsTab } from "../acts/ActsTab";
import { CompareTab } from "../compare/CompareTab";
import { DevicesTab } from "../devices/DevicesTab";
import { useWords } from "../i18n";
import { useOffice } from "../office";
import { PeopleTab } from "../people/PeopleTab";
import { ReleasesTab } from "../releases/ReleasesTab";
import { TABS, toUnit, type Tab } from "../route";
import { OverviewTab } from "./OverviewTab";
import { find, lineage, type Node } from "./tree";
import { UnitSheet } from "./UnitSheet";

export function UnitPage({ id, tab }: { id: string; tab: Tab }): ReactNode {
  const w = useWords();
  const { roots, units, me } = useOffice();
  const [editing, setEditing] = useState(false);
  const tabs = useRef<HTMLElement>(null);
  // On a phone not all tabs fit.
  useEffect(() => {
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [tab]);
  const node = find(roots, id);
  if (node === null) return <p className="empty">{w.tree.nothing}</p>;
  const above = lineage(units, id).slice(1).reverse();
  return (
    <section className="unit">
      <header className="unithead">
        <a href="#/" className="back">
          ‹ {w.nav.units}
        </a>
        <p className="muted crumbs">
          {above.map((u) => (
            <span key={u.id}>
              <a href={toUnit(u.id, tab)}>{u.name}</a> ›{" "}
            </span>
          ))}
          {w.kinds[node.unit.kind]}
        </p>
        <div className="unittitle">
          <h1>{node.unit.name}</h1>
          {node.unit.id !== me.unit && (
            <button type="button" className="ghost" onClick={() => setEditing(true)}>
              {w.overview.edit}
            </button>
          )}
        </div>
        <nav className="tabs" ref={tabs}>
          {TABS.map((t) => (
            <a key={t} href={toUnit(id, t)} aria-current={t === tab ? "page" : undefined}>
              {w.tabs[t]}
            </a>
          ))}
        </nav>
      </header>
      <div className="unitbody">
        <Body node={node} tab={tab} />
      </div>
      {editing && <UnitSheet node={node} parent={null} kind={node.unit.kind} onClose={() => setEditing(false)} />}
    </section>
  );
}

function Body({ node, tab }: { node: Node; tab: Tab }): ReactNode {
  switch (tab) {
    case "overview":
      return <OverviewTab node={node} />;
    case "releases":
      return <ReleasesTab node={node} />;
    case "people":
      return <PeopleTab node={node} />;
    case "devices":
      return <DevicesTab node={node} />;
    case "compare":
      return <CompareTab node={node} />;
    case "acts":
      return <ActsTab node={node} />;
  }
}
