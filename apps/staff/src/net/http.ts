/** One HTTP exchange, sorted by what the caller does next: ok, a refusal for the person, or not delivered (try again with the same key). */
import type { Problem } from "@dandan/client";

export type Answer<T> =
  | { kind: "ok"; value: T }
  | { kind: "refused"; problem: Problem }
  /** Without a status when nothing came back at all. */
  | { kind: "undelivered"; retryAfterMs: number | null; status?: number };

export interface Call {
  method: "GET" | "POST";
  path: string;
  token: string | null;
  body?: unknown;
  key?: string;
  timeoutMs?: number;
}

/** 408, 425, 429 and every 5xx are "not now"; any other 4xx is final. */
export const isRetryable = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;

/** Whether the command may have been done all the same. A 503 is the server's own word that it was not, and so is anything below 500. */
export const mayHaveActed = (status: number | undefined): boolean => status === undefined || (status >= 500 && status !== 503);

export async function call<T>(base: string, c: Call): Promise<Answer<T>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), c.timeoutMs ?? 8000);
  try {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (c.token !== null) headers["Authorization"] = `Bearer ${c.token}`;
    if (c.key !== undefined) headers["Idempotency-Key"] = c.key;
    if (c.method === "POST") headers["Content-Type"] = "application/json";
    const init: RequestInit = { method: c.method, headers, signal: abort.signal, cache: "no-store" };
    if (c.method === "POST") init.body = JSON.stringify(c.body ?? {});
    const response = await fetch(base + c.path, init);
    const text = await response.text();
    if (response.ok) return { kind: "ok", value: (text === "" ? null : JSON.parse(text)) as T };
    const problem = readProblem(response.status, text, response.headers.get("Retry-After"));
    // A broken invariant stays broken: sending it again helps nobody, and nothing was recorded.
    if ((response.status >= 500 && problem.code !== "bug") || response.status === 408) return { kind: "undelivered", retryAfterMs: waitOf(problem), status: response.status };
    return { kind: "refused", problem };
  } catch {
    return { kind: "undelivered", retryAfterMs: null };
  } finally {
    clearTimeout(timer);
  }
}

const waitOf = (p: Problem): number | null => (p.retry_after_s == null ? null : p.retry_after_s * 1000);

/** Keeps the server's words where there are any; a proxy's page of HTML becomes a plain problem with the status. */
export function readProblem(status: number, text: string, retryAfter: string | null): Problem {
  const parsed = parseObject(text);
  const code = typeof parsed["code"] === "string" ? parsed["code"] : `http_${status}`;
  const texts = isText(parsed["texts"]) ? parsed["texts"] : { zh: `请求未被接受（${status}）`, en: `The request was refused (${status})` };
  const problem: Problem = { type: "about:blank", title: code, detail: "", ...parsed, status, code, texts };
  const seconds = typeof parsed["retry_after_s"] === "number" ? parsed["retry_after_s"] : Number.parseInt(retryAfter ?? "", 10);
  if (Number.isFinite(seconds)) problem.retry_after_s = seconds;
  return problem;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const isText = (v: unknown): v is { zh: string; en: string } =>
  typeof v === "object" && v !== null && typeof (v as { zh?: unknown }).zh === "string" && typeof (v as { en?: unknown }).en === "string";
