// The kitchen's pages, the expediter's, the pick-up wall and the voice, in Chromium against the fixture; pictures into tests/shots/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { start } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });
const f = await start(Number(process.env.PORT ?? 8797));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 8000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};
const SIZES = [[1920, 1080], [1280, 800], [360, 780]];

async function context(width, height, settings = {}, role = "manager") {
  const made = await browser.newContext({ viewport: { width, height } });
  const value = { lang: "zh", store: f.store, device: { id: "d".repeat(32), token: "device", name: "热菜屏 1" }, staff: { token: "staff-s5", card: { id: "s5", name: "陈经理", role }, expiresAt: 9e15 }, station: null, twoStep: true, showAllDay: null, ...settings };
  await made.addInitScript((v) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", v), JSON.stringify(value));
  // A device with a Chinese and an English voice that takes a moment for each sentence.
  await made.addInitScript(() => {
    globalThis.spoken = [];
    globalThis.overlaps = 0;
    let busy = 0;
    globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    const voices = [{ lang: "zh-CN", localService: true }, { lang: "en-US", localService: true }];
    const synth = { getVoices: () => (localStorage.getItem("no-voice") ? [] : voices), cancel() {}, speak(u) { if (busy++ > 0) globalThis.overlaps++; globalThis.spoken.push(u.text); setTimeout(() => { busy--; u.onend(); }, 250); } };
    Object.defineProperty(globalThis, "speechSynthesis", { configurable: true, value: synth });
  });
  return made;
}
async function openIn(made, hash) {
  const page = await made.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/ERR_|Failed to load resource|status of/.test(m.text()) && errors.push(m.text()));
  await page.goto(f.url + hash);
  return page;
}
const open = async (width, height, hash, settings, role) => openIn(await context(width, height, settings, role), hash);
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) });
const spoken = (page) => page.evaluate(() => globalThis.spoken);
const only = process.argv[2];
const part = async (name, run) => {
  if (only && !name.includes(only)) return;
  const from = Date.now();
  await run();
  console.log(`ok ${name} ${Date.now() - from} ms`);
};
/** Nothing sticks out to the side, and what is pressed is large enough. */
async function fits(page, least = 55.5) {
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "no sideways scrolling");
  const small = await page.$$eval("button", (bs, px) => bs.filter((b) => { const r = b.getBoundingClientRect(); return r.width > 0 && (r.height < px || r.width < px); }).map((b) => b.textContent), least);
  assert.deepEqual(small, [], `buttons are at least ${least} px`);
}
const bright = async (page) => { await page.mouse.click(5, 5); };

await part("thirty tickets", async () => {
  for (const lang of ["zh", "en"]) {
    for (const [w, h] of SIZES) {
      f.thirty();
      const page = await open(w, h, "#/kitchen", { lang });
      await page.waitForSelector(".ticket");
      await bright(page);
      await sleep(500);
      await shot(page, `kitchen30-${lang}-${w}`);
      await fits(page);
      await page.context().close();
    }
  }
});

await part("order and reasons", async () => {
  f.thirty();
  const page = await open(1920, 1080, "#/kitchen");
  await page.waitForSelector(".ticket");
  const text = await page.textContent(".kcolumns");
  for (const word of ["重做 +15′", "催菜 +10′", "锅底 +10′", "VIP +5′", "重做：凉了", "没人看见 · 已通知服务员", "第 1 道", "2 号座", "代做：", "应出 "]) assert.ok(text.includes(word), word);
  const { ranked } = await import("./fixture/kitchen.mjs");
  const want = f.state.tickets.map(ranked).sort((a, b) => a.rank_at - b.rank_at || (a.id < b.id ? -1 : 1)).map((t) => t.id);
  const got = await page.$$eval("[data-ticket]", (els) => [...new Set(els.map((e) => e.dataset.ticket))]);
  assert.deepEqual(got, want, "tickets stand in the server's order");
  await page.context().close();
});

