/** One HTTP exchange with a node: done, refused with words for the person, or without an answer. */
import type { Problem } from "@dandan/client";
import { readProblem } from "@staff/net/http";

export type Answer<T> =
  | { kind: "ok"; value: T }
  | { kind: "refused"; problem: Problem; body: string }
  /** No answer. What was asked may have been done all the same. */
  | { kind: "away" };

export type Method = "GET" | "PUT" | "POST" | "DELETE";

/** A JSON value, or a file as it is. */
export type Body = { json: unknown } | { file: Blob; type: string };

/** Longer than a node gives a request itself. */
const PATIENCE_MS = 15_000;

export async function exchange<T>(method: Method, url: string, token: string, body?: Body): Promise<Answer<T>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  const headers: Record<string, string> = { Accept: "application/json", Authorization: `Bearer ${token}` };
  const init: RequestInit = { method, headers, signal: abort.signal, cache: "no-store" };
  if (body !== undefined) {
    headers["Content-Type"] = "json" in body ? "application/json" : body.type;
    init.body = "json" in body ? JSON.stringify(body.json) : body.file;
  }
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.ok) return { kind: "ok", value: (text === "" ? null : JSON.parse(text)) as T };
    const problem = readProblem(response.status, text, response.headers.get("Retry-After"));
    if (isAway(response.status) && !hasOwnWords(problem.code)) return { kind: "away" };
    return { kind: "refused", problem, body: text };
  } catch {
    return { kind: "away" };
  } finally {
    clearTimeout(timer);
  }
}

const isAway = (status: number): boolean => status === 408 || status >= 500;

/** Server errors that ask for something else than patience. */
const hasOwnWords = (code: string): boolean => code === "bug";
