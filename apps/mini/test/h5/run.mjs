/**
 * Drives the H5 build in Chromium at 360 × 780 through every state, in both languages, on a plain-http name (no secure
 * context, as in a restaurant's LAN). With SHOTS=<folder> it leaves a picture of each.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CODE, STORE, startFixture } from "../fixture/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const h5 = path.resolve(here, "../../dist/h5");
const out = process.env.SHOTS ? path.resolve(process.env.SHOTS) : null;
if (out) fs.mkdirSync(out, { recursive: true });
const began = Date.now();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--host-resolver-rules=MAP shop.lan 127.0.0.1"],
});
const errors = [];

async function open(lang, options = {}) {
  const fixture = await startFixture({ h5, ...options });
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: lang === "zh" ? "zh-CN" : "en-US", timezoneId: "Asia/Shanghai" });
  const page = await context.newPage();
  page.on("pageerror", (e) => errors.push(e.stack));
  page.on("console", (m) => m.type() === "error" && !/ERR_EMPTY_RESPONSE|WebSocket|ERR_CONNECTION|409/.test(m.text()) && errors.push(m.text()));
  page.on("response", (r) => r.status() === 404 && errors.push(`404 ${r.url()}`));
  await page.goto(`http://shop.lan:${fixture.port}/m/#/pages/enter/index?store=${STORE}&code=${CODE}`);
  if (lang === "en") await page.locator("#lang:visible").tap();
  assert.equal(await page.evaluate(() => window.isSecureContext), false);
  const shot = async (name) => {
    await page.waitForTimeout(out ? 350 : 60);
    assert.deepEqual(await small(page), [], `targets on ${name} are at least 44 px`);
    // A page slides in; once it is there it is no wider than the phone.
    await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth, undefined, { timeout: 2_000 });
    if (out) await page.screenshot({ path: path.join(out, `${lang}-${name}.png`) });
  };
  const tap = (sel) => page.locator(`${sel}:visible`).first().tap({ timeout: 5_000 });
  return { fixture, page, shot, tap, end: async () => { await context.close(); await fixture.close(); } };
}

/** Visible targets a thumb could miss. */
const small = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".tap")]
      .map((n) => [n.id || n.className, n.getBoundingClientRect()])
      .filter(([, r]) => r.width > 0 && (r.height < 43.5 || r.width < 43.5))
      .map(([name, r]) => `${name} ${Math.round(r.width)}×${Math.round(r.height)}`),
  );