await part("weigh, remake, move, stations", async () => {
  f.thirty();
  const page = await open(1280, 800, "#/kitchen", { showAllDay: false });
  await page.waitForSelector(".step-weigh");
  await sleep(500);
  await page.click(".step-weigh");
  for (const d of "685") await page.click(`.pad button:text-is("${d}")`);
  await shot(page, "kitchen-weigh-1280");
  await page.click(".weigh-go");
  await until("weighed", () => f.state.tickets.some((t) => t.items.some((i) => i.weight_g === 685 && !i.needs_weight)));
  await page.click("text=刚出的菜");
  await sleep(300);
  await page.click(".side-recall .ghost:text-is('重做')");
  await page.click(".causes button:text-is('凉了')");
  await page.fill(".remake input", "热一下");
  await shot(page, "kitchen-remake-1280");
  await page.click(".remake .primary");
  await until("remade", () => f.control.log.some((l) => l.path?.endsWith("/remake") && l.body.cause === "cold" && l.body.note === "热一下"));
  const t = f.state.tickets.find((x) => x.mode === "pay_later");
  const before = t.table;
  t.table = "A9";
  f.ticketChanged(t);
  await page.waitForSelector(`.tmoved:text-is("换桌：原 ${before}")`);
  await shot(page, "kitchen-moved-1280");
  await page.click(".ksub button:text-is('档口')");
  await page.click(".srow:has-text('凉菜') button");
  await shot(page, "kitchen-stations-1280");
  assert.ok((await page.textContent(".sask")).includes("热菜 代做"));
  await page.click(".srow .danger");
  await until("closed", () => f.state.closed.has("cold"));
  await page.waitForSelector(".srow:has-text('由 热菜 代做')");
  await page.click(".srow:has-text('热菜') >> nth=0 >> button");
  await page.click(".srow .danger");
  await page.waitForSelector(".notices button:has-text('没有其他档口可以代做')");
  await shot(page, "kitchen-refused-1280");
  await page.click(".srow:has-text('凉菜') .primary");
  await until("open", () => !f.state.closed.has("cold"));
  await page.context().close();
});

await part("sold out", async () => {
  const stockOf = (dish) => f.state.stock.find((s) => s.dish === dish);
  const before = f.state.stock;
  for (const [w, h] of SIZES) {
    for (const lang of ["zh", "en"]) {
      f.thirty();
      const page = await open(w, h, "#/kitchen", { lang, station: "cold", showAllDay: false }, "kitchen");
      await page.waitForSelector(".ticket");
      await bright(page);
      await page.click(`.ksub button:has-text('${lang === "zh" ? "沽清" : "Sold out"}')`);
      await page.waitForSelector(".side-stock .stockrow");
      await sleep(200);
      await shot(page, `kitchen-stock-${lang}-${w}`);
      await fits(page);
      const side = await page.$eval(".side-stock", (e) => e.scrollWidth - e.clientWidth);
      assert.ok(side <= 0, "the panel does not scroll sideways");
      await page.context().close();
    }
  }
  const page = await open(1280, 800, "#/kitchen", { station: "cold", showAllDay: false }, "kitchen");
  await page.waitForSelector(".ticket");
  const button = page.locator(".ksub button:has-text('沽清')");
  assert.equal(await button.locator(".chip").textContent(), "1");
  await button.click();
  const row = (name) => page.locator(".stockrow").filter({ has: page.locator(`b:text-is("${name}")`) });
  await row("拍黄瓜").waitFor();
  assert.equal(await page.locator(".stockrow b").first().textContent(), "口水鸡", "the station's own dishes stand first");
  await row("拍黄瓜").locator(".danger").click();
  await until("sold out", () => stockOf("d201")?.sold_out === true);
  await until("the feed says so", async () => (await button.locator(".chip").textContent()) === "2");
  await row("牛肉面").locator(".ghost").click();
  await page.click('.pad button:text-is("6")');
  await shot(page, "kitchen-stock-count-1280");
  await page.click(".sheet .primary.big");
  await row("牛肉面").locator(".chip:text-is('剩 6 份')").waitFor();
  assert.deepEqual([stockOf("d301").sold_out, stockOf("d301").remaining], [false, 6]);
  await row("口水鸡").locator(".primary").click();
  await until("back on sale", () => stockOf("d202").sold_out === false);
  await page.context().close();
  const waiter = await open(1280, 800, "#/kitchen", { showAllDay: false }, "waiter");
  await waiter.click(".ksub button:has-text('沽清')");
  await waiter.waitForSelector(".stockrow");
  assert.equal(await waiter.locator(".stockrow button:enabled").count(), 0, "a waiter only looks");
  await waiter.context().close();
  f.state.stock = before;
});

