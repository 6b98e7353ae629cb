// Drives the built pages in Chromium against the fixture: checks what only a browser can show, and takes pictures into tests/shots/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { start } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });
const f = await start(8792);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 8000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};

async function open(width, height, hash, settings = {}, token = "staff-s5", role = "manager") {
  const context = await browser.newContext({ viewport: { width, height } });
  const value = { lang: "zh", store: f.store, device: { id: "d".repeat(32), token: "device", name: "热菜屏 1" }, staff: { token, card: { id: "s5", name: "陈经理", role }, expiresAt: 9e15 }, station: null, twoStep: true, showAllDay: null, ...settings };
  await context.addInitScript((v) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", v), JSON.stringify(value));
  const page = await context.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/ERR_|Failed to load resource|status of/.test(m.text()) && errors.push(m.text()));
  await page.goto(f.url + hash);
  return page;
}
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) });
const painted = () => f.control.log.filter((l) => l.path === "/kitchen/painted").flatMap((l) => l.body.items);
const only = process.argv[2];
const part = async (name, run) => {
  if (only && !name.includes(only)) return;
  const from = Date.now();
  await run();
  console.log(`ok ${name} ${Date.now() - from} ms`);
};

await part("pair and sign in", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  await page.goto(`${f.url}#/pair?store=${f.store}&code=DEMO`);
  await page.waitForSelector("form");
  await shot(page, "pair-1280");
  await page.click("button.primary");
  await page.waitForSelector(".name-card");
  await shot(page, "names-1280");
  await page.click("text=小林");
  for (let i = 0; i < 3; i++) {
    await page.keyboard.type("9999");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".trouble:not(.trouble-none)");
    if (i === 0) await shot(page, "pin-wrong-1280");
    await sleep(150);
  }
  await until("locked", async () => (await page.textContent(".trouble")).includes("1 分"));
  await shot(page, "pin-locked-1280");
  await page.click("text=返回");
  await page.click("text=王师傅");
  for (const d of "1234") await page.click(`.pad button:text-is("${d}")`);
  await shot(page, "pin-1280");
  await page.click(".pad .primary");
  await page.waitForSelector(".kitchen");
  await context.close();
});

await part("kitchen empty", async () => {
  f.empty();
  const page = await open(1920, 1080, "#/kitchen");
  await page.waitForSelector(".kempty");
  await sleep(300);
  await shot(page, "kitchen-empty-1920");
  await page.context().close();
});

await part("kitchen full", async () => {
  f.full();
  f.control.log.length = 0;
  for (const [w, h] of [[1920, 1080], [1280, 800]]) {
    const page = await open(w, h, "#/kitchen");
    await page.waitForSelector(".ticket");
    await sleep(500);
    await shot(page, `kitchen-full-${w}`);
    const small = await page.$$eval("button", (bs) => bs.filter((b) => { const r = b.getBoundingClientRect(); return r.width > 0 && (r.height < 55.5 || r.width < 55.5); }).map((b) => b.textContent));
    assert.deepEqual(small, [], "kitchen buttons are at least 56 px");
    if (await page.$(".kturn")) {
      await page.click(".kturn button:last-child");
      await sleep(300);
      await shot(page, `kitchen-full-${w}-page2`);
    }
    await page.context().close();
  }
  const en = await open(1920, 1080, "#/kitchen", { lang: "en" });
  await en.waitForSelector(".ticket");
  await sleep(300);
  await shot(en, "kitchen-en-1920");
  await en.context().close();
});

await part("painted only what was on the glass", async () => {
  f.full();
  const fresh = f.state.tickets.flatMap((t) => t.items).filter((i) => i.state === "sent").map((i) => i.key).sort();
  assert.ok(fresh.length >= 3);
  f.control.log.length = 0;
  const page = await open(1280, 800, "#/kitchen");
  await page.waitForSelector(".ticket");
  await sleep(600);
  const inside = await page.$$eval("[data-item]", (els) => els.filter((e) => { const r = e.getBoundingClientRect(); return r.left < innerWidth && r.right > 0; }).map((e) => e.dataset.item));
  assert.ok(painted().every((k) => inside.includes(k)), "nothing off the glass is reported");
  const before = painted().length;
  f.control.fails = 2;
  for (let i = 0; i < 8 && (await page.$(".kturn button:last-child:not(:disabled)")); i++) {
    await page.click(".kturn button:last-child");
    await sleep(250);
  }
  await until("all fresh items painted", () => fresh.every((k) => painted().includes(k)));
  assert.ok(before < fresh.length, "the last tickets are not on the first page of a tablet");
  const reports = f.control.log.filter((l) => l.path === "/kitchen/painted");
  assert.ok(reports.length > new Set(reports.map((r) => r.key)).size, "a failed report is retried with its own key");
  await until("seen", () => f.state.tickets.every((t) => t.items.every((i) => i.state !== "sent")));
  await page.context().close();
});

