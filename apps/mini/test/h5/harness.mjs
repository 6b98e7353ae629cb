/** A phone of 360 × 780 with the H5 build on it, on a plain-http name (no secure context, as in a restaurant's LAN). */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CODE, STORE, startFixture } from "../fixture/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const h5 = path.resolve(here, "../../dist/h5");
const out = process.env.SHOTS ? path.resolve(process.env.SHOTS) : null;
if (out) fs.mkdirSync(out, { recursive: true });

export const errors = [];
let browser;

export async function launch() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--host-resolver-rules=MAP shop.lan 127.0.0.1"],
  });
}
export const close = () => browser.close();

/** Waits for a fact outside the page. */
export async function until(what, test, ms = 10_000) {
  for (const end = Date.now() + ms; ; await new Promise((done) => setTimeout(done, 20))) {
    if (await test()) return;
    if (Date.now() > end) assert.fail(`never: ${what}`);
  }
}

/** A phone of its own: nothing is kept from another. `userAgent` makes it WeChat's or Alipay's browser. */
export async function phone(url, lang, { userAgent } = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, locale: lang === "zh" ? "zh-CN" : "en-US", timezoneId: "Asia/Shanghai", userAgent });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.on("pageerror", (e) => errors.push(e.stack));
  page.on("console", (m) => m.type() === "error" && !/ERR_EMPTY_RESPONSE|WebSocket|ERR_CONNECTION|409/.test(m.text()) && errors.push(m.text()));
  page.on("response", (r) => r.status() === 404 && errors.push(`404 ${r.url()}`));
  await page.goto(url);
  if (lang === "en") await page.locator("#lang:visible").tap();
  const on = (sel, text) => page.locator(`${sel}:visible`, text === undefined ? undefined : { hasText: text }).first();
  const see = (sel, text) => on(sel, text).waitFor();
  const gone = (sel) => page.locator(`${sel}:visible`).first().waitFor({ state: "detached" });
  const tap = (sel) => on(sel).tap();
  /** Waits until something stands inside the window: a list has scrolled to it. */
  const inView = (sel) => page.waitForFunction((s) => [...document.querySelectorAll(s)].some((n) => { const r = n.getBoundingClientRect(); return r.height > 0 && r.top >= 60 && r.bottom <= window.innerHeight; }), sel);
  const shot = async (name) => {
    await settled(page);
    assert.deepEqual(await small(page), [], `targets on ${name} are at least 44 px`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} is no wider than the phone`);
    if (out) await page.screenshot({ path: path.join(out, `${lang}-${name}.png`) });
  };
  return { page, on, see, gone, tap, inView, shot, close: () => context.close() };
}

/** A phone at the fixture's table. */
export async function open(lang, options = {}) {
  const fixture = await startFixture({ h5, ...options });
  const at = await phone(`http://shop.lan:${fixture.port}/m/#/pages/enter/index?store=${STORE}&code=${CODE}`, lang, options);
  assert.equal(await at.page.evaluate(() => window.isSecureContext), false);
  return { fixture, ...at, end: async () => { await at.close(); await fixture.close(); } };
}

/** The page has slid in, nothing moves any more, every picture is there. Animations that never end don't count. */
async function settled(page) {
  await page.waitForFunction(() => {
    const at = [...document.querySelectorAll(".dd")].map((n) => n.getBoundingClientRect()).filter((r) => r.width > 0 && r.left < window.innerWidth && r.right > 0);
    return at.length > 0 && at.every((r) => r.left === 0);
  });
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const ends = (a) => a.effect?.getComputedTiming().iterations !== Infinity;
    await Promise.allSettled(document.getAnimations().filter(ends).map((a) => a.finished));
    const shown = [...document.images].filter((i) => i.getClientRects().length > 0 && i.src);
    await Promise.allSettled(shown.map((i) => i.decode()));
    await frame();
  });
}

/** Visible targets a thumb could miss. */
const small = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".tap")]
      .map((n) => [n.id || n.className, n.getBoundingClientRect()])
      .filter(([, r]) => r.width > 0 && (r.height < 43.5 || r.width < 43.5))
      .map(([name, r]) => `${name} ${Math.round(r.width)}×${Math.round(r.height)}`),
  );
