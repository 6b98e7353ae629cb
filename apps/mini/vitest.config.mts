import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "@dandan/client": path.resolve(import.meta.dirname, "../../packages/client/index.ts"),
      "@": path.resolve(import.meta.dirname, "src"),
    },
  },
  test: { include: ["test/unit/**/*.test.ts"] },
});
