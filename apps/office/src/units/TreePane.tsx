/** The tree of brand, regions and stores; of each store at a glance how it stands. */
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { useOffice } from "../office";
import { toUnit } from "../route";
import { OWN_OFFSET_MIN } from "../ui/when";
import { followShort, followTone, lineTone, lineWords } from "./look";
import { filtered, followingOf, lineOf, rollOf, storesOf, type Node } from "./tree";

export function TreePane({ shown }: { shown: string | null }): ReactNode {
  const w = useWords();
  const { roots } = useOffice();
  const [words, setWords] = useState("");
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const [shut, setShut] = useState<ReadonlySet<string>>(new Set());
  const isFiltering = words.trim() !== "" || onlyTrouble;
  const left = isFiltering ? filtered(roots, words, onlyTrouble) : roots;
  const turn = (id: string): void => setShut((old) => new Set(old.has(id) ? [...old].filter((other) => other !== id) : [...old, id]));
  const rows = (nodes: readonly Node[]): ReactNode =>
    nodes.map((node) => (
      <li key={node.unit.id}>
        <Row node={node} shown={shown} isShut={!isFiltering && shut.has(node.unit.id)} turn={() => turn(node.unit.id)} />
        {node.children.length > 0 && (isFiltering || !shut.has(node.unit.id)) && <ul>{rows(node.children)}</ul>}
      </li>
    ));
  return (
    <aside className="treepane">
      <div className="treefind">
        <input type="search" value={words} onChange={(e) => setWords(e.target.value)} placeholder={w.tree.find} aria-label={w.tree.find} />
        <button type="button" className="ghost" aria-pressed={onlyTrouble} onClick={() => setOnlyTrouble(!onlyTrouble)}>
          {w.tree.onlyTrouble}
        </button>
      </div>
      {left.length === 0 ? <p className="empty">{isFiltering ? (onlyTrouble && words.trim() === "" ? w.tree.allFine : w.tree.nothing) : w.tree.empty}</p> : <ul className="tree">{rows(left)}</ul>}
    </aside>
  );
}

function Row({ node, shown, isShut, turn }: { node: Node; shown: string | null; isShut: boolean; turn: () => void }): ReactNode {
  const w = useWords();
  const { unit } = node;
  return (
    <div className="treerow" style={{ paddingLeft: `${node.depth * 18}px` }}>
      {node.children.length > 0 ? (
        <button type="button" className="fold" aria-expanded={!isShut} aria-label={isShut ? w.tree.open(unit.name) : w.tree.shut(unit.name)} onClick={turn}>
          <span aria-hidden>{isShut ? "▸" : "▾"}</span>
        </button>
      ) : (
        <span className="fold" />
      )}
      <a href={toUnit(unit.id, "overview")} aria-current={unit.id === shown ? "page" : undefined} className={`treelink treelink-${unit.kind}`}>
        <b>{unit.name}</b>
        {unit.kind === "store" ? <StoreState node={node} /> : <RollWords node={node} />}
      </a>
    </div>
  );
}

function StoreState({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const { now } = useOffice();
  const { unit } = node;
  const line = lineTone[lineOf(unit).at];
  const following = followingOf(unit);
  return (
    <span className="treestate">
      <span className={`tone tone-${line}`}>{lineWords(unit, w, now, OWN_OFFSET_MIN)}</span>
      {following !== "followed" && following !== "nothing" && <span className={`tone tone-${followTone[following]}`}>{followShort(unit, w)}</span>}
    </span>
  );
}

export function RollWords({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const roll = rollOf(storesOf(node));
  return (
    <span className="treestate">
      <span className="muted">{w.tree.stores(roll.stores)}</span>
      {roll.away > 0 && <span className="tone tone-bad">{w.tree.away(roll.away)}</span>}
      {roll.trouble > 0 && <span className="tone tone-bad">{w.tree.trouble(roll.trouble)}</span>}
      {roll.waiting > 0 && <span className="tone tone-wait">{w.tree.waiting(roll.waiting)}</span>}
    </span>
  );
}