await part("a ticket taller than the screen", async () => {
  for (const [w, h] of [[1280, 800], [1600, 900], [1920, 1080]]) {
    f.banquet(25);
    f.control.log.length = 0;
    const big = f.state.tickets[1];
    const page = await open(w, h, "#/kitchen");
    await page.waitForSelector(".tpart");
    await sleep(500);
    await shot(page, `kitchen-tall-${w}`);
    const cut = await page.evaluate(() => { const low = document.querySelector(".kcolumns").getBoundingClientRect().bottom; return [...document.querySelectorAll(".ticket, .item, .step")].filter((e) => e.getBoundingClientRect().bottom > low + 1 || e.scrollHeight > e.clientHeight + 1).length; });
    assert.equal(cut, 0, "no card, line or button reaches below its column");
    const whole = (key) => page.evaluate((k) => { const r = document.querySelector(`[data-item="${k}"] .step`).getBoundingClientRect(); const at = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2); return r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight && at?.closest(`[data-item="${k}"]`) !== null; }, key);
    const reached = new Set();
    for (let turn = 0; turn < 12; turn++) {
      for (const i of big.items) if (await whole(i.key)) reached.add(i.key);
      await sleep(300);
      assert.ok(painted().filter((k) => big.items.some((i) => i.key === k)).every((k) => reached.has(k)), "nothing is reported that was not on the glass");
      if (!(await page.$(".kturn button:last-child:not(:disabled)"))) break;
      await page.click(".kturn button:last-child");
      await sleep(250);
      if (turn === 0) await shot(page, `kitchen-tall-${w}-page2`);
    }
    assert.equal(reached.size, 25, "every line and its button can be reached");
    await until("all 25 painted", () => big.items.every((i) => painted().includes(i.key)));
    if (w === 1280) {
      // Bump all 25 by their own buttons, wherever they stand by then.
      while (await page.$(".kturn button:first-child:not(:disabled)")) { await page.click(".kturn button:first-child"); await sleep(100); }
      for (const i of big.items) {
        for (const state of ["started", "ready"]) {
          for (let t = 0; t < 6 && !(await whole(i.key)); t++) { await page.click(".kturn button:last-child:not(:disabled)"); await sleep(100); }
          await sleep(370);
          await page.click(`[data-item="${i.key}"] .step`);
          await until(`${i.key} ${state}`, () => i.state === state);
          await until("board shows it", async () => !(await page.$(".item-waiting")));
        }
      }
      await until("the ticket has left", async () => !(await page.$(`[data-ticket="${big.id}"]`)));
    }
    await page.context().close();
  }
  // One dish with ten wishes, taller than a column by itself: smaller, but whole.
  f.banquet(6);
  Object.assign(f.state.tickets[1].items[2], { note: "No peanuts please, allergic! ".repeat(2), rushed: 2, of_set: { zh: "四人套餐", en: "Set for four people" }, options: Array.from({ length: 10 }, (_, k) => ({ name: { zh: "不要香菜和花生碎末", en: "No coriander or crushed peanuts" }, quantity: 1, kind: k < 5 ? "avoid" : "extra" })) });
  f.resnap();
  for (const lang of ["zh", "en"]) {
    const tight = await open(1280, 800, "#/kitchen", { lang });
    await tight.waitForSelector('.ticket[data-tight]');
    await sleep(400);
    await shot(tight, `kitchen-tight-${lang}`);
    assert.ok(await tight.evaluate(() => { const c = document.querySelector('.ticket[data-tight]').getBoundingClientRect(); const low = document.querySelector(".kcolumns").getBoundingClientRect().bottom; return c.bottom <= low + 1; }), "the whole dish is on the glass");
    await tight.context().close();
  }
  // The button of a card bumps what stands on that card, not what nobody can see.
  f.banquet(25);
  const page = await open(1280, 800, "#/kitchen");
  await page.waitForSelector(".tpart");
  await sleep(600);
  const card = page.locator(`[data-ticket="${f.state.tickets[1].id}"]`).first();
  const here = await card.locator("[data-item]").evaluateAll((els) => els.map((e) => e.dataset.item));
  await card.locator(".tall").click();
  await until("the card's lines are ready", () => f.state.tickets[1].items.filter((i) => i.state === "ready").length === here.length);
  assert.ok(f.state.tickets[1].items.every((i) => (i.state === "ready") === here.includes(i.key)));
  await page.waitForSelector(".undo");
  const over = await page.evaluate(() => document.querySelector(".undo").getBoundingClientRect().bottom - document.querySelector(".kbody").getBoundingClientRect().top);
  assert.ok(over <= 0, "the undo strip covers no ticket");
  await shot(page, "kitchen-tall-undo-1280");
  await page.context().close();
});

