/** Head office's own devices at a unit. The key of a new one is shown once. */
import { newId } from "@staff/net/ids";
import { useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import type { Device } from "../net/contract";
import { useCommand, useRead } from "../net/hooks";
import { useOffice } from "../office";
import { isName } from "../ui/name";
import { Sheet, Shown, Sure } from "../ui/parts";
import { storesOf, type Node } from "../units/tree";

export function DevicesTab({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const { units } = useOffice();
  const read = useRead<Device[]>(`/units/${node.unit.id}/devices`);
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Device | null>(null);
  const close = (): void => {
    setAdding(false);
    setEnding(null);
    read.reload();
  };
  return (
    <>
      <div className="acts acts-top">
        <button type="button" className="primary" onClick={() => setAdding(true)}>
          {w.devices.add}
        </button>
      </div>
      <Shown read={read}>
        {(devices) =>
          devices.length === 0 ? (
            <p className="empty">{w.devices.none}</p>
          ) : (
            <ul className="list">
              {devices.map((d) => (
                <li key={d.id} className="row">
                  <b>{d.name}</b>
                  {d.unit === node.unit.id ? (
                    <button type="button" className="ghost bad" onClick={() => setEnding(d)} aria-label={`${w.devices.end} ${d.name}`}>
                      {w.devices.end}
                    </button>
                  ) : (
                    <span className="muted">{w.people.from(units.find((u) => u.id === d.unit)?.name ?? d.unit)}</span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {adding && <AddSheet node={node} onClose={close} />}
      {ending !== null && <End device={ending} node={node} onClose={close} />}
    </>
  );
}

function End({ device, node, onClose }: { device: Device; node: Node; onClose: () => void }): ReactNode {
  const w = useWords();
  const command = useCommand();
  const end = async (): Promise<void> => {
    if ((await command.run("DELETE", `/units/${node.unit.id}/devices/${device.id}`)) !== null) onClose();
  };
  return <Sure title={w.devices.endSure(device.name)} hint={w.devices.endHint} yes={w.devices.endYes} stores={storesOf(node)} command={command} danger onYes={() => void end()} onClose={onClose} />;
}

function AddSheet({ node, onClose }: { node: Node; onClose: () => void }): ReactNode {
  const w = useWords();
  const command = useCommand();
  const [id] = useState(newId);
  const [name, setName] = useState("");
  const [sure, setSure] = useState(false);
  // What the node answered: everything but the name is for the device.
  const [given, setGiven] = useState<Record<string, unknown> | null>(null);
  const add = async (): Promise<void> => {
    const answer = await command.run<Record<string, unknown> | null>("PUT", `/units/${node.unit.id}/devices/${id}`, { json: { name: name.trim() } });
    if (answer !== null) setGiven(answer.value ?? {});
  };
  if (given !== null) return <KeySheet given={{ device: id, name: name.trim(), ...given }} onClose={onClose} />;
  if (sure) return <Sure title={w.devices.addSure(name.trim())} hint={w.devices.addHint} yes={w.devices.yes} stores={storesOf(node)} command={command} onYes={() => void add()} onClose={onClose} />;
  return (
    <Sheet title={w.devices.newTitle(node.unit.name)} onClose={onClose}>
      <label className="field">
        {w.devices.name}
        <input value={name} onChange={(e) => setName(e.target.value)} placeholder={w.devices.placeholder} />
      </label>
      {name !== "" && !isName(name) && <p className="warnline">{w.devices.nameBad}</p>}
      <div className="acts">
        <button type="button" className="primary" disabled={!isName(name)} onClick={() => setSure(true)}>
          {w.devices.next}
        </button>
      </div>
    </Sheet>
  );
}

/** Asked again after a lost answer, the node keeps the key to itself: it was made once. */
function KeySheet({ given, onClose }: { given: Record<string, unknown>; onClose: () => void }): ReactNode {
  const w = useWords();
  const [copied, setCopied] = useState<boolean | null>(null);
  const text = JSON.stringify(given, null, 2);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  if (typeof given["key"] !== "string")
    return (
      <Sheet title={w.devices.keyTitle} onClose={onClose}>
        <p className="warnline">{w.devices.keyGone}</p>
      </Sheet>
    );
  return (
    <Sheet title={w.devices.keyTitle} onClose={onClose} stays>
      <p className="warnline">{w.devices.keyHint}</p>
      <pre className="key">{text}</pre>
      {copied === false && <p className="muted">{w.devices.copyBad}</p>}
      <div className="acts">
        <button type="button" className="ghost" onClick={() => void copy()}>
          {copied === true ? w.devices.copied : w.devices.copy}
        </button>
        <button type="button" className="primary" onClick={onClose}>
          {w.devices.done}
        </button>
      </div>
    </Sheet>
  );
}
