// Takes the server away from the built pages in Chromium, and back: what was tapped must arrive, once, over reloads and in two tabs.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { start } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
const PORT = 8793;
const f = await start(PORT);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--host-resolver-rules=MAP shop.lan 127.0.0.1"] });
const errors = [];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 10_000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};
const value = { lang: "zh", store: f.store, device: { id: "d".repeat(32), token: "device", name: "热菜屏 1" }, staff: { token: "staff-s5", card: { id: "s5", name: "陈经理", role: "manager" }, expiresAt: 9e15 }, station: null, twoStep: true, showAllDay: null };

const newContext = async (token = "staff-s5") => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript((v) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", v), JSON.stringify({ ...value, staff: { ...value.staff, token } }));
  return context;
};
const open = async (context, url = f.url, hash = "#/kitchen") => {
  const page = await context.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.guards = 0;
  page.on("dialog", (d) => { page.guards++; void d.accept(); });
  await page.goto(url + hash);
  return page;
};
const reload = (page) => page.reload({ waitUntil: "domcontentloaded" });
const bar = (page) => page.evaluate(() => document.querySelector(".unsent-bar")?.textContent ?? "").catch(() => "");
const taps = () => f.control.log.filter((l) => /^\/kitchen\/items\/.+\/(start|ready)$/.test(l.path ?? ""));
const steps = ".item:not(.item-void) .step:has-text('开始')";
const tap = async (page) => {
  const button = page.locator(steps).first();
  const key = await button.evaluate((b) => b.closest("[data-item]").dataset.item);
  await sleep(400);
  await button.click();
  return `/kitchen/items/${encodeURIComponent(key)}/start`;
};
/** What the device still keeps: intents, tokens, refusals. */
const stored = (page) => page.evaluate(() => new Promise((done) => {
  const r = indexedDB.open("dandan.staff");
  r.onsuccess = async () => {
    const t = r.result.transaction(["intents", "tokens", "refused"]);
    const n = (s) => new Promise((k) => { const c = t.objectStore(s).count(); c.onsuccess = () => k(c.result); });
    const counts = [await n("intents"), await n("tokens"), await n("refused")];
    r.result.close();
    done(counts);
  };
}));
const part = async (name, run) => {
  const from = Date.now();
  f.full();
  f.control.log.length = 0;
  f.control.effects = 0;
  await run();
  console.log(`ok ${name} ${Date.now() - from} ms`);
};

