import { afterEach, expect, test, vi } from "vitest";
import { exchange } from "./http";

afterEach(() => vi.unstubAllGlobals());

/** A node that gives one answer and remembers what it was asked. */
function node(status: number, body: string): { asked: () => RequestInit } {
  let seen: RequestInit = {};
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    seen = init;
    return new Response(body, { status });
  });
  return { asked: () => seen };
}

const refusal = (code: string): string => JSON.stringify({ code, texts: { zh: "不行", en: "no" } });

test("what was done and what was refused", async () => {
  node(200, '{"version":4}');
  expect(await exchange("POST", "/x", "t", { json: {} })).toEqual({ kind: "ok", value: { version: 4 } });
  node(422, refusal("menu_faulty"));
  expect(await exchange("POST", "/x", "t", { json: {} })).toMatchObject({ kind: "refused", problem: { code: "menu_faulty", status: 422 } });
});

test("a node that can't, or a page of a proxy before it, is away; what it knows to be so for long is not", async () => {
  node(503, refusal("unavailable"));
  expect(await exchange("GET", "/x", "t")).toEqual({ kind: "away" });
  node(502, "<html>bad gateway</html>");
  expect(await exchange("GET", "/x", "t")).toEqual({ kind: "away" });
  node(503, refusal("bug"));
  expect(await exchange("GET", "/x", "t")).toMatchObject({ kind: "refused", problem: { code: "bug" } });
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await exchange("PUT", "/x", "t", { json: {} })).toEqual({ kind: "away" });
});

test("a file goes as it is, with its type and the token", async () => {
  const { asked } = node(200, "{}");
  await exchange("POST", "/x", "secret", { file: new Blob(["dish,"]), type: "text/csv" });
  expect(asked().headers).toMatchObject({ Authorization: "Bearer secret", "Content-Type": "text/csv" });
  expect(asked().body).toBeInstanceOf(Blob);
});