await part("slips scanned", async () => {
  f.thirty();
  const { ranked } = await import("./fixture/kitchen.mjs");
  const page = await open(1920, 1080, "#/kitchen");
  await page.waitForSelector(".ticket");
  await sleep(300);
  // As fast as a scanner, however busy this machine is.
  const scan = (code) => page.evaluate((keys) => { for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }, [...code, "Enter"]);
  const t = f.state.tickets[3];
  await scan(ranked(t).slip_code);
  await until("bumped", () => t.items.every((i) => i.state === "ready"));
  await page.waitForSelector(".undo:has-text('扫码出餐')");
  await shot(page, "kitchen-scan-1920");
  await page.click(".undo button");
  await until("undone", () => t.items.every((i) => i.state === "started"));
  await scan("dd0123456789ab.wok");
  await page.waitForSelector(".undo-bad:has-text('不认识的单：dd0123456789ab.wok')");
  await shot(page, "kitchen-scan-unknown-1920");
  await scan("6901234567892");
  await page.waitForSelector(".undo-bad:has-text('这不是厨打单的码')");
  await page.context().close();
});

await part("nothing under a sheet counts as seen", async () => {
  f.thirty();
  const page = await open(1280, 800, "#/kitchen");
  await page.waitForSelector(".ticket");
  await sleep(600);
  await page.click(".voice-open");
  await page.waitForSelector(".sheet");
  f.control.log.length = 0;
  const t = f.state.tickets[0];
  t.items[0].state = "sent";
  f.ticketChanged(t);
  await sleep(700);
  assert.ok(!f.control.log.some((l) => l.path === "/kitchen/painted"), "nothing is reported under the sheet");
  await page.keyboard.press("Escape");
  await until("reported once it is uncovered", () => f.control.log.some((l) => l.path === "/kitchen/painted" && l.body.items.includes(t.items[0].key)));
  await page.context().close();
});

await part("batches", async () => {
  for (const lang of ["zh", "en"]) {
    for (const [w, h] of SIZES) {
      f.thirty();
      const page = await open(w, h, "#/kitchen", { lang, kitchenBoard: "batch", showAllDay: false });
      await page.waitForSelector(".batch");
      await bright(page);
      await sleep(500);
      await shot(page, `batch-${lang}-${w}`);
      await fits(page);
      await page.context().close();
    }
  }
  f.thirty();
  const page = await open(1920, 1080, "#/kitchen", { kitchenBoard: "batch", showAllDay: false });
  await page.waitForSelector(".batch");
  await sleep(600);
  const card = page.locator(".batch").filter({ has: page.locator(".bpart >> nth=1") }).first();
  const keys = await card.locator(".bpart").evaluateAll((els) => els.map((e) => e.dataset.item));
  const find = (k) => f.state.tickets.flatMap((t) => t.items).find((i) => i.key === k);
  const fresh = keys.filter((k) => find(k).state !== "started");
  await card.locator(`.bpart[data-item="${fresh[0]}"] .bpick`).click();
  await shot(page, "batch-chosen-1920");
  await card.locator(".step-start").click();
  await until("only the chosen table was started", () => find(fresh[0]).state === "started");
  assert.ok(fresh.slice(1).every((k) => find(k).state !== "started"));
  await until("painted in batches too", () => f.control.log.some((l) => l.path === "/kitchen/painted"));
  await page.context().close();
});

