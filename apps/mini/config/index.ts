import path from "node:path";
import { defineConfig } from "@tarojs/cli";

const client = path.resolve(__dirname, "../../../packages/client");
const isClient = (file: string) => file.startsWith(client);
/** Pixels stay pixels on every platform: a 44-px target must not shrink on a 360-px phone. */
const pxStaysPx = { pxtransform: { enable: false, config: {} } };

export default defineConfig({
  projectName: "dandan-mini",
  date: "2026-11-22",
  designWidth: 375,
  deviceRatio: { 375: 2, 750: 1 },
  sourceRoot: "src",
  outputRoot: `dist/${process.env.TARO_ENV ?? "h5"}`,
  framework: "react",
  compiler: { type: "webpack5", prebundle: { enable: false } },
  cache: { enable: false },
  plugins: [],
  alias: {
    "@dandan/client": path.join(client, "index.ts"),
    "@": path.resolve(__dirname, "../src"),
  },
  defineConstants: {
    /** Where mini-programs find the server; H5 uses the origin it came from. */
    API_ORIGIN: JSON.stringify(process.env.TARO_APP_API ?? "http://127.0.0.1:8080"),
    /** The store a mini-program code without a store means; a scene has room for 32 characters only. */
    DEFAULT_STORE: JSON.stringify(process.env.TARO_APP_STORE ?? ""),
  },
  mini: {
    compile: { include: [isClient] },
    postcss: pxStaysPx,
  },
  h5: {
    compile: { include: [isClient] },
    publicPath: "./",
    staticDirectory: "static",
    router: { mode: "hash" },
    postcss: { ...pxStaysPx, autoprefixer: { enable: true, config: {} } },
    output: { filename: "js/[name].[contenthash:8].js", chunkFilename: "js/[name].[contenthash:8].js" },
    webpackChain: (chain) => {
      // What two pages share is loaded once.
      chain.optimization.splitChunks({ chunks: "all", cacheGroups: { shared: { name: "shared", minChunks: 2, priority: 20, reuseExistingChunk: true } } });
      chain.performance.hints(false);
      const library = /@tarojs[\\/]components(-react)?[\\/]/;
      chain.module.rule("no-icon-font").test(/\.(css|js)$/).include.add(library).end().enforce("pre").use("strip").loader(path.resolve(__dirname, "no-icon-font.cjs"));
    },
    miniCssExtractPluginOption: { filename: "css/[name].[contenthash:8].css", chunkFilename: "css/[name].[contenthash:8].css" },
  },
});
