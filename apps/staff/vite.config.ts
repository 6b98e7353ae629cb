import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** In development the API is proxied to a running server (or to `npm run fixture`). */
const api = process.env["DANDAN_API"] ?? "http://127.0.0.1:8791";

export default defineConfig({
  base: "/staff/",
  plugins: [react()],
  resolve: { alias: { "@dandan/client": fileURLToPath(new URL("../../packages/client/index.ts", import.meta.url)) } },
  server: { proxy: { "/api": api } },
  build: { target: "chrome87", outDir: "dist", sourcemap: false },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