await part("the server goes, a dish is tapped, the page is reloaded, the server comes back: one command", async () => {
  const context = await newContext();
  const page = await open(context);
  await page.waitForSelector(".ticket");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until("controlled", () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  await f.cut();
  const path = await tap(page);
  await until("said to be not sent", async () => (await bar(page)).includes("还没送出：1"));
  await page.screenshot({ path: join(shots, "offline-bar-1280.png") });
  await page.click(".unsent-bar");
  const row = await page.textContent(".unsent-list li");
  assert.match(row, /开始做/);
  assert.match(row, /陈经理/);
  await page.screenshot({ path: join(shots, "offline-list-1280.png") });
  await page.keyboard.press("Escape");
  const guardsBefore = page.guards;
  await reload(page);
  assert.equal(page.guards, guardsBefore + 1, "the browser asks before a page with unsent commands is left");
  await until("the page opens without the server and still says so", async () => (await bar(page)).includes("还没送出：1"));
  await page.waitForSelector(".kitchen");
  await page.screenshot({ path: join(shots, "offline-reloaded-1280.png") });
  assert.equal(taps().length, 0);
  await f.mend();
  await until("received", () => taps().length > 0);
  await until("the bar is gone", async () => (await bar(page)) === "");
  assert.deepEqual(taps().map((l) => l.path), [path]);
  assert.equal(f.control.effects, 1);
  await until("nothing is left on the device, no token either", async () => String(await stored(page)) === "0,0,0");
  await context.close();
});

await part("the answer is lost and the page reloaded: the same id again, one effect, and the board shows the tap", async () => {
  const context = await newContext();
  const page = await open(context);
  await page.waitForSelector(".ticket");
  f.control.loseReplies = 1e6;
  const path = await tap(page);
  await until("sent without an answer", () => taps().length >= 1);
  await reload(page);
  await page.waitForSelector(".ticket");
  f.control.loseReplies = 0;
  await until("answered", async () => String(await stored(page)) === "0,0,0");
  assert.ok(taps().length >= 2);
  assert.equal(new Set(taps().map((l) => l.key)).size, 1);
  assert.deepEqual([...new Set(taps().map((l) => l.path))], [path]);
  assert.equal(f.control.effects, 1);
  await context.close();
});

await part("a tap that waits is still marked on its dish after a reload", async () => {
  const context = await newContext();
  const page = await open(context);
  await page.waitForSelector(".ticket");
  f.control.fails = 1e6;
  const path = await tap(page);
  const item = decodeURIComponent(path.split("/")[3]);
  await until("marked", async () => (await page.textContent(`[data-item="${item}"] .step`)).includes("未送达"));
  await reload(page);
  await page.waitForSelector(".ticket");
  await until("still marked", async () => (await page.textContent(`[data-item="${item}"] .step`)).includes("未送达"));
  f.control.fails = 0;
  await until("sent", () => f.control.effects === 1);
  await context.close();
});

await part("two tabs are one device: both show it, one sends it", async () => {
  const context = await newContext();
  const first = await open(context);
  await first.waitForSelector(".ticket");
  const second = await open(context);
  await second.waitForSelector(".ticket");
  f.control.fails = 2;
  await tap(second);
  await until("both say so", async () => (await bar(first)) !== "" && (await bar(second)) !== "");
  await until("sent", () => f.control.effects === 1);
  await until("both are done", async () => (await bar(first)) === "" && (await bar(second)) === "");
  assert.equal(new Set(taps().map((l) => l.key)).size, 1);
  f.control.fails = 1e6;
  await tap(second);
  await until("waits", async () => (await bar(second)) !== "");
  await first.close();
  f.control.fails = 0;
  await until("the other tab goes on", () => f.control.effects === 2);
  assert.equal(new Set(taps().map((l) => l.key)).size, 2);
  await context.close();
});

await part("cash taken without the server is booked once, whether the till is opened again or not", async () => {
  const context = await newContext();
  const page = await open(context, f.url, "#/floor");
  await page.click('.table:has(b:text-is("5"))');
  await page.waitForSelector(".line");
  await until("controlled", () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  await page.click(".open-till");
  await page.click(".way-cash");
  for (const d of "200") await page.click(`.pad button:text-is("${d}")`);
  await f.cut();
  await page.click(".take");
  await until("said to be not sent, over the till", async () => (await bar(page)).includes("还没送出：1"));
  await page.screenshot({ path: join(shots, "offline-till-1280.png") });
  await page.click(".unsent-bar");
  assert.equal(await page.$(".unsent-list .ghost"), null, "money in the drawer can't be discarded");
  await reload(page);
  await until("still not sent", async () => (await bar(page)).includes("还没送出：1"));
  await f.mend();
  await until("booked with the till closed", async () => (await bar(page)) === "" && f.state.tables.find((t) => t.id === "5").sessions[0].tenders?.length === 1);
  // The till remembers it too and asks again, with the same id, when its table is opened.
  await page.click('.table:has(b:text-is("5"))');
  await page.waitForSelector(".givechange");
  const cash = f.control.log.filter((l) => l.path?.endsWith("/cash"));
  assert.equal(new Set(cash.map((l) => `${l.key} ${l.body.tender}`)).size, 1);
  assert.equal(f.state.tables.find((t) => t.id === "5").sessions[0].tenders.length, 1);
  await context.close();
});

await part("a sign-in that ended keeps the command until that person is back", async () => {
  const context = await newContext("staff-old");
  const page = await open(context);
  await page.waitForSelector(".ticket");
  f.control.fails = 1e6;
  await tap(page);
  await until("unsent", async () => (await bar(page)) !== "");
  f.control.revoked.add("staff-old");
  f.control.fails = 0;
  await page.waitForSelector(".name-card");
  await reload(page);
  await page.click(".unsent-bar");
  await until("says who has to sign in", async () => (await page.textContent(".unsent-list li")).includes("等 陈经理 重新登录"));
  await page.screenshot({ path: join(shots, "offline-sign-in-1280.png") });
  await page.keyboard.press("Escape");
  assert.equal(f.control.effects, 0);
  await page.click("text=陈经理");
  for (const d of "1234") await page.click(`.pad button:text-is("${d}")`);
  await page.click(".pad .primary");
  await until("sent", () => f.control.effects === 1);
  await until("nothing left", async () => String(await stored(page)) === "0,0,0");
  assert.equal(new Set(taps().map((l) => l.key)).size, 1);
  await context.close();
});

await part("a refusal nobody waits for any more stays until it is read", async () => {
  const context = await newContext();
  const page = await open(context);
  await page.waitForSelector(".ticket");
  await until("controlled", () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  await f.cut();
  await tap(page);
  await until("unsent", async () => (await bar(page)) !== "");
  await reload(page);
  f.state.tickets = [];
  await f.mend();
  await until("refused", async () => (await bar(page)).includes("没有被接受：1"));
  await page.click(".unsent-bar");
  assert.match(await page.textContent(".unsent-list li"), /开始做.*没有这道菜/s);
  await page.screenshot({ path: join(shots, "offline-refused-1280.png") });
  await page.click(".unsent-list button");
  await until("read", async () => (await bar(page)) === "" && String(await stored(page)) === "0,0,0");
  await context.close();
});

await part("a new build waits while anything is unsent, is offered then, and takes over when tapped", async () => {
  const context = await newContext();
  const page = await open(context);
  await page.waitForSelector(".ticket");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until("controlled", () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  f.control.fails = 1e6;
  await tap(page);
  await until("unsent", async () => (await bar(page)) !== "");
  f.control.build = "later";
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await until("installed and waiting", () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting !== null));
  await sleep(500);
  assert.equal(await page.$(".build-bar"), null, "not offered while something is unsent");
  f.control.fails = 0;
  await page.waitForSelector(".build-bar");
  await page.screenshot({ path: join(shots, "offline-build-1280.png") });
  await page.click(".build-bar");
  await until("the new build is in charge", () => page.evaluate(async () => (await caches.keys()).includes("dandan-staff-later") && (await navigator.serviceWorker.getRegistration()).waiting === null).catch(() => false));
  await page.waitForSelector(".ticket");
  assert.equal(await page.$(".build-bar"), null);
  // Just opened, touched by nobody and with nothing to send: the next one takes over by itself.
  f.control.build = "latest";
  await reload(page);
  await until("the latest took over", () => page.evaluate(async () => (await caches.keys()).join() === "dandan-staff-later,dandan-staff-latest" && (await navigator.serviceWorker.getRegistration()).waiting === null).catch(() => false));
  f.control.build = "";
  await context.close();
});

await part("on plain http it works as before, keeps what was tapped, and says why it can't be installed", async () => {
  const context = await newContext();
  const url = `http://shop.lan:${PORT}/staff/`;
  const page = await open(context, url);
  await page.waitForSelector(".ticket");
  assert.equal(await page.evaluate(() => isSecureContext || "locks" in navigator), false);
  f.control.fails = 1e6;
  await tap(page);
  await until("unsent", async () => (await bar(page)) !== "");
  await reload(page);
  await until("still unsent", async () => (await bar(page)) !== "");
  f.control.fails = 0;
  await until("sent", () => f.control.effects === 1, 20_000);
  assert.equal(new Set(taps().map((l) => l.key)).size, 1);
  await page.evaluate(() => (location.hash = "#/pair"));
  await page.click(".device-foot button");
  assert.match(await page.textContent(".device-list"), /http/);
  await page.screenshot({ path: join(shots, "offline-device-http-1280.png") });
  await context.close();
});

await browser.close();
f.stop();
assert.deepEqual(errors, []);
