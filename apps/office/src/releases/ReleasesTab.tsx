/** The menus of a unit: on sale, planned, and a new one. */
import { useState, type ReactNode } from "react";
import { useWords, type Words } from "../i18n";
import type { Release } from "../net/contract";
import { useCommand, useRead } from "../net/hooks";
import { useClock, useOffice } from "../office";
import { toMenu } from "../route";
import { Shown, Sure } from "../ui/parts";
import { fullLabel } from "../ui/when";
import { storesOf, type Node } from "../units/tree";
import { clockWords } from "./clock";
import { PublishSheet } from "./PublishSheet";
import { madeAt, split } from "./releases";

export function ReleasesTab({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const read = useRead<Release[]>(`/units/${node.unit.id}/releases`);
  const [publishing, setPublishing] = useState(false);
  const [taking, setTaking] = useState<Release | null>(null);
  const clock = useClock(node);
  const { offsetMin } = clock;
  const close = (): void => {
    setPublishing(false);
    setTaking(null);
    read.reload();
  };
  return (
    <>
      <div className="acts acts-top">
        <button type="button" className="primary" onClick={() => setPublishing(true)}>
          {w.releases.publish}
        </button>
        <span className="muted">{clockWords(w, clock)}</span>
      </div>
      <Shown read={read} utcOffsetMin={offsetMin}>
        {(releases) => {
          const { onSale, planned } = split(releases);
          const row = (release: Release): ReactNode => <Row key={release.id} release={release} node={node} offsetMin={offsetMin} take={() => setTaking(release)} />;
          return (
            <>
              <h2>{w.releases.onSale}</h2>
              {onSale.length === 0 ? <p className="empty">{w.releases.noneOnSale}</p> : <ul className="list">{onSale.map(row)}</ul>}
              <h2>{w.releases.planned}</h2>
              {planned.length === 0 ? <p className="empty">{w.releases.nonePlanned}</p> : <ul className="list">{planned.map(row)}</ul>}
              <p className="muted small">{w.releases.near}</p>
            </>
          );
        }}
      </Shown>
      {publishing && <PublishSheet node={node} clock={clock} onClose={close} />}
      {taking !== null && <TakeBack release={taking} node={node} offsetMin={offsetMin} onClose={close} />}
    </>
  );
}

function mayWords(w: Words, release: Pick<Release, "may_price" | "may_hours">): string[] {
  const may = [...(release.may_price ? [w.releases.may.price] : []), ...(release.may_hours ? [w.releases.may.hours] : [])];
  return may.length === 0 ? [w.releases.may.neither] : may;
}

function Row({ release, node, offsetMin, take }: { release: Release; node: Node; offsetMin: number; take: () => void }): ReactNode {
  const w = useWords();
  const { units } = useOffice();
  const elsewhere = madeAt(release, node.unit, units);
  return (
    <li className="row">
      <div>
        <a href={toMenu(release.version)}>
          <b>{w.releases.version(release.version)}</b>
        </a>
        <span className="tnum">{w.releases.since(fullLabel(release.from_ms, offsetMin))}</span>
        {elsewhere !== null && <span className="muted">{w.releases.from(elsewhere)}</span>}
      </div>
      <div className="chips">
        {mayWords(w, release).map((text) => (
          <span key={text} className="chip">
            {text}
          </span>
        ))}
      </div>
      {release.state === "planned" && elsewhere === null && (
        <button type="button" className="ghost bad" onClick={take}>
          {w.releases.take}
        </button>
      )}
    </li>
  );
}

function TakeBack({ release, node, offsetMin, onClose }: { release: Release; node: Node; offsetMin: number; onClose: () => void }): ReactNode {
  const w = useWords();
  const command = useCommand();
  const take = async (): Promise<void> => {
    if ((await command.run("DELETE", `/units/${node.unit.id}/releases/${release.id}`)) !== null) onClose();
  };
  const title = w.releases.takeSure(release.version, fullLabel(release.from_ms, offsetMin));
  return <Sure title={title} hint={w.releases.takeHint} yes={w.releases.takeYes} stores={storesOf(node)} command={command} danger onYes={() => void take()} onClose={onClose} />;
}