await part("start, ready, undo, recall, rush, void", async () => {
  f.full();
  const page = await open(1920, 1080, "#/kitchen");
  await page.waitForSelector(".ticket");
  await sleep(600);
  const rushItem = f.state.tickets[0].items[0];
  await page.click(".rush");
  await until("rush answered", () => rushItem.rush_answered);
  await sleep(500);
  const item = page.locator(`[data-item="${rushItem.key}"] .step`);
  await item.click();
  await until("started", () => rushItem.state === "started");
  await until("button says ready", async () => (await item.textContent()) === "出餐");
  await sleep(400);
  // Two clicks in one frame are one command.
  const effects = f.control.effects;
  await page.evaluate((k) => { const b = document.querySelector(`[data-item="${k}"] .step`); b.click(); b.click(); }, rushItem.key);
  await until("ready", () => rushItem.state === "ready");
  await sleep(200);
  assert.equal(f.control.effects, effects + 1);
  await page.waitForSelector(".undo");
  await shot(page, "kitchen-undo-1920");
  await page.click(".undo button");
  await until("undone", () => rushItem.state === "started");
  await sleep(500);
  await page.click(".step-void");
  await until("void acknowledged", () => f.state.tickets.every((t) => t.items.every((i) => !i.void_unseen)));
  await page.click("text=刚出的菜");
  await page.waitForSelector(".side-recall li");
  await shot(page, "kitchen-recall-1920");
  await page.click(".side-recall button:has-text('召回')");
  await until("recalled", () => f.state.tickets[2].items[2].state === "started");
  await page.click(".side-recall .ghost:text-is('关闭')");
  // Weak network: the tap stays visible as not delivered, then goes through with the same key.
  f.control.log.length = 0;
  f.control.down = true;
  await sleep(400);
  const other = f.state.tickets[1].items[1];
  const button = page.locator(`[data-item="${other.key}"] .step`);
  await button.click();
  await until("told as undelivered", async () => (await button.textContent()).includes("未送达"));
  await shot(page, "kitchen-undelivered-1920");
  assert.equal(other.state, "seen");
  f.control.down = false;
  f.control.loseReplies = 1;
  await until("delivered", () => other.state === "started", 12000);
  await until("acked", async () => !(await page.$(".item-waiting")), 12000);
  const sent = f.control.log.filter((l) => l.path?.includes(other.key) || l.path?.includes(encodeURIComponent(other.key)));
  assert.ok(sent.length >= 2 && new Set(sent.map((s) => s.key)).size === 1, "a lost reply is asked for again with the same key");
  await page.context().close();
});

