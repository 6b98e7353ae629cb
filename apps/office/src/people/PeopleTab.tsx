/** Whom head office has put at a unit, and who works there because they were put above it. */
import { newId } from "@staff/net/ids";
import { useState, type ReactNode } from "react";
import { useWords, type Words } from "../i18n";
import type { Person, Role } from "../net/contract";
import { useCommand, useRead } from "../net/hooks";
import { isName } from "../ui/name";
import { Sheet, Shown, Sure } from "../ui/parts";
import { storesOf, type Node } from "../units/tree";

const ROLES: readonly Role[] = ["waiter", "cashier", "kitchen", "lead", "manager", "owner"];
const PIN = /^[0-9]{4,8}$/;

/** A role this build doesn't know keeps its own name. */
const roleName = (w: Words, role: string): string => (w.people.roles as Record<string, string>)[role] ?? role;
const rank = (person: Person): number => ROLES.indexOf(person.role as Role);

export function PeopleTab({ node }: { node: Node }): ReactNode {
  const w = useWords();
  const read = useRead<Person[]>(`/units/${node.unit.id}/people`);
  const [editing, setEditing] = useState<Person | "new" | null>(null);
  const close = (): void => {
    setEditing(null);
    read.reload();
  };
  return (
    <>
      <div className="acts acts-top">
        <button type="button" className="primary" onClick={() => setEditing("new")}>
          {w.people.add}
        </button>
      </div>
      <Shown read={read}>
        {(people) =>
          people.length === 0 ? (
            <p className="empty">{w.people.none}</p>
          ) : (
            <ul className="list">
              {[...people]
                .sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name, "zh-CN"))
                .map((p) => (
                  <li key={p.id} className="row">
                    <div>
                      <b>{p.name}</b>
                      <span className="chip">{roleName(w, p.role)}</span>
                    </div>
                    {p.unit === node.unit.id ? (
                      <button type="button" className="ghost" onClick={() => setEditing(p)} aria-label={`${w.people.edit} ${p.name}`}>
                        {w.people.edit}
                      </button>
                    ) : (
                      <span className="muted">{w.people.from(p.unit_name)}</span>
                    )}
                  </li>
                ))}
            </ul>
          )
        }
      </Shown>
      {editing !== null && <PersonSheet person={editing === "new" ? null : editing} node={node} onClose={close} />}
    </>
  );
}

function PersonSheet({ person, node, onClose }: { person: Person | null; node: Node; onClose: () => void }): ReactNode {
  const w = useWords();
  const p = w.people;
  const command = useCommand();
  const [id] = useState(() => person?.id ?? newId());
  const [name, setName] = useState(person?.name ?? "");
  const [role, setRole] = useState<string>(person?.role ?? "waiter");
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [step, setStep] = useState<"form" | "sure" | "end">("form");
  const path = `/units/${node.unit.id}/people/${id}`;
  const pinBad = pin !== "" && !PIN.test(pin);
  const differs = pin !== "" && again !== "" && pin !== again;
  const fits = isName(name) && (pin === "" ? person !== null : !pinBad && pin === again);
  const digits = (text: string): string => text.replace(/\D/g, "").slice(0, 8);
  const save = async (): Promise<void> => {
    const body = { name: name.trim(), role, ...(pin === "" ? {} : { pin }) };
    if ((await command.run("PUT", path, { json: body })) !== null) onClose();
  };
  const end = async (): Promise<void> => {
    if ((await command.run("DELETE", path)) !== null) onClose();
  };
  const back = (): void => {
    command.forget();
    setStep("form");
  };
  const stores = storesOf(node);
  if (step === "end") return <Sure title={p.endSure(name)} hint={p.endHint} yes={p.endYes} stores={stores} command={command} danger onYes={() => void end()} onClose={back} />;
  if (step === "sure") {
    const title = person === null ? p.addSure(name.trim(), roleName(w, role)) : p.changeSure(person.name);
    return <Sure title={title} hint={person === null ? p.hint : p.changeHint} yes={p.yes} stores={stores} command={command} onYes={() => void save()} onClose={back} />;
  }
  return (
    <Sheet title={person === null ? p.newTitle(node.unit.name) : person.name} onClose={onClose}>
      <label className="field">
        {p.name}
        <input value={name} onChange={(e) => setName(e.target.value)} autoComplete="off" />
      </label>
      <div className="field">
        {p.role}
        <div className="choice">
          {ROLES.map((r) => (
            <button key={r} type="button" className="ghost" aria-pressed={r === role} onClick={() => setRole(r)}>
              {roleName(w, r)}
            </button>
          ))}
        </div>
      </div>
      <label className="field">
        {person === null ? p.pin : p.pinNew}
        <input type="password" inputMode="numeric" value={pin} onChange={(e) => setPin(digits(e.target.value))} autoComplete="new-password" />
      </label>
      {pin !== "" && (
        <label className="field">
          {p.pinAgain}
          <input type="password" inputMode="numeric" value={again} onChange={(e) => setAgain(digits(e.target.value))} autoComplete="new-password" />
        </label>
      )}
      {(pinBad || differs) && (
        <p className="warnline" role="alert">
          {pinBad ? p.pinBad : p.pinDiffers}
        </p>
      )}
      <div className="acts">
        {person !== null && (
          <button type="button" className="ghost bad" onClick={() => setStep("end")}>
            {p.end}
          </button>
        )}
        <button type="button" className="primary" disabled={!fits} onClick={() => setStep("sure")}>
          {p.next}
        </button>
      </div>
    </Sheet>
  );
}
