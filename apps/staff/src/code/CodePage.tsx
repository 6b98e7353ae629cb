/** A screen at a table or at the door: the table's code, which changes before a photograph of it is of any use. */
import type { ScanCode } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { Qr } from "../till/Qr";
import "./code.css";
import { nextLook } from "./next";

type Shown = { kind: "loading" } | { kind: "code"; code: ScanCode } | { kind: "trouble"; text: string };

export default function CodePage({ table }: { table: string }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [shown, setShown] = useState<Shown>({ kind: "loading" });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const look = async (): Promise<void> => {
      const answer = await api.get<ScanCode>(`/tables/${encodeURIComponent(table)}/screen-code`);
      if (gone) return;
      if (answer.kind === "ok") setShown({ kind: "code", code: answer.value });
      // An old code leads nowhere: rather say so than show it.
      else setShown({ kind: "trouble", text: answer.kind === "refused" ? problemText(answer.problem) : w.tableCode.offline });
      timer = setTimeout(() => void look(), nextLook(answer.kind === "ok" ? answer.value.until : null, Date.now(), answer.kind === "ok"));
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [api, table, w]);
  return (
    <main className="page light codepage">
      <h1>{w.tableCode.title}</h1>
      {shown.kind === "code" && <Qr text={shown.code.url} label={w.tableCode.title} />}
      {shown.kind === "loading" && <p className="codewords">{w.loading}</p>}
      {shown.kind === "trouble" && (
        <p className="codewords codetrouble" role="alert">
          {shown.text}
        </p>
      )}
      <p className="codewords">{shown.kind === "code" ? w.tableCode.hint : w.tableCode.ask}</p>
    </main>
  );
}
