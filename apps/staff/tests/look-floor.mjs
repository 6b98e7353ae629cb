// Drives the waiter's pages in Chromium against the fixture: plan, table, order taking, guarded acts. Pictures into tests/shots/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { trouble } from "./fixture/house.mjs";
import { start } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });
const f = await start(8794);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 8000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};

async function open(width, height, role = "waiter", id = "s1", name = "小林", settings = {}) {
  const context = await browser.newContext({ viewport: { width, height } });
  const value = { lang: "zh", store: f.store, device: { id: "d".repeat(32), token: "device", name: "前厅 1" }, staff: { token: `staff-${id}`, card: { id, name, role }, expiresAt: 9e15 }, station: null, twoStep: true, showAllDay: null, ...settings };
  await context.addInitScript((v) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", v), JSON.stringify(value));
  const page = await context.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/ERR_|Failed to load resource|status of/.test(m.text()) && errors.push(m.text()));
  await page.goto(`${f.url}#/floor`);
  await page.waitForSelector(".table");
  await sleep(200);
  return page;
}
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) });
const narrow = async (page, what) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `no sideways scrolling: ${what}`);
const table = (id) => `.table[data-table="${id}"]`;
const only = process.argv[2];
const part = async (name, run) => {
  if (only && !name.includes(only)) return;
  const from = Date.now();
  await run();
  console.log(`ok ${name} ${Date.now() - from} ms`);
};

f.busy();

await part("plan", async () => {
  for (const [w, h] of [[1280, 800], [360, 780]]) {
    const page = await open(w, h);
    await shot(page, `plan-${w}`);
    await narrow(page, "plan");
    await page.click(".planorder");
    await sleep(100);
    const first = await page.$eval(".fgrid .table", (e) => e.dataset.table);
    assert.ok(["10", "3"].includes(first), `the biggest trouble comes first, not ${first}`);
    await shot(page, `plan-urgent-${w}`);
    await page.context().close();
  }
  const en = await open(1280, 800, "lead", "s4", "阿芳", { lang: "en" });
  await shot(en, "plan-en-1280");
  await en.context().close();
});

await part("trouble", async () => {
  f.state.house = trouble(Date.now());
  f.resnap();
  for (const [w, h] of [[1280, 800], [360, 780]]) {
    const lead = await open(w, h, "lead", "s4", "阿芳");
    await lead.waitForSelector(".banner-approve");
    await sleep(400);
    await shot(lead, `plan-trouble-${w}`);
    await narrow(lead, "banners");
    await lead.context().close();
  }
  const till = await open(1280, 800, "cashier", "s2", "周姐");
  assert.equal((await till.$$(".banner-unseen li")).length, 1, "the till hears of what has climbed to it");
  assert.equal((await till.$$(".banner-approve")).length, 0, "a cashier approves nothing");
  await till.context().close();
  const lead = await open(1280, 800, "lead", "s4", "阿芳");
  await lead.click(".banner-approve .primary >> nth=0");
  await until("given", () => f.state.house.approvals.length === 1);
  await lead.click(".banner-nods .ghost");
  await lead.click(".sheet .reasons button >> nth=1");
  await shot(lead, "plan-decline-1280");
  await lead.click(".sheet .danger");
  await until("declined", () => f.control.log.some((l) => l.path?.endsWith("/decline") && l.body.reason === "厨房太忙"));
  await lead.context().close();
  f.state.house = {};
  f.resnap();
});

await part("free tables", async () => {
  for (const [w, h] of [[1280, 800], [360, 780]]) {
    const page = await open(w, h);
    await page.click(table("A1"));
    await page.waitForSelector(".okept");
    await shot(page, `table-reserved-${w}`);
    await page.click(".phead .ghost");
    await page.click(table("4"));
    await page.waitForSelector(".opener .primary");
    await shot(page, `table-dirty-${w}`);
    await page.context().close();
  }
});

