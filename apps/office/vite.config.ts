import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** In development the API is proxied to a running node. */
const node = process.env["DANDAN_NODE"] ?? "http://127.0.0.1:8080";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/office/",
  plugins: [react()],
  // Of the staff app only what needs no React: two copies of it in one page would not know each other.
  resolve: { alias: { "@dandan/client": here("../../packages/client/index.ts"), "@staff": here("../staff/src") } },
  server: { proxy: { "/office/v1": node } },
  build: { target: "chrome87", outDir: "dist", sourcemap: false },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