await part("stale, resume, power cycle", async () => {
  f.full();
  const page = await open(1920, 1080, "#/kitchen");
  await page.waitForSelector(".ticket");
  await sleep(500);
  f.control.muted = true;
  f.control.log.length = 0;
  await page.waitForSelector(".stale", { timeout: 9000 });
  await sleep(1500);
  await shot(page, "kitchen-stale-1920");
  f.control.muted = false;
  f.dropFeeds();
  await until("not stale", async () => !(await page.$(".stale")), 12000);
  const resumed = f.control.log.filter((l) => l.feed === "kitchen");
  assert.ok(resumed.length > 0 && resumed.every((r) => r.after !== null), "a reconnect says where it was");
  const order = () => page.$$eval("[data-ticket]", (els) => els.map((e) => e.dataset.ticket));
  const before = await order();
  await page.reload();
  await page.waitForSelector(".ticket");
  assert.deepEqual(await order(), before);
  // The server's journal was replaced by an older one: the page must not keep the newer picture.
  f.state.seq = 3;
  f.state.tickets = f.state.tickets.slice(0, 2);
  await until("resynced", async () => (await order()).length === 2, 12000);
  f.state.seq = 500;
  await page.context().close();
});

await part("pickup", async () => {
  f.numbers(3, 6);
  const page = await open(1920, 1080, "#/pickup", {}, "staff-s3", "kitchen");
  await page.waitForSelector(".pcol li");
  await sleep(500);
  await shot(page, "pickup-locked-1920");
  await page.evaluate(() => {
    globalThis.spoken = [];
    const voice = { lang: "zh-CN", localService: true };
    globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    Object.defineProperty(globalThis, "speechSynthesis", { configurable: true, value: { getVoices: () => [voice, { lang: "en-US", localService: true }], cancel() {}, speak(u) { globalThis.spoken.push(u.text); setTimeout(() => u.onend(), 200); } } });
  });
  if (await page.$(".sound-off")) await page.click(".sound-off");
  await until("unlocked", async () => !(await page.$(".sound-off")));
  const five = f.state.entries.find((e) => e.number === "A005");
  f.state.entries = f.state.entries.map((e) => (e === five ? { ...e, state: "ready", ready_at: Date.now(), calls: 0 } : e));
  f.changed("pickup", { entries: f.state.entries });
  f.say({ kind: "ready", order: five.order, number: five.number });
  await until("spoken", () => page.evaluate(() => globalThis.spoken.includes("请 A 零 零 五 号取餐")));
  f.state.entries = f.state.entries.map((e) => (e.number === "A005" ? { ...e, calls: 1 } : e));
  f.changed("pickup", { entries: f.state.entries });
  f.say({ kind: "ready", order: five.order, number: five.number });
  await until("called again", () => page.evaluate(() => globalThis.spoken.filter((s) => s.includes("零 零 五")).length === 2));
  await sleep(300);
  await shot(page, "pickup-few-1920");
  f.numbers(13, 22);
  await sleep(500);
  await shot(page, "pickup-many-1920");
  f.numbers(0, 0);
  await sleep(400);
  await shot(page, "pickup-empty-1920");
  await page.context().close();
});

await part("pickup sizes", async () => {
  for (const [w, h] of [[1920, 1080], [1600, 900], [1280, 800]]) {
    const page = await open(w, h, "#/pickup", {}, "staff-s3", "kitchen");
    for (const [ready, preparing] of [[1, 1], [3, 6], [12, 14], [30, 30]]) {
      f.numbers(ready, preparing);
      // The widest letters there are.
      f.state.entries.forEach((e, k) => { if (k % 3 !== 0) e.number = e.number.replace("A", k % 3 === 1 ? "W" : "M"); });
      f.resnap();
      await until("numbers", async () => (await page.$$(".pcol-ready li")).length === Math.min(ready, 24));
      await sleep(150);
      const close = await page.$$eval(".pcol li b", (bs) => bs.map((b) => { const a = b.getBoundingClientRect(); const c = b.parentElement.getBoundingClientRect(); return { n: b.textContent, x: Math.min(a.left - c.left, c.right - a.right) / c.width, y: Math.min(a.top - c.top, c.bottom - a.bottom) / c.height, px: a.height }; }).filter((m) => m.x < 0.06 || m.y < 0.08 || m.px < 36));
      assert.deepEqual(close, [], `numbers keep clear of their cells' edges: ${w}, ${ready} ready`);
      const heads = await page.$$eval(".pcol h1", (hs) => hs.filter((x) => x.scrollWidth > x.clientWidth + 1).length);
      assert.equal(heads, 0, "headings fit");
      if (w !== 1600) await shot(page, `pickup-${ready}-${w}`);
    }
    await page.context().close();
  }
});

