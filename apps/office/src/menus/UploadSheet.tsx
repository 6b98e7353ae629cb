/** A menu from a file: kept as a new version, or everything that is wrong in it. */
import { newId } from "@staff/net/ids";
import { useState, type ReactNode } from "react";
import { useLang, useWords } from "../i18n";
import { useCommand, type Command } from "../net/hooks";
import type { Body } from "../net/http";
import { tell } from "../ui/notice";
import { Met, Sheet } from "../ui/parts";
import { faultsIn, rowOf } from "./faults";
import { LARGEST_BYTES, TYPES, kindOf, menuIn } from "./file";

export function UploadSheet({ onClose }: { onClose: () => void }): ReactNode {
  const w = useWords();
  const command = useCommand();
  // One id for one file and note: sent again after a lost answer it is the same version.
  const [id, setId] = useState(newId);
  const [file, setFile] = useState<File | null>(null);
  const [note, setNote] = useState("");
  const [unread, setUnread] = useState<string | null>(null);
  const kind = file === null ? null : kindOf(file.name);
  const wrong = file === null ? null : kind === null ? w.menus.unknownFile : file.size > LARGEST_BYTES ? w.menus.tooLarge : unread;
  const anew = (): void => {
    setId(newId());
    setUnread(null);
    command.forget();
  };
  const send = async (): Promise<void> => {
    if (file === null || kind === null) return;
    let path = "/menus";
    let body: Body;
    if (kind === "json") {
      const menu = menuIn(await file.text());
      if (menu === null) return setUnread(w.menus.notJson);
      body = { json: { id, note: note.trim(), menu } };
    } else {
      path = `/menus?${new URLSearchParams({ id, note: note.trim() }).toString()}`;
      body = { file, type: TYPES[kind] };
    }
    const answer = await command.run<{ version: number }>("POST", path, body);
    if (answer === null) return;
    tell(w.menus.saved(answer.value.version));
    onClose();
  };
  return (
    <Sheet title={w.menus.upload} onClose={onClose} wide>
      <label className="field">
        <span className="filepick">
          <b>{w.menus.file}</b>
          <span>{file?.name ?? w.menus.noFile}</span>
          <input
            type="file"
            accept=".xlsx,.csv,.json"
            aria-label={w.menus.file}
            onChange={(e) => {
              setFile(e.target.files?.[0] ?? null);
              anew();
            }}
          />
        </span>
        <small className="muted">{w.menus.fileHint}</small>
      </label>
      <label className="field">
        {w.menus.note}
        <input
          value={note}
          maxLength={200}
          placeholder={w.menus.notePlaceholder}
          onChange={(e) => {
            setNote(e.target.value);
            anew();
          }}
        />
      </label>
      {wrong !== null && (
        <p className="warnline" role="alert">
          {wrong}
        </p>
      )}
      <Faults command={command} />
      <div className="acts">
        <button type="button" className="primary" disabled={file === null || wrong !== null || command.busy} onClick={() => void send()}>
          {command.busy ? w.menus.checking : w.menus.go}
        </button>
      </div>
    </Sheet>
  );
}

function Faults({ command }: { command: Command }): ReactNode {
  const w = useWords();
  const lang = useLang();
  const faults = command.trouble?.kind === "refused" ? faultsIn(command.trouble.body) : [];
  if (faults.length === 0) return <Met command={command} />;
  return (
    <div className="faults" role="alert">
      <p className="warnline">
        <b>{w.menus.faults(faults.length)}</b> {w.menus.faultsHint}
      </p>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>{w.menus.where}</th>
              <th>{w.menus.what}</th>
              <th>{w.menus.why}</th>
            </tr>
          </thead>
          <tbody>
            {faults.map((fault, i) => {
              const row = rowOf(fault, w, lang);
              return (
                <tr key={i}>
                  <td>{row.where}</td>
                  <td className="mono">{row.what}</td>
                  <td>{row.todo}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}
