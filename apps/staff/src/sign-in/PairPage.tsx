/** Pairs the device with a store, from the link's one-time code or a typed one. */
import type { Id, PairAnswer, StaffCard } from "@dandan/client";
import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { change, useSettings } from "../device/settings";
import { say, useWords } from "../i18n";
import { storeBase } from "../net/api";
import { call, type Answer } from "../net/http";
import { newId } from "../net/ids";
import { LangSwitch, Warn } from "../ui/parts";
import { deviceOfKey } from "./given";
import "./sign-in.css";

/** A device of head office is paired already: its key is tried, and kept where the store knows it. */
async function tryKey(store: Id, device: Id, { code, name }: { code: string; name: string }): Promise<Answer<PairAnswer>> {
  const known = await call<StaffCard[]>(storeBase(store), { method: "GET", path: "/staff", token: code });
  return known.kind === "ok" ? { kind: "ok", value: { device, token: code, name } } : known;
}

export default function PairPage({ query }: { query: URLSearchParams }): ReactNode {
  const w = useWords();
  const { lang, store: known } = useSettings();
  const [store, setStore] = useState(query.get("store") ?? known ?? "");
  const [code, setCode] = useState(query.get("code") ?? "");
  const [name, setName] = useState("");
  const [trouble, setTrouble] = useState(query.get("why") === "unknown" ? w.pair.unknownDevice : "");
  const [busy, setBusy] = useState(false);
  // One key per code: a lost reply may be asked for again without using the code twice.
  const keys = useRef(new Map<string, string>());
  const lock = useRef(false);
  // Screens are told apart by name, so an unnamed one gets its own.
  const nickname = useRef(`${w.app} ${newId().slice(0, 4)}`);

  async function pair(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (lock.current) return;
    lock.current = true;
    setBusy(true);
    const body = { code: code.trim(), name: name.trim() || nickname.current };
    const given = deviceOfKey(body.code);
    const content = JSON.stringify([store, body]);
    const key = keys.current.get(content) ?? newId();
    keys.current.set(content, key);
    const answer =
      given !== null ? await tryKey(store.trim(), given, body) : await call<PairAnswer>(storeBase(store.trim()), { method: "POST", path: "/devices/pair", token: null, body, key });
    lock.current = false;
    setBusy(false);
    if (answer.kind === "ok") {
      const { device, token, name } = answer.value;
      change({ store: store.trim(), device: { id: device, token, name }, staff: null, station: null });
      location.hash = "#/sign-in";
    } else setTrouble(answer.kind === "undelivered" ? w.pair.unreachable : `${w.pair.failed}${w.colon}${say(answer.problem.texts, lang)}`);
  }

  const linked = query.get("store") !== null && query.get("code") !== null;
  return (
    <main className="page light entry">
      <div className="entry-top">
        <b className="brand">{w.app}</b>
        <LangSwitch />
      </div>
      <form className="entry-box" onSubmit={(e) => void pair(e)}>
        <h1>{w.pair.title}</h1>
        {!linked && <p className="muted">{w.pair.intro}</p>}
        {!linked && (
          <label>
            {w.pair.store}
            <input value={store} onChange={(e) => setStore(e.target.value)} required autoCapitalize="none" autoComplete="off" spellCheck={false} />
          </label>
        )}
        <label>
          {w.pair.code}
          <input value={code} onChange={(e) => setCode(e.target.value)} required autoComplete="off" spellCheck={false} className="code-input" />
        </label>
        <label>
          {w.pair.name}
          <input value={name} onChange={(e) => setName(e.target.value)} placeholder={w.pair.namePlaceholder} maxLength={24} />
        </label>
        {trouble !== "" && (
          <p className="trouble" role="alert">
            <Warn /> {trouble}
          </p>
        )}
        <button className="primary big" disabled={busy || store.trim() === "" || code.trim() === ""}>
          {busy ? w.sending : w.pair.go}
        </button>
      </form>
    </main>
  );
}
