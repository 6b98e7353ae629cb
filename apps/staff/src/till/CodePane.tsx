/** The one code of the check that any wallet can scan. What comes of it shows in its place once somebody has scanned. */
import type { Id } from "@dandan/client";
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "../i18n";
import { problemText, useApi } from "../net/hooks";
import { Warn } from "../ui/parts";
import { Qr } from "./Qr";

export function CodePane({ session, share, amount }: { session: Id; share: Id | null; amount: string }): ReactNode {
  const w = useWords();
  const api = useApi();
  const [code, setCode] = useState<{ url: string } | { problem: string } | null>(null);
  useEffect(() => {
    let live = true;
    const load = async (): Promise<void> => {
      const of = share === null ? "" : `?share=${encodeURIComponent(share)}`;
      const answer = await api.get<{ url: string }>(`/sessions/${encodeURIComponent(session)}/pay-code${of}`);
      if (!live) return;
      if (answer.kind === "ok") setCode(answer.value);
      else if (answer.kind === "refused") setCode({ problem: problemText(answer.problem) });
      else setTimeout(() => live && void load(), 2000);
    };
    void load();
    return () => {
      live = false;
    };
  }, [api, session, share]);
  if (code === null) return <p className="fempty">{w.loading}</p>;
  if ("problem" in code)
    return (
      <p className="warnline">
        <Warn /> {code.problem}
      </p>
    );
  return (
    <div className="qrbox">
      <b className="cashbig tnum">{amount}</b>
      <Qr text={code.url} label={w.till.codeTitle} />
      <p>{w.till.codeAny}</p>
      <p className="muted">{w.till.codeWaiting}</p>
    </div>
  );
}
