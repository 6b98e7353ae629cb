/** One road to the server. The answer is sorted by what the caller does next, see `Answer`. */
import Taro from "@tarojs/taro";
import type { Problem } from "@dandan/client";

export type Answer<T> =
  | { kind: "ok"; status: number; data: T }
  /** understood, and the house says no: tell the person, never retry as is */
  | { kind: "refused"; status: number; problem: Problem }
  /** not known to be done: retry with the SAME id */
  | { kind: "retry"; afterMs: number | null; problem: Problem | null };

export interface Call {
  method: "GET" | "POST";
  store: string;
  path: string;
  token?: string | null;
  /** Idempotency-Key, for every POST that changes something */
  key?: string;
  body?: object;
  /** how long an answer may take, where the usual is too short */
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Timeouts, too many requests and everything the server may recover from. */
const RETRY_STATUS = [408, 425, 429, 500, 502, 503, 504];

export const origin = (): string => (process.env.TARO_ENV === "h5" ? "" : API_ORIGIN);

export const feedUrl = (store: string, path: string): string => {
  const base = process.env.TARO_ENV === "h5" ? window.location.origin : API_ORIGIN;
  return `${base.replace(/^http/, "ws")}/api/v1/stores/${store}${path}`;
};

export const imageUrl = (image: string): string => `${origin()}/images/${image}`;

type Hear = (problem: Problem | null) => void;
let hear: Hear = () => undefined;

/** Whoever shows it hears of every answer whether the shop can be reached: the cloud's refusal where it can't, null where it can. */
export const hearOfShop = (listener: Hear): void => {
  hear = listener;
};

export async function call<T>(ask: Call): Promise<Answer<T>> {
  const answer = await send<T>(ask);
  if (answer.kind !== "retry") hear(null);
  else if (answer.problem) hear(answer.problem.code === "store_offline" ? answer.problem : null);
  return answer;
}

async function send<T>({ method, store, path, token, key, body, timeoutMs = TIMEOUT_MS }: Call): Promise<Answer<T>> {
  const header: Record<string, string> = { accept: "application/json" };
  if (method === "POST") header["content-type"] = "application/json";
  if (token) header["authorization"] = `Bearer ${token}`;
  if (key) header["idempotency-key"] = key;
  try {
    const sent = Taro.request<T | Problem | string>({
      url: `${origin()}/api/v1/stores/${store}${path}`,
      method,
      header,
      data: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      timeout: timeoutMs,
      dataType: "text",
    });
    const answer = await orTimeout(sent, timeoutMs);
    return sort<T>(answer.statusCode, answer.data, answer.header);
  } catch (e) {
    // Alipay calls every status but 200 a failure, and hands the answer along with it.
    if (hasStatus(e)) return sort<T>(e.status, e.data, e.headers);
    return { kind: "retry", afterMs: null, problem: null };
  }
}

/** Reads JSON from an address beside the API; null for every answer but a good one. */
export async function read(url: string): Promise<unknown> {
  try {
    const asked = Taro.request<unknown>({ url, method: "GET", header: { accept: "application/json" }, timeout: TIMEOUT_MS, dataType: "text" });
    const answer = await orTimeout(asked, TIMEOUT_MS);
    return answer.statusCode === 200 ? parsed(answer.data) : null;
  } catch {
    return null;
  }
}

const hasStatus = (e: unknown): e is { status: number; data: unknown; headers: unknown } => typeof e === "object" && e !== null && "status" in e && typeof e.status === "number" && e.status >= 100;

/** Some platforms never call back when the network goes away; the clock here is the last word. */
function orTimeout<T>(sent: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("timeout")), timeoutMs + 1_000);
    sent.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function sort<T>(status: number, raw: unknown, header: unknown): Answer<T> {
  const data = parsed(raw);
  if (status >= 200 && status < 300) return { kind: "ok", status, data: data as T };
  const problem = isProblem(data) ? data : null;
  if (RETRY_STATUS.includes(status)) return { kind: "retry", afterMs: retryAfter(problem, header), problem };
  return { kind: "refused", status, problem: problem ?? unreadable(status) };
}

function parsed(raw: unknown): unknown {
  if (typeof raw !== "string") return raw;
  try {
    return raw === "" ? null : JSON.parse(raw);
  } catch {
    return null;
  }
}

const isProblem = (data: unknown): data is Problem => typeof data === "object" && data !== null && "code" in data && "texts" in data;

function retryAfter(problem: Problem | null, header: unknown): number | null {
  if (problem?.retry_after_s) return problem.retry_after_s * 1_000;
  const value = typeof header === "object" && header !== null ? (header as Record<string, unknown>)["retry-after"] ?? (header as Record<string, unknown>)["Retry-After"] : null;
  const seconds = Number(value);
  return value && Number.isFinite(seconds) ? seconds * 1_000 : null;
}

/** A refusal in a form we do not know (a proxy's page, say): say so, with its number. */
const unreadable = (status: number): Problem => ({
  type: "about:blank",
  title: "unreadable answer",
  status,
  code: status === 401 ? "not_signed_in" : "unreadable",
  detail: "",
  texts: { zh: `服务器没有给出可读的回答（${status}），请叫服务员`, en: `The server gave no readable answer (${status}). Please ask a waiter` },
});
