/** The same build drawn by Tencent's component framework in Chromium: it renders, taps land, one order goes out. */
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { buildPage } from "../../../../tools/mini-runtime/page/build.mjs";
import { startFixture } from "../fixture/server.mjs";
import { app, builtOrigin, dist, link } from "./flow.mjs";

const began = Date.now();
const out = fs.mkdtempSync(path.join(os.tmpdir(), "mini-page-"));
const warnings = buildPage(dist, out, app);
const fixture = await startFixture();
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const pages = http.createServer((req, res) => {
  const name = req.url.split("?")[0];
  const file = path.join(out, name === "/" ? "index.html" : name);
  if (!fs.existsSync(file)) return res.writeHead(404).end();
  res.writeHead(200, { "content-type": types[path.extname(file)] ?? "text/plain" }).end(fs.readFileSync(file));
});
await new Promise((done) => pages.listen(0, "127.0.0.1", done));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const errors = [];
const said = [];
let page;
try {
  page = await browser.newPage({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: "zh-CN" });
  page.setDefaultTimeout(8_000);
  page.on("pageerror", (e) => errors.push(e.stack));
  page.on("console", (m) => said.push(m.text()));
  await page.addInitScript(() => {
    window.__stored = [];
    window.__beforeRequest = (r, store) => r.method === "POST" && r.url.endsWith("/orders") && window.__stored.push(store["dandan.order"]?.request.order === r.header["idempotency-key"]);
  });
  const query = new URLSearchParams({ q: encodeURIComponent(link), origin: builtOrigin, api: `http://127.0.0.1:${fixture.port}` });
  await page.goto(`http://127.0.0.1:${pages.address().port}/?${query}`);
  // Ids carry the component's prefix in this framework.
  const by = (id) => page.locator(`[id="${id}"]:visible, [id$="--${id}"]:visible`).first();
  const tap = (id) => by(id).tap();
  const shot = async (name) => {
    if (!process.env.SHOTS) return;
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(process.env.SHOTS, `weapp-${name}.png`) });
  };

  await shot("enter");
  await tap("covers-3");
  await by("dish-gbjd").waitFor();
  await shot("menu");
  await tap("choose-gbjd");
  await tap("option-mild");
  await tap("option-egg-add");
  await page.getByText("加入 ¥35.00").waitFor();
  await shot("chooser");
  await tap("add");
  await page.locator(".cartbar__n").waitFor();
  await tap("to-review");
  await page.getByText("确认下单 ¥35.00").waitFor();
  await shot("review");
  const box = await by("submit").boundingBox();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  await Promise.all([page.touchscreen.tap(...middle), page.touchscreen.tap(...middle)]);
  await page.getByText("已送厨房").waitFor();
  await shot("status");
  assert.equal(fixture.posts(/\/orders$/).length, 1);
  assert.deepEqual(await page.evaluate(() => window.__stored), [true]);
  assert.ok(fixture.control.wsSeen > 0);
  await tap("pay");
  await tap("way-wechat");
  await page.getByText("已付款").waitFor();
  await shot("paid");
  assert.equal(await page.evaluate(() => window.__log.filter((e) => e.api === "requestPayment").length), 1);
  const visible = await page.evaluate(() => [...document.querySelectorAll(".tap")].filter((n) => n.getClientRects().length > 0).map((n) => [n.id || n.className, Math.round(n.getBoundingClientRect().height)]));
  assert.deepEqual(visible.filter(([, h]) => h < 44), [], "targets are at least 44 px");
  assert.deepEqual(warnings, []);
  assert.deepEqual(errors, []);
  console.log(`weapp in chromium: ok in ${Date.now() - began} ms`);
} catch (e) {
  console.error(errors.join("\n"), said.join("\n"), await page?.evaluate(() => `${document.body.innerText.slice(0, 800)}\n${JSON.stringify(window.__log?.slice(-6))}`));
  throw e;
} finally {
  await browser.close();
  await fixture.close();
  pages.close();
  fs.rmSync(out, { recursive: true, force: true });
}