await part("expediter", async () => {
  for (const lang of ["zh", "en"]) {
    for (const [w, h] of SIZES) {
      f.thirty();
      f.expo(lang === "zh" ? 9 : 24);
      const page = await open(w, h, "#/expo", { lang });
      await page.waitForSelector(".etable");
      await sleep(400);
      await shot(page, `expo-${lang}-${w}`);
      await fits(page);
      await page.context().close();
    }
  }
  f.expo(5);
  const page = await open(1280, 800, "#/expo");
  await page.waitForSelector(".eserve-all");
  const complete = f.state.expo[0];
  await page.locator(`[data-ticket="${complete.session}"] .eserve-all`).click();
  await until("the course is served", () => complete.courses[0].lines.length === 0);
  await page.locator(`[data-ticket="${complete.session}"] .efire`).click();
  await until("fired", () => complete.courses[2].lines[0].held === null);
  const rushed = f.state.expo[1].courses[0].lines[0];
  await page.locator(`[data-ticket="${f.state.expo[1].session}"] button:text-is('催') >> nth=0`).click();
  await until("rushed", () => rushed.rushed === 3);
  await page.locator(`[data-ticket="${f.state.expo[1].session}"] .eline-ready button:text-is('重做')`).click();
  await page.click(".causes button:text-is('送错桌')");
  await shot(page, "expo-remake-1280");
  await page.click(".remake .primary");
  await until("remade", () => f.state.expo[1].courses[0].lines[1].remakes === 1);
  await page.click("text=只看能上的");
  await sleep(200);
  await shot(page, "expo-ready-1280");
  f.control.muted = true;
  await page.waitForSelector(".stale", { timeout: 9000 });
  await shot(page, "expo-stale-1280");
  f.control.muted = false;
  f.expo(0);
  f.dropFeeds();
  await page.click("text=只看能上的");
  await page.waitForSelector(".kempty");
  await shot(page, "expo-empty-1280");
  await page.context().close();
});

