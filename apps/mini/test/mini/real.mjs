/**
 * The built mini-programs against the real program and its channel simulator: DANDAN=/path/to/dandan npm run test:real.
 * Signing in, the wallet's window and its payment go through the real protocols; only the window itself is played.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { boot } from "../../../../tools/mini-runtime/sim.mjs";
import { builtOrigin, dist, platform } from "./flow.mjs";

const began = Date.now();
const data = fs.mkdtempSync(path.join(os.tmpdir(), "dandan-mini-"));
const program = spawn(process.env.DANDAN ?? "dandan", ["demo", "--data", path.join(data, "demo"), "--port", "0", "--sim-port", "0", "--printer-port", "0", "--print-json"], { stdio: ["ignore", "pipe", "ignore"] });
const leaflet = await new Promise((done) => createInterface({ input: program.stdout }).once("line", (l) => done(JSON.parse(l))));
const resolve = (url) => url.replace(builtOrigin, leaflet.url).replace(builtOrigin.replace(/^http/, "ws"), leaflet.url.replace(/^http/, "ws"));
const { code } = leaflet.diner_links.find((l) => l.table === "A1");
const menu = await (await fetch(`${leaflet.url}/api/v1/stores/${leaflet.store}/menu`)).json();
const [dish, other] = menu.dishes.filter((d) => d.groups.length === 0 && d.set_groups.length === 0 && d.variants.length === 1 && d.charge === "item" && !d.pot && d.hours === null && d.daily_count === null);

/** What the person does in the wallet, window after window. */
const does = ["leaves", "pays"];
async function inWallet(handle) {
  if (does.shift() === "leaves") return false;
  const paid = await fetch(`${leaflet.sim_url}/control/pay`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code: handle }) });
  assert.ok(paid.ok, await paid.text());
  return true;
}
const hooks = {
  scanCode: () => `${leaflet.url}/m/#/pages/enter/index?store=${leaflet.store}&code=${code}`,
  requestPayment: async (o) => ((await inWallet(o.package.replace("prepay_id=", ""))) ? "ok" : "cancel"),
  tradePay: async (o) => ((await inWallet(o.tradeNO)) ? "9000" : "6001"),
};

try {
  const app = boot(dist, { store: {}, resolve, hooks, WebSocket });
  await app.tap("scan");
  await app.tap("covers-2");
  for (const d of [dish, other]) await app.tap(`step-${d.id}-add`);
  await app.until(() => app.find("cart-count") && app.text(app.find("cart-count")) === "2");
  await app.tap("to-review");
  await app.until(() => app.find("submit") && app.text(app.find("submit")).includes("确认下单"));
  await app.tap("submit");
  await app.until(() => app.page().route === "pages/status/index" && app.find("pay"));
  await app.tap("pay");
  await app.tap(`way-${platform.way}`);
  await app.until(() => app.find("verdict-checking") && app.find("continue"), 10_000);
  assert.ok(app.has("请只付这一次"));
  const from = Date.now();
  await app.tap("continue");
  await app.until(() => app.find("verdict-paid"), 10_000);
  const took = Date.now() - from;
  await app.tap("to-status");
  await app.until(() => app.find("paid-up"));
  assert.deepEqual(app.errors, []);
  app.kill();
  console.log(`${platform.name} against the real program: ok in ${Date.now() - began} ms; the wallet's payment was known after ${took} ms`);
} finally {
  // It writes its last snapshots while it ends.
  const ended = new Promise((done) => program.once("exit", done));
  if (program.kill()) await ended;
  fs.rmSync(data, { recursive: true, force: true });
}
process.exit(process.exitCode ?? 0);
