/** Who works here: hire, change, a new PIN, let go and hire again. */
import type { PersonView } from "@dandan/client";
import { useRef, useState, type ReactNode } from "react";
import { useSettings } from "../device/settings";
import { useWords, type Words } from "../i18n";
import { useAsked } from "../money/useAsked";
import { useSend } from "../net/hooks";
import { newId } from "../net/ids";
import { notify } from "../ui/notice";
import { Sheet } from "../ui/parts";
import { ROLES } from "./parts";
import { Read } from "./Read";

type Role = PersonView["role"];

export const roleName = (w: Words, role: string): string => (role === "support" ? w.manage.support : ((w.roles as Record<string, string>)[role] ?? role));

export function PeoplePart({ role }: { role: string }): ReactNode {
  const w = useWords();
  const me = useSettings().staff?.card.id;
  const asked = useAsked<PersonView[]>("/people");
  const [editing, setEditing] = useState<PersonView | "new" | null>(null);
  const close = (): void => {
    setEditing(null);
    asked.reload();
  };
  return (
    <Read asked={asked}>
      {(people) => {
        const sorted = [...people].sort((a, b) => ROLES.indexOf(b.role) - ROLES.indexOf(a.role) || a.name.localeCompare(b.name, "zh-CN"));
        const here = sorted.filter((p) => p.active);
        const left = sorted.filter((p) => !p.active);
        const row = (p: PersonView): ReactNode => (
          <li key={p.id}>
            <button type="button" className="mrow ghost" onClick={() => setEditing(p)}>
              <b>{p.name}</b>
              {p.id === me && <span className="chip">{w.manage.people.you}</span>}
              {p.head_office && <span className="chip">{w.headOffice.chip}</span>}
              <span className="muted">{roleName(w, p.role)}</span>
            </button>
          </li>
        );
        return (
          <>
            <button type="button" className="primary big" onClick={() => setEditing("new")}>
              {w.manage.people.add}
            </button>
            {here.length === 0 && <p className="fempty">{w.manage.people.none}</p>}
            <ul className="mlist mgrid">{here.map(row)}</ul>
            {left.length > 0 && (
              <details className="mfold">
                <summary>{w.manage.people.leftList(left.length)}</summary>
                <ul className="mlist mgrid">{left.map(row)}</ul>
              </details>
            )}
            {editing !== null && <PersonSheet person={editing === "new" ? null : editing} byOwner={role === "owner"} own={editing !== "new" && editing.id === me} onClose={close} />}
          </>
        );
      }}
    </Read>
  );
}

const PIN = /^[0-9]{4,8}$/;

function PersonSheet({ person, byOwner, own, onClose }: { person: PersonView | null; byOwner: boolean; own: boolean; onClose: () => void }): ReactNode {
  const w = useWords();
  const send = useSend();
  const p = w.manage.people;
  // Somebody who left comes back with a PIN of their own choosing, not with the old one.
  const needsPin = person === null || !person.active;
  const [name, setName] = useState(person?.name ?? "");
  const [role, setRole] = useState<Role>(person?.role ?? "waiter");
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [ending, setEnding] = useState(false);
  const [busy, setBusy] = useState(false);
  const lock = useRef(false);
  const fresh = useRef(newId());
  const id = person?.id ?? fresh.current;
  const theirs = person?.head_office === true;
  const locked = theirs || (person?.role === "owner" && !byOwner);
  const roles = ROLES.filter((r) => r !== "owner" || byOwner || person?.role === "owner");
  const pinBad = pin !== "" && !PIN.test(pin);
  const differs = pin !== again && again !== "" && !pinBad;
  const fits = name.trim() !== "" && !locked && (pin === "" ? !needsPin : PIN.test(pin) && pin === again);
  const go = (path: string, body: object): void => {
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    void send(`person:${id}`, path, body).then((o) => {
      lock.current = false;
      setBusy(false);
      if (!o.ok) return setEnding(false);
      notify(w.manage.done, 3000, true);
      onClose();
    });
  };
  const path = `/people/${encodeURIComponent(id)}`;
  if (ending)
    return (
      <Sheet title={p.end} onClose={onClose}>
        <p>{p.endAsk(person?.name ?? "")}</p>
        <button type="button" className="danger big" disabled={busy} onClick={() => go(`${path}/end`, {})}>
          {busy ? w.sending : p.endGo}
        </button>
        <button type="button" className="ghost" disabled={busy} onClick={() => setEnding(false)}>
          {w.cancel}
        </button>
      </Sheet>
    );
  return (
    <Sheet title={person === null ? p.addTitle : p.editTitle(person.name)} onClose={onClose}>
      {locked && <p className="warnline">{theirs ? w.headOffice.person : p.ownerOnly}</p>}
      <label className="mfield">
        {p.name}
        <input value={name} onChange={(e) => setName(e.target.value)} maxLength={24} disabled={locked} autoComplete="off" />
      </label>
      <div className="mfield">
        {p.role}
        <div className="rolepick" role="group" aria-label={p.role}>
          {roles.map((r) => (
            <button key={r} type="button" className="ghost" aria-pressed={r === role} disabled={locked} onClick={() => setRole(r)}>
              {roleName(w, r)}
            </button>
          ))}
        </div>
      </div>
      <label className="mfield">
        {needsPin ? p.pin : p.pinNew}
        <input type="password" inputMode="numeric" value={pin} onChange={(e) => setPin(e.target.value.replace(/\D/g, "").slice(0, 8))} placeholder={needsPin ? "" : p.pinKeep} disabled={locked} autoComplete="new-password" />
      </label>
      {pin !== "" && (
        <label className="mfield">
          {p.pinAgain}
          <input type="password" inputMode="numeric" value={again} onChange={(e) => setAgain(e.target.value.replace(/\D/g, "").slice(0, 8))} autoComplete="new-password" />
        </label>
      )}
      {(pinBad || differs) && (
        <p className="warnline" role="alert">
          {pinBad ? p.pinBad : p.pinDiffers}
        </p>
      )}
      <button type="button" className="primary big" disabled={busy || !fits} onClick={() => go(path, { name: name.trim(), role, ...(pin === "" ? {} : { pin }) })}>
        {busy ? w.sending : person !== null && !person.active ? p.back : p.save}
      </button>
      {person !== null && person.active && (
        <button type="button" className="ghost" disabled={busy || own || locked} onClick={() => setEnding(true)}>
          {own ? p.you_end : p.end}
        </button>
      )}
    </Sheet>
  );
}
