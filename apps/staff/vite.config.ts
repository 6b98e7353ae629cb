import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** In development the API is proxied to a running server (or to `npm run fixture`). */
const api = process.env["DANDAN_API"] ?? "http://127.0.0.1:8791";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Writes `sw.js`: the service worker with the list of this build's files and one hash over all of them. */
function serviceWorker(): Plugin {
  return {
    name: "dandan-service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const hash = createHash("sha256");
      const source = readFileSync(here("src/device/sw.js"), "utf8");
      const fixed = readdirSync(here("public")).sort();
      hash.update(source).update(readFileSync(here("index.html")));
      for (const name of fixed) hash.update(name).update(readFileSync(here(`public/${name}`)));
      const built = Object.values(bundle).sort((a, b) => a.fileName.localeCompare(b.fileName));
      for (const file of built) hash.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
      const names = [...built.map((file) => file.fileName).filter((name) => name !== "index.html"), ...fixed];
      const files = ["/staff/", ...names.map((name) => `/staff/${name}`)];
      const code = source.replace("__FILES__", JSON.stringify(files)).replace("__VERSION__", hash.digest("hex").slice(0, 16));
      this.emitFile({ type: "asset", fileName: "sw.js", source: code });
    },
  };
}

export default defineConfig({
  base: "/staff/",
  plugins: [react(), serviceWorker()],
  resolve: { alias: { "@dandan/client": here("../../packages/client/index.ts") } },
  server: { proxy: { "/api": api } },
  build: { target: "chrome87", outDir: "dist", sourcemap: false },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