await part("floor", async () => {
  for (const [w, h] of [[1280, 800], [390, 844]]) {
    const page = await open(w, h, "#/floor");
    await page.waitForSelector(".table");
    await sleep(300);
    await shot(page, `floor-${w}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, "no sideways scrolling");
    await page.click('.table:has(b:text-is("7"))');
    await page.waitForSelector(".pay-checking");
    await shot(page, `floor-checking-${w}`);
    await page.click(".phead .ghost");
    await page.click('.table:has(b:text-is("5"))');
    await page.waitForSelector(".line");
    await shot(page, `floor-table-${w}`);
    await page.click(".lopen >> nth=1");
    await page.click('.lineacts button:text-is("退菜")');
    await page.waitForSelector(".reasons");
    await page.click(".reasons button >> nth=1");
    await shot(page, `floor-void-${w}`);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".lineacts");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".sheet", { state: "detached" });
    if (w === 390) {
      await page.click(".open-till");
      await page.click(".way-cash");
      await shot(page, "floor-cash-390");
      f.control.muted = true;
      await page.waitForSelector(".till .stale", { timeout: 9000 });
      await shot(page, "till-stale-390");
      f.control.muted = false;
      await until("not stale", async () => !(await page.$(".stale")), 12000);
      await page.click(".till-close");
      await page.click(".phead .ghost");
    } else {
      f.control.loseReplies = 1;
      await page.click(".open-till");
      await page.click(".way-cash");
      for (const d of "200") await page.click(`.pad button:text-is("${d}")`);
      await shot(page, "floor-cash-1280");
      await page.click(".take");
      await page.waitForSelector(".givechange", { timeout: 12000 });
      await shot(page, "floor-change-1280");
      assert.match(await page.textContent(".givechange"), /¥13\.50/);
      const cash = f.control.log.filter((l) => l.path?.endsWith("/cash"));
      assert.ok(cash.length === 2 && cash[0].key === cash[1].key && cash[0].body.tender === cash[1].body.tender, "cash is sent again as the same tender");
      await page.click(".verdict .primary");
      await page.click('.table:has(b:text-is("4"))');
      await page.click(".covers button >> nth=2");
      await shot(page, "floor-open-1280");
      await page.click(".opener .primary");
      await until("seated", () => f.state.tables.find((t) => t.id === "4").sessions[0]?.covers === 3);
      await page.click(".calls .primary >> nth=0");
      await until("call answered", async () => (await page.$$(".calls li")).length === 2);
      // Put table 5 back for the phone's turn.
      const five = f.state.tables.find((t) => t.id === "5").sessions[0];
      Object.assign(five, { paid: 0, balance: 18650, tenders: [] });
      f.resnap();
    }
    f.numbers(4, 9);
    await page.click('.fbar nav button:text-is("取餐")');
    await page.waitForSelector(".readyrow");
    await shot(page, `floor-pickup-${w}`);
    await page.click('.fbar nav button:text-is("沽清")');
    await page.waitForSelector(".stockrow");
    await shot(page, `floor-stock-${w}`);
    await page.click('.fbar nav button:text-is("资金")');
    await page.waitForSelector(".money-none");
    await shot(page, `money-${w}`);
    await page.click('.fbar nav button:text-is("营业日")');
    await page.waitForSelector(".dayhead .danger:enabled");
    await shot(page, `floor-day-${w}`);
    await page.click(".dayhead .danger");
    assert.equal((await page.$$(".signlist li")).length, 3, "what does not add up is listed before it is signed, the two unserved lines as one");
    assert.ok(await page.isDisabled(".hold"), "nobody signs what they have not read");
    await page.check(".readit input");
    await shot(page, `floor-sign-${w}`);
    await page.focus(".hold");
    await page.keyboard.down("Enter");
    await until("day closed", () => f.state.day === null);
    await page.keyboard.up("Enter");
    assert.equal(f.control.log.findLast((l) => l.path === "/day/close").body.accept_unmatched, true);
    await page.click(".dayhead .primary");
    await until("day open", () => f.state.day !== null);
    await page.context().close();
  }
});

await browser.close();
f.stop();
assert.deepEqual(errors, [], "no errors in the page");
console.log("looked");
