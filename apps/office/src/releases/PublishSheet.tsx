/** Puts a version on sale in a unit's stores, now or at a time of theirs. Asks once more before it does. */
import { newId } from "@staff/net/ids";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import type { MenuVersion } from "../net/contract";
import { useCommand, useRead } from "../net/hooks";
import { useOffice, type Clock } from "../office";
import { tell } from "../ui/notice";
import { Sheet, Shown, Sure } from "../ui/parts";
import { fieldOf, fullLabel, instantOf, nextHour, zoneName } from "../ui/when";
import { storesOf, type Node } from "../units/tree";
import { clockWords } from "./clock";

export function PublishSheet({ node, clock, onClose }: { node: Node; clock: Clock; onClose: () => void }): ReactNode {
  const w = useWords();
  const { offsetMin } = clock;
  const { reload } = useOffice();
  const menus = useRead<MenuVersion[]>("/menus", 60_000);
  const command = useCommand();
  const [id] = useState(newId);
  const [picked, setPicked] = useState<number | null>(null);
  const [timed, setTimed] = useState(false);
  const [field, setField] = useState(() => fieldOf(nextHour(Date.now()), offsetMin));
  const [mayPrice, setMayPrice] = useState(false);
  const [mayHours, setMayHours] = useState(false);
  const [sure, setSure] = useState(false);
  const at = instantOf(field, offsetMin);
  // Looked at when drawn and again when pressed: the clock goes on while somebody thinks.
  const wrong = !timed ? null : at === null ? w.releases.dates : at <= Date.now() ? w.releases.past : null;
  const newest = menus.value === null ? null : Math.max(...menus.value.map((m) => m.version));
  const version = picked ?? newest;
  const publish = async (): Promise<void> => {
    const body = { version, from_ms: timed ? at : null, may_price: mayPrice, may_hours: mayHours };
    if ((await command.run("PUT", `/units/${node.unit.id}/releases/${id}`, { json: body })) === null) return;
    tell(w.releases.done);
    reload();
    onClose();
  };
  if (sure && version !== null) {
    const title = timed && at !== null ? w.releases.sureAt(version, fullLabel(at, offsetMin), zoneName(offsetMin)) : w.releases.sureNow(version);
    return <Sure title={title} hint={w.releases.sureHint} yes={w.releases.yes} stores={storesOf(node)} command={command} onYes={() => void publish()} onClose={() => (command.trouble === null ? setSure(false) : onClose())} />;
  }
  return (
    <Sheet title={w.releases.title(node.unit.name)} onClose={onClose}>
      <Shown read={menus} utcOffsetMin={offsetMin}>
        {(list) =>
          list.length === 0 || version === null ? (
            <p className="empty">
              {w.releases.noMenus} <a href="#/menus">{w.nav.menus}</a>
            </p>
          ) : (
            <>
              <label className="field">
                {w.releases.which}
                <select value={version} onChange={(e) => setPicked(Number(e.target.value))}>
                  {[...list]
                    .sort((a, b) => b.version - a.version)
                    .map((m) => (
                      <option key={m.version} value={m.version}>
                        {[w.releases.version(m.version), m.note, w.menus.dishes(m.dishes)].filter((part) => part !== "").join(" · ")}
                      </option>
                    ))}
                </select>
              </label>
              <fieldset className="field">
                <legend>{w.releases.when}</legend>
                <div className="choice">
                  <button type="button" className="ghost" aria-pressed={!timed} onClick={() => setTimed(false)}>
                    {w.releases.atOnce}
                  </button>
                  <button type="button" className="ghost" aria-pressed={timed} onClick={() => setTimed(true)}>
                    {w.releases.atTime}
                  </button>
                </div>
                {timed && (
                  <>
                    <input type="datetime-local" value={field} onChange={(e) => setField(e.target.value)} aria-label={w.releases.when} />
                    <small className="muted">{clockWords(w, clock)}</small>
                  </>
                )}
              </fieldset>
              <label className="tick">
                <input type="checkbox" checked={mayPrice} onChange={(e) => setMayPrice(e.target.checked)} />
                {w.releases.mayPrice}
              </label>
              <label className="tick">
                <input type="checkbox" checked={mayHours} onChange={(e) => setMayHours(e.target.checked)} />
                {w.releases.mayHours}
              </label>
              {wrong !== null && (
                <p className="warnline" role="alert">
                  {wrong}
                </p>
              )}
              <div className="acts">
                <button type="button" className="primary" disabled={wrong !== null} onClick={() => setSure(!timed || (at !== null && at > Date.now()))}>
                  {w.releases.next}
                </button>
              </div>
            </>
          )
        }
      </Shown>
    </Sheet>
  );
}
