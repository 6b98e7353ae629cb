/** What the runtimes are told: which build (the first argument: weapp or alipay), which table, how big the main package may be. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CODE, STORE } from "../fixture/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const app = path.resolve(here, "../..");
/** The platform, and what paying is called there. */
export const platform = { weapp: { name: "weapp", way: "wechat", api: "requestPayment", login: /\/wechat-login$/, paidBy: "wechat_jsapi" }, alipay: { name: "alipay", way: "alipay", api: "tradePay", login: /\/alipay-login$/, paidBy: "alipay_app" } }[process.argv[2] ?? "weapp"];
export const dist = path.join(app, "dist", platform.name);
/** The origin built into the package when nothing else is said. */
export const builtOrigin = process.env.TARO_APP_API ?? "http://127.0.0.1:8080";
export const link = `https://order.example/m/#/pages/enter/index?store=${STORE}&code=${CODE}`;
export const MAIN_PACKAGE_LIMIT = 1.5 * 1024 * 1024;

if (!fs.existsSync(path.join(dist, "app.json"))) throw new Error(`${dist} is missing: npm run build:${platform.name}`);

/** Bytes of the main package, uncompressed. */
export function mainPackageBytes() {
  const manifest = JSON.parse(fs.readFileSync(path.join(dist, "app.json"), "utf8"));
  const apart = (manifest.subPackages ?? manifest.subpackages ?? []).map((s) => s.root);
  return fs
    .readdirSync(dist, { recursive: true })
    .filter((f) => !apart.some((root) => f.startsWith(root)))
    .map((f) => fs.statSync(path.join(dist, f)))
    .reduce((n, s) => n + (s.isFile() ? s.size : 0), 0);
}