await part("a table", async () => {
  for (const [w, h] of [[1280, 800], [360, 780]]) {
    const page = await open(w, h);
    await page.click(table("5"));
    await page.waitForSelector(".line");
    await shot(page, `party-${w}`);
    await narrow(page, "party");
    await page.click(".lopen >> nth=0");
    await page.waitForSelector(".lineacts");
    await shot(page, `party-line-${w}`);
    await page.keyboard.press("Escape");
    await page.click(".pbuttons .ghost >> nth=0");
    await page.waitForSelector(".tmenu");
    await shot(page, `party-menu-${w}`);
    await page.click('.tmenu button:has-text("桌码")');
    await page.waitForSelector(".qr");
    await shot(page, `party-code-${w}`);
    await page.context().close();
  }
});

await part("fire and weigh", async () => {
  const page = await open(1280, 800);
  await page.click(table("1"));
  await page.waitForSelector(".firebar");
  await page.click('.firebar .fire:has-text("第 2 道")');
  await until("fired", () => f.control.log.some((l) => l.path?.endsWith("/fire") && l.body.lines.length === 1));
  await page.click('.line:has-text("清蒸鲈鱼") .lopen');
  await page.click('.lineacts button:has-text("称重")');
  for (const d of "680") await page.click(`.pad button:text-is("${d}")`);
  await shot(page, "party-weigh-1280");
  await page.click(".sheet .primary.big");
  await until("weighed", () => f.control.log.some((l) => l.path?.endsWith("/weigh") && l.body.weight_g === 680));
  await page.context().close();
});

await part("a second person", async () => {
  const page = await open(360, 780);
  await page.click(table("5"));
  await page.click('.line:has-text("宫保鸡丁") .lopen');
  await page.click('.lineacts button:has-text("赠菜")');
  await page.click(".sheet .reasons button >> nth=1");
  await page.click(".sheet .primary.big");
  await page.waitForSelector(".approve-person");
  await shot(page, "approve-who-360");
  await page.click('.approve-person:has-text("阿芳")');
  await page.keyboard.type("9999");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".approve-trouble .icon");
  await shot(page, "approve-wrong-360");
  assert.ok(await page.evaluate(() => localStorage.getItem("dandan.staff").includes("staff-s1")), "a wrong PIN of somebody else signs nobody out");
  for (const d of "1234") await page.click(`.sheet .pad button:text-is("${d}")`);
  await page.click(".sheet .pad .primary");
  await until("comped", () => f.control.log.some((l) => l.path?.endsWith("/comp") && l.body.approver?.pin === "1234" && l.body.approver.staff === "s4"));
  await page.waitForSelector(".line-comped");
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes("1234"), "a PIN is kept nowhere");
  await page.click('.line:has-text("麻婆豆腐") .lopen');
  await page.click('.lineacts button:has-text("退菜")');
  await page.click(".sheet .reasons button >> nth=0");
  await page.click(".sheet .danger");
  await page.click(".sheet .ghost.big");
  await until("asked", () => f.state.house.approvals?.length === 1);
  await page.click(".phead .ghost");
  await page.waitForSelector(".banner-mine");
  await shot(page, "approve-mine-360");
  await page.context().close();
  f.state.house = {};
  f.resnap();
});

