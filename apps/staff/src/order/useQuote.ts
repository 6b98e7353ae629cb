/** What the server says the draft costs now: asked a moment after the last tap, and again when stock or prices may have changed. */
import type { Id, Quote } from "@dandan/client";
import { useEffect, useState } from "react";
import { useApi } from "../net/hooks";
import { quoteKey, quoteLines, type DraftLine } from "./draft";

const SETTLE_MS = 200;
const RETRY_MS = 3000;

/** Null until the server has answered for exactly these lines. */
export function useQuote(session: Id, lines: readonly DraftLine[], stamp: string): Quote | null {
  const api = useApi();
  const [got, setGot] = useState<{ key: string; quote: Quote } | null>(null);
  const key = quoteKey(lines);
  const empty = lines.length === 0;
  useEffect(() => {
    if (empty) return;
    let live = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      const answer = await api.post<Quote>(`/sessions/${encodeURIComponent(session)}/quote`, { lines: JSON.parse(key) as ReturnType<typeof quoteLines> });
      if (!live) return;
      if (answer.kind === "ok") setGot({ key, quote: answer.value });
      else if (answer.kind === "undelivered") timer = setTimeout(() => void ask(), RETRY_MS);
    };
    timer = setTimeout(() => void ask(), SETTLE_MS);
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [api, session, key, stamp, empty]);
  return got?.key === key ? got.quote : null;
}