for (const lang of ["zh", "en"]) {
  const { fixture, page, shot, tap, end } = await open(lang);
  await page.locator("#covers-3").waitFor();
  await shot("01-enter");
  await tap("#covers-3");
  await page.locator("#dish-gbjd").waitFor();
  await shot("02-menu");
  await tap("#to-review").catch(() => undefined);
  await tap("#cart");
  await shot("03-cart-empty");
  await tap("#cart-sheet-close");
  await tap("#choose-gbjd");
  await shot("04-chooser");
  await tap("#option-hot");
  await tap("#option-egg-add");
  await shot("05-chooser-ready");
  await tap("#add");
  await tap("#step-hgr-add");
  // Another phone adds something.
  fixture.view.guests.push({ id: "f".repeat(32), name: lang === "zh" ? "小林" : "Lin" });
  fixture.view.cart.push({ ...fixture.view.cart[1], line: "e".repeat(32), dish: "smt", variant: "std", guest: "f".repeat(32), guest_name: lang === "zh" ? "小林" : "Lin", name: { zh: "酸梅汤", en: "Plum drink" }, quantity: 2, unit_price: 1200, amount: 2400, options: [], set: [], note: null, weight_g: null, problem: null, added_at: Date.now() });
  fixture.tell("guests", "cart");
  await page.waitForTimeout(300);
  await tap("#cat-fish");
  await page.waitForTimeout(500);
  await shot("06-menu-fish");
  await tap("#choose-qzly");
  await tap("#weight-add");
  await shot("07-chooser-weight");
  await tap("#add");
  await tap("#cat-set");
  await page.waitForTimeout(300);
  await tap("#choose-srtc");
  await shot("08-chooser-set");
  await tap("#chooser-close");
  await tap("#cart");
  await shot("09-cart");
  await tap("#sheet-review");
  await page.locator("#submit:not(.is-off)").waitFor();
  await shot("10-review");
  fixture.control.differOnce = true;
  await tap("#submit");
  await page.locator("#differs").waitFor();
  await shot("11-differs");
  const [refused] = fixture.posts(/orders$/);
  await tap("#differs-accept");
  await page.locator("#bill").waitFor();
  assert.equal(fixture.view.orders.length, 1);
  assert.notEqual(fixture.view.orders[0].id, refused.key);
  await shot("12-status");
  const lines = fixture.view.orders[0].lines;
  fixture.setLine(lines[0].line, { state: "started" });
  if (lines[1]) fixture.setLine(lines[1].line, { state: "ready" });
  if (lines[2]) fixture.setLine(lines[2].line, { state: "seen" });
  await tap(`#rush-${lines[0].line}`);
  await page.waitForTimeout(300);
  await shot("13-status-cooking");
  await tap("#call");
  await tap("#call-water");
  await shot("14-call");
  await tap("#call-sheet-close");
  await tap("#pay");
  await shot("15-pay");
  await tap("#way-wechat_native");
  await page.locator("#qr").waitFor();
  await shot("16-pay-qr");
  fixture.setPayment(fixture.view.payments[0].ask, "checking");
  await shot("17-pay-checking");
  fixture.setPayment(fixture.view.payments[0].ask, "failed");
  await shot("18-pay-failed");
  await tap("#again");
  await tap("#way-alipay_qr");
  await page.locator("#qr").waitFor();
  fixture.setPayment(fixture.view.payments[1].ask, "paid");
  await shot("19-pay-paid");
  await tap("#to-status");
  await shot("20-status-paid");
  await tap("#add-more");
  await page.locator("#dish-gbss:visible").waitFor();
  fixture.goDown();
  await tap("#cat-hot");
  await page.waitForTimeout(300);
  await tap("#step-gbss-add");
  await page.waitForTimeout(1500);
  await shot("21-offline");
  fixture.goUp();
  await page.locator("#banner").waitFor({ state: "detached", timeout: 20_000 });
  await page.waitForTimeout(300);
  const beans = fixture.posts(/cart\/lines$/).filter((p) => p.body.line.dish === "gbss");
  assert.equal(new Set(beans.map((p) => p.key)).size, 1);
  assert.equal(fixture.view.cart.filter((l) => l.dish === "gbss").length, 1);
  await page.locator("#search input:visible").fill("xyz");
  await shot("22-search-none");
  await page.locator("#search input:visible").fill("gb");
  await shot("23-search");
  fixture.view.state = "closed";
  fixture.tell("state");
  await shot("24-closed");
  await end();
}

{
  const { fixture, page, shot, tap, end } = await open("zh", { mode: "pay_first" });
  await tap("#covers-1");
  await tap("#step-hgr-add");
  await page.waitForTimeout(200);
  await tap("#to-review");
  await page.locator("#submit:not(.is-off)").waitFor();
  fixture.control.drop = /orders$/;
  await tap("#submit");
  await shot("30-sending");
  fixture.control.drop = null;
  await page.reload(); // The phone put the page away and fetched it again.
  await page.locator("#pickup-number:visible").waitFor();
  assert.equal(fixture.view.orders.length, 1);
  assert.equal(new Set(fixture.posts(/orders$/).map((p) => p.key)).size, 1);
  if (await page.locator("#pay:visible").count()) await tap("#pay");
  await shot("31-first-pay");
  await tap("#way-wechat_native");
  await page.locator("#qr").waitFor();
  await shot("32-first-qr");
  fixture.setPayment(fixture.view.payments[0].ask, "paid");
  await shot("33-first-paid");
  await tap("#to-status");
  await shot("34-first-status");
  await end();
}
await browser.close();
assert.deepEqual(errors, []);
console.log(`h5 in chromium: ok in ${Date.now() - began} ms`);