await part("order", async () => {
  for (const [w, h] of [[1280, 800], [360, 780]]) {
    const page = await open(w, h);
    await page.click(table("2"));
    await page.waitForSelector(".ptake");
    await page.click(".ptake");
    await page.waitForSelector(".dish");
    await shot(page, `order-${w}`);
    await narrow(page, "order");
    // Opening is one tap; the number's first digit and the dish are two more.
    await page.click('.keys button:text-is("2")');
    await shot(page, `order-find-${w}`);
    await page.click('.dish[data-code="201"]');
    await page.keyboard.type("gbjd");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".ogroup");
    assert.ok(await page.isDisabled(".ochosen"), "a required group is forced");
    await page.click('.oopts button:has-text("中辣")');
    await page.click('.oopts button:has-text("不放花生")');
    await shot(page, `order-options-${w}`);
    await page.click(".ochosen");
    await page.keyboard.type("104");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".ograms");
    await page.click('.ograms button:has-text("600")');
    await shot(page, `order-weight-${w}`);
    await page.click(".ochosen");
    await page.keyboard.type("402");
    await page.keyboard.press("Enter");
    await page.click(".keys .kmode");
    await shot(page, `order-letters-${w}`);
    await page.click(".keys .kmode");
    if (w < 800) await page.click(".tswitch");
    if ((await page.getAttribute(".dline:last-child .dhead", "aria-expanded")) !== "true") await page.click(".dline:last-child .dhead");
    await page.click('.dnum:text-is("6")');
    await page.click('.dedit .dpick:has-text("第几道") button:text-is("2")');
    await page.click('.dedit button:text-is("叫起")');
    await shot(page, `order-list-${w}`);
    await page.reload();
    await page.click(table("2"));
    await page.waitForSelector('.ptake[data-draft="9"]');
    await page.click(".ptake");
    await page.waitForSelector(".dline, .dish");
    f.control.differ = true;
    f.control.log.length = 0;
    await page.waitForFunction(() => !document.querySelector(".tfootsum small"));
    await page.click(".tsend");
    await page.waitForSelector(".differences li");
    await shot(page, `order-differs-${w}`);
    await page.click(".sheet .ghost.big");
    f.control.loseReplies = 1;
    await page.click(".tsend");
    await page.waitForSelector(".taking", { state: "detached", timeout: 12000 });
    const sent = f.control.log.filter((l) => l.path?.endsWith("/orders"));
    assert.equal(sent.length, 3);
    assert.ok(sent.every((l) => l.key === l.body.order), "an order's key is its id");
    assert.ok(sent[1].key === sent[2].key && sent[0].key !== sent[1].key, "a lost answer is asked for again, a refusal is another try");
    const beer = sent[2].body.lines.find((l) => l.dish === "d402");
    assert.deepEqual([beer.quantity, beer.course, beer.hold], [6, 2, true]);
    await page.waitForSelector(".order");
    await shot(page, `order-sent-${w}`);
    const two = f.state.tables.find((t) => t.id === "2");
    Object.assign(two.sessions[0], { orders: [], total: 0, balance: 0 });
    f.resnap();
    await page.context().close();
  }
});

await part("hot pot", async () => {
  const a1 = f.state.tables.find((t) => t.id === "A1");
  Object.assign(a1, { reserved: null, sessions: [{ id: "f".repeat(32), covers: 6, opened_at: Date.now(), total: 0, paid: 0, balance: 0, checking: false, unseen: 0, overdue: 0, calls: [] }] });
  f.resnap();
  const page = await open(1280, 800);
  await page.click(table("A1"));
  await page.click(".ptake");
  await page.waitForSelector(".tsoup");
  await page.waitForSelector('.dline:has-text("小料") .dqty');
  assert.equal(await page.textContent(".dline .dqty"), "6×", "what every guest gets is written down for all");
  await shot(page, "order-pot-1280");
  await page.click(".tsoup button >> nth=0");
  await page.waitForSelector(".tsoup", { state: "detached" });
  await page.context().close();
});

await part("empty and gone", async () => {
  const before = f.state.tables;
  f.state.tables = before.map((t) => ({ ...t, sessions: [], locked: null, dirty_since: null, reserved: null, state: undefined }));
  f.resnap();
  const page = await open(1280, 800, "waiter", "s1", "小林", { lang: "en" });
  await page.click(table("5"));
  await shot(page, "plan-empty-en-1280");
  f.state.tables = before;
  f.resnap();
  await page.waitForSelector(`${table("5")}.look-eating`);
  await page.click(table("5"));
  await page.click(".ptake");
  await page.waitForSelector(".dish");
  f.control.down = true;
  f.control.muted = true;
  await page.click('.dish[data-code="103"]');
  await page.waitForSelector(".taking .stale", { timeout: 12000 });
  await shot(page, "order-stale-en-1280");
  await page.click(".tsend");
  await page.waitForSelector(".unsent-bar");
  await shot(page, "order-unsent-en-1280");
  f.control.down = false;
  f.control.muted = false;
  f.dropFeeds();
  await page.waitForSelector(".taking", { state: "detached", timeout: 20000 });
  await page.context().close();
});

await browser.close();
f.stop();
assert.deepEqual(errors, [], "no errors in the page");
console.log("looked");