await part("voice", async () => {
  f.state.announcements.length = 0;
  f.empty();
  f.control.log.length = 0;
  const made = await context(1280, 800);
  const page = await openIn(made, "#/kitchen");
  await page.waitForSelector(".kempty");
  await bright(page);
  await until("speaks", async () => !(await page.$(".voice-enable")));
  f.say({ kind: "new_order", order: "o", number: "3-1", dishes: 4, stations: ["wok"] }, { table_name: "3" });
  f.say({ kind: "paid", way: "wechat_code", amount: 3850, tip: 0 }, { table_name: "3" });
  f.say({ kind: "rush", line: "l", name: { zh: "鱼香肉丝", en: "Fish-flavoured pork" }, stations: ["wok"] }, { table_name: "3" });
  await until("both are said", async () => (await spoken(page)).length === 2);
  assert.deepEqual(await spoken(page), ["新单，三号桌，共4份", "催菜，三号桌，鱼香肉丝"]);
  await until("both are reported", () => new Set(f.control.log.filter((l) => l.path === "/announcements/played").flatMap((l) => l.body.numbers)).size === 2);
  await shot(page, "kitchen-voice-1280");
  // Another page of the same device: neither says again what was said, nor over the other.
  const wall = await openIn(made, "#/pickup");
  await wall.waitForSelector(".pcol");
  await bright(wall);
  await until("the wall speaks", async () => !(await wall.$(".sound-off")));
  f.numbers(0, 3);
  f.state.entries = f.state.entries.map((e, k) => (k === 0 ? { ...e, state: "ready", ready_at: Date.now() } : e));
  f.resnap();
  f.say({ kind: "ready", order: f.state.entries[0].order, number: f.state.entries[0].number });
  f.say({ kind: "queue", entry: "e", number: "A12" });
  f.say({ kind: "new_order", order: "p", number: "A007", dishes: 1, stations: ["noodle"] });
  await until("the wall calls", async () => (await spoken(wall)).length === 2);
  assert.deepEqual(await spoken(wall), ["请 A 零 零 一 号取餐", "请 A 一 二 号就餐"]);
  await until("the kitchen goes on", async () => (await spoken(page)).length === 3);
  assert.equal((await wall.$$(".pcalls li")).length, 1);
  await shot(wall, "pickup-calls-1280");
  // While the page is closed something comes; it is listed as missed, and heard on request.
  await page.close();
  await sleep(200);
  f.say({ kind: "rush", line: "m", name: { zh: "水煮鱼", en: "Fish" }, stations: ["wok"] }, { table_name: "8", at: Date.now() - 70_000 });
  await made.addInitScript(() => localStorage.setItem("dandan.staff.listens-since.kitchen", "1"));
  const again = await openIn(made, "#/kitchen");
  await again.waitForSelector(".voice-missed-all");
  await shot(again, "kitchen-missed-1280");
  await again.click(".voice-missed-all");
  await until("the missed one is said", async () => (await spoken(again)).includes("催菜，八号桌，水煮鱼"));
  await until("nothing is missed any more", async () => !(await again.$(".voice-missed-all")));
  await again.click(".voice-open");
  await sleep(200);
  await shot(again, "voice-sheet-1280");
  await again.click(".voice-kinds button:has-text('催菜')");
  await again.keyboard.press("Escape");
  f.say({ kind: "rush", line: "m", name: { zh: "毛血旺", en: "x" }, stations: ["wok"] }, { table_name: "8" });
  f.say({ kind: "new_order", order: "q", number: "9-1", dishes: 2, stations: [] }, { table_name: "9" });
  await until("said", async () => (await spoken(again)).some((s) => s.includes("九号桌")));
  assert.ok(!(await spoken(again)).some((s) => s.includes("毛血旺")), "a muted kind is not said");
  assert.equal(await again.evaluate(() => globalThis.overlaps), 0);
  await made.close();
});

await part("no voice on the device", async () => {
  f.state.announcements.length = 0;
  f.empty();
  const made = await context(360, 780);
  await made.addInitScript(() => localStorage.setItem("no-voice", "1"));
  const page = await openIn(made, "#/kitchen");
  await page.waitForSelector(".kempty");
  await bright(page);
  await sleep(300);
  f.control.log.length = 0;
  f.say({ kind: "new_order", order: "o", number: "3-1", dishes: 4, stations: ["wok"] }, { table_name: "3" });
  await page.waitForSelector(".voice-line:has-text('新单 3 · 4 份')");
  await until("a chime counts as played", () => f.control.log.some((l) => l.path === "/announcements/played"));
  await shot(page, "kitchen-chime-360");
  await made.close();
});

await part("sixty numbers", async () => {
  for (const [w, h] of SIZES) {
    f.numbers(60, 60);
    const page = await open(w, h, "#/pickup");
    await page.waitForSelector(".pcol li");
    await bright(page);
    await sleep(400);
    await shot(page, `pickup60-${w}`);
    const seen = new Set();
    const look = async () => { for (const n of await page.$$eval(".pcol-ready li b", (bs) => bs.map((b) => b.textContent))) seen.add(n); };
    if (w === 1920) await until("every number has its turn", async () => { await look(); return seen.size === 60; }, 40_000);
    await page.context().close();
  }
});

await browser.close();
f.stop();
assert.deepEqual(errors, [], "no errors in the page");
console.log("looked");
