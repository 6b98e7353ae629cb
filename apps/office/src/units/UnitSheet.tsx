/** A new region or store; or another name, another place, or the end of one. */
import { newId } from "@staff/net/ids";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import type { Unit, UnitKind } from "../net/contract";
import { useCommand } from "../net/hooks";
import { useOffice } from "../office";
import { Met, Sheet, Sure } from "../ui/parts";
import { isName } from "../ui/name";
import { parentsFor, storesOf, type Node } from "./tree";

const STORE = /^[0-9a-f]{32}$/;

/** `node`: what is changed; without one a unit is added below `parent`. */
export function UnitSheet({ node, parent, kind, onClose }: { node: Node | null; parent: Unit | null; kind: UnitKind; onClose: () => void }): ReactNode {
  const w = useWords();
  const { units, reload } = useOffice();
  const command = useCommand();
  const [id] = useState(() => node?.unit.id ?? newId());
  const [name, setName] = useState(node?.unit.name ?? "");
  const [below, setBelow] = useState(node?.unit.parent ?? parent?.id ?? "");
  const [store, setStore] = useState(node?.unit.store ?? "");
  const [step, setStep] = useState<"form" | "add" | "move" | "remove">("form");
  const stores = node === null ? [] : storesOf(node);
  const claims = node === null && kind === "store";
  const moves = node !== null && below !== (node.unit.parent ?? "");
  const storeFits = kind !== "store" || STORE.test(store.trim());
  const fits = isName(name) && storeFits;
  const save = async (): Promise<void> => {
    const body = { kind, parent: below === "" ? null : below, name: name.trim(), ...(kind === "store" ? { store: store.trim() } : {}) };
    if ((await command.run("PUT", `/units/${id}`, { json: body })) === null) return;
    reload();
    onClose();
  };
  const remove = async (): Promise<void> => {
    if ((await command.run("DELETE", `/units/${id}`)) === null) return;
    location.hash = "#/";
    reload();
    onClose();
  };
  if (step === "remove" && node !== null)
    return <Sure title={w.overview.removeSure(node.unit.name)} hint={w.overview.removeHint} yes={w.overview.removeYes} stores={stores} command={command} danger onYes={() => void remove()} onClose={onClose} />;
  if (step === "move") return <Sure title={w.overview.edit} hint={w.overview.moveHint(stores.length)} yes={w.save} stores={stores} command={command} onYes={() => void save()} onClose={onClose} />;
  if (step === "add") return <Sure title={w.overview.add.store} hint={w.overview.addHint(name.trim(), store.trim())} yes={w.save} stores={[]} command={command} onYes={() => void save()} onClose={onClose} />;
  const parents = parentsFor(units, node?.unit ?? null);
  return (
    <Sheet title={node === null ? (kind === "store" ? w.overview.add.store : w.overview.add.region) : node.unit.name} onClose={onClose}>
      <label className="field">
        {w.overview.name}
        <input value={name} onChange={(e) => setName(e.target.value)} />
      </label>
      {parents.length > 0 && (
        <label className="field">
          {w.overview.parent}
          <select value={below} onChange={(e) => setBelow(e.target.value)}>
            {parents.map((u) => (
              <option key={u.id} value={u.id}>
                {u.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {kind === "store" && (
        <label className="field">
          {w.overview.store}
          <input value={store} onChange={(e) => setStore(e.target.value)} spellCheck={false} className="mono" disabled={node !== null} />
          <small className="muted">{w.overview.storeHint}</small>
        </label>
      )}
      {name !== "" && !isName(name) && <p className="warnline">{w.overview.nameBad}</p>}
      {store !== "" && !storeFits && <p className="warnline">{w.overview.storeBad}</p>}
      <Met command={command} />
      <div className="acts">
        {node !== null && node.unit.kind !== "brand" && (
          <button type="button" className="ghost bad" onClick={() => setStep("remove")}>
            {w.overview.remove}
          </button>
        )}
        <button type="button" className="primary" disabled={!fits || command.busy} onClick={() => (moves ? setStep("move") : claims ? setStep("add") : void save())}>
          {command.busy ? w.sending : moves || claims ? w.releases.next : w.save}
        </button>
      </div>
    </Sheet>
  );
}
