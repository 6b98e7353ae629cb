// One dinner in the hot pot room and one in the hall against the real program, all of it by hand at the waiter's page:
// DANDAN=/path/to/dandan node tests/dinner.mjs
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFile } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 10_000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};

const data = mkdtempSync(join(tmpdir(), "dandan-dinner-"));
const program = spawn(process.env.DANDAN ?? "dandan", ["demo", "--data", join(data, "demo"), "--port", "0", "--sim-port", "0", "--printer-port", "0", "--print-json"], { stdio: ["ignore", "pipe", "inherit"] });
const leaflet = await new Promise((done) => createInterface({ input: program.stdout }).once("line", (l) => done(JSON.parse(l))));

/** The pages from dist/, everything else from the program. */
const front = createServer((req, res) => {
  if (req.url.startsWith("/staff")) return serveFile(new URL(req.url, "http://x").pathname, res);
  const out = request(leaflet.url + req.url, { method: req.method, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  out.on("error", () => res.destroy());
  res.on("close", () => out.destroy());
  req.pipe(out);
});
await new Promise((r) => front.listen(0, "127.0.0.1", r));
const pages = `http://127.0.0.1:${front.address().port}/staff/`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
const refused = [];
let link = 0;
async function signedIn(person, width, height) {
  const { name, pin } = leaflet.staff.find((s) => s.id === person);
  const page = await (await browser.newContext({ viewport: { width, height } })).newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/ERR_|Failed to load resource/.test(m.text()) && errors.push(m.text()));
  page.on("response", async (r) => r.status() >= 400 && refused.push(`${r.status()} ${r.request().method()} ${new URL(r.url()).pathname.split("/").slice(5).join("/")} ${(await r.text().catch(() => "")).slice(0, 200)}`));
  await page.goto(pages + new URL(leaflet.pairing_links[link++]).hash);
  await page.click("form .primary");
  await page.click(`.name-card:has(b:text-is("${name}"))`);
  await page.waitForSelector(".pin-pad");
  for (const d of pin) await page.click(`.pad button:text-is("${d}")`);
  await page.click(".pad .primary");
  return page;
}
const table = (id) => `.table[data-table="${id}"]`;
const shot = (page, name) => page.screenshot({ path: join(shots, `dinner-${name}.png`) });
const seat = async (page, id, covers) => {
  await page.click(table(id));
  await page.click(`.covers button:text-is("${covers}")`);
  await page.click(".opener .primary.big");
  await page.waitForSelector(".ptake");
};
const typed = async (page, keys) => {
  await page.keyboard.type(keys);
  await page.keyboard.press("Enter");
};

try {
  const waiter = await signedIn("wang", 360, 780);
  await waiter.waitForSelector(".table");
  const lead = await signedIn("sun", 1280, 800);
  await lead.waitForSelector(".table");
  const step = (text) => console.log(`ok ${text}`);

  await seat(lead, "a1", 3);
  await lead.click(".ptake");
  await lead.waitForSelector(".dish");
  const menu = await lead.evaluate(async (u) => (await fetch(u)).json(), `${pages.replace("/staff/", "")}/api/v1/stores/${leaflet.store}/menu`);
  const plain = menu.dishes.filter((d) => d.charge === "item" && d.variants.length === 1 && d.groups.every((g) => g.min === 0) && d.set_groups.length === 0 && !d.pot && d.hours == null);
  await typed(lead, plain[0].code);
  await typed(lead, plain[1].code);
  await lead.click('.dfor .dpick >> nth=0 >> button:text-is("2")');
  await typed(lead, plain[2].code);
  await lead.click('.dedit button:text-is("叫起")');
  const fish = menu.dishes.find((d) => d.charge === "weight");
  if (fish) {
    await typed(lead, fish.code);
    await lead.waitForSelector(".ochosen");
    for (const g of await lead.$$(".ogroup:has(.chip-bad) .oopts button:not([disabled])")) { if (await lead.isEnabled(".ochosen")) break; await g.click(); }
    await lead.click(".ochosen");
  }
  await lead.waitForFunction(() => !document.querySelector(".tfootsum small"));
  await shot(lead, "order");
  await lead.click(".tsend");
  await lead.waitForSelector(".taking", { state: "detached" });
  await lead.waitForSelector(".line");
  await shot(lead, "ordered");
  step("seated, ordered by number, one line held");

  await lead.click(".firebar .fire");
  await lead.waitForSelector(".firebar", { state: "detached" });
  step("fired");
  if (fish) {
    await lead.click(".line:has(.chip-unweighed) .lopen");
    await lead.click('.lineacts button:has-text("称重")');
    for (const d of "680") await lead.click(`.sheet .pad button:text-is("${d}")`);
    await lead.click(".sheet .primary.big");
    await lead.waitForSelector(".line .chip-unweighed", { state: "detached" });
    step("weighed");
  }

  await waiter.click(table("a1"));
  await waiter.waitForSelector(".line");
  await waiter.click(`.line:has-text("${plain[0].name.zh}") .lopen`);
  await waiter.click('.lineacts button:has-text("退菜")');
  await waiter.click(".sheet .reasons button >> nth=0");
  await waiter.click(".sheet .danger");
  await waiter.waitForSelector(".approve-person");
  const sun = leaflet.staff.find((s) => s.id === "sun");
  await waiter.click(`.approve-person:has-text("${sun.name}")`);
  await waiter.keyboard.type("0000");
  await waiter.keyboard.press("Enter");
  await waiter.waitForSelector(".approve-trouble .icon");
  await shot(waiter, "wrong-pin");
  await waiter.keyboard.type(sun.pin);
  await waiter.keyboard.press("Enter");
  await waiter.waitForSelector(".line-voided");
  step("voided with a second person's PIN");

  await waiter.click(`.line:has-text("${plain[1].name.zh}") .lopen`);
  await waiter.click('.lineacts button:has-text("赠菜")');
  await waiter.click(".sheet .reasons button >> nth=0");
  await waiter.click(".sheet .primary.big");
  await waiter.click(".sheet .ghost.big");
  // A lead may let go a fifth of a price; a whole dish is for the manager.
  const manager = await signedIn("zhou", 1280, 800);
  await manager.waitForSelector(".banner-approve");
  await sleep(600);
  await shot(manager, "asked");
  await manager.click(".banner-approve .primary");
  await waiter.waitForSelector(".line-comped");
  step("given away on a manager's word from another device");

  const more = async (page, name) => { await page.click('.pbuttons button:text-is("更多")'); await page.click(`.tmenu button:text-is("${name}")`); };
  await more(lead, "标为 VIP");
  await lead.waitForSelector(".phead .tvip");
  await more(lead, "改人数");
  await lead.click('.sheet .covers button:text-is("4")');
  await lead.click(".sheet .primary.big");
  await until("four", async () => (await lead.textContent(".pwho")).startsWith("4 人"));
  await more(lead, "打预结单");
  await lead.waitForSelector(".notice-good");
  await lead.click(".sheet header .ghost");
  await more(lead, "桌码");
  await lead.waitForSelector(".sheet .qr");
  await lead.click(".sheet header .ghost");
  await more(lead, "折扣");
  await lead.click('.sheet button:text-is("8.8 折")');
  await lead.click(".sheet .reasons button:text-is('老客户')");
  await lead.click(".sheet .primary.big");
  await Promise.race([lead.waitForSelector(".csum-discount"), lead.waitForSelector(".approve-person")]);
  if (await lead.$(".approve-person")) {
    const zhou = leaflet.staff.find((s) => s.id === "zhou");
    await lead.click(`.approve-person:has-text("${zhou.name}")`);
    await lead.keyboard.type(zhou.pin);
    await lead.keyboard.press("Enter");
    await lead.waitForSelector(".csum-discount");
  }
  step("VIP, covers, bill printed, code, discount");
  await shot(lead, "discount");

  await more(lead, "转台");
  await lead.click('.picktables button:has-text("A2")');
  await lead.click(".sheet .primary.big");
  await lead.waitForSelector('.phead h2:text-is("A2")');
  await lead.waitForSelector(`${table("a1")}.look-dirty, ${table("a1")}.look-free`);
  step("moved to A2");
  await seat(lead, "a3", 2);
  await lead.click(".ptake");
  await lead.waitForSelector(".dish");
  await typed(lead, plain[3].code);
  await lead.waitForFunction(() => !document.querySelector(".tfootsum small"));
  await lead.click(".tsend");
  await lead.waitForSelector(".taking", { state: "detached" });
  await lead.waitForSelector(".line");
  await more(lead, "并台");
  await lead.click('.picktables button:has-text("A2")');
  await lead.click(".sheet .primary.big");
  await until("merged", async () => /A2/.test(await lead.textContent(".phead h2")));
  await shot(lead, "merged");
  await more(lead, "拆开 A2");
  await until("apart", async () => !/A2/.test(await lead.textContent(".phead h2")));
  step("merged and taken apart");
  await lead.click(table("a2"));
  await lead.click(`.line:has-text("${plain[2].name.zh}") .lopen`);
  await lead.click('.lineacts button:has-text("转菜")');
  await lead.click('.picktables button:has-text("A3")');
  await lead.click(".sheet .primary.big");
  await lead.waitForSelector(".sheet", { state: "detached" });
  await lead.click(table("a3"));
  await lead.waitForSelector(`.line:has-text("${plain[2].name.zh}")`);
  step("a dish moved to another bill");

  await seat(lead, "h1", 2);
  await lead.click(".ptake");
  await lead.waitForSelector(".tsoup");
  await until("what every guest gets is written down", async () => (await lead.$$(".dline")).length > 0);
  await shot(lead, "pot");
  const choose = async () => {
    while (!(await lead.isEnabled(".ochosen"))) await lead.click(".ogroup:has(.chip-bad) .oopts button:not([disabled]):not([aria-pressed=true]) >> nth=0");
    await lead.click(".ochosen");
  };
  while (await lead.$(".tperhead")) {
    await lead.click(".tperhead button >> nth=0");
    await choose();
    await sleep(100);
  }
  await lead.click(".tsoup button >> nth=0");
  if (await lead.waitForSelector(".ochosen", { timeout: 1500 }).catch(() => null)) await choose();
  await lead.waitForSelector(".tsoup", { state: "detached" });
  const beef = menu.dishes.find((d) => d.pot === "for_pot" && d.groups.every((g) => g.min === 0) && d.variants.length === 1);
  await typed(lead, beef.code);
  await lead.waitForFunction(() => !document.querySelector(".tfootsum small"));
  await lead.click(".tsend");
  await lead.waitForSelector(".taking", { state: "detached" });
  await until("what is for the pot waits for the soup", async () => (await lead.$$('.line .state-held')).length > 0);
  await shot(lead, "pot-sent");
  step("hot pot: dips, soup, and what waits for it");

  const cashier = await signedIn("zhao", 1280, 800);
  await cashier.waitForSelector(".table");
  await cashier.click(table("a3"));
  await cashier.click(".open-till");
  await cashier.click(".way-cash");
  await cashier.click(".quick button >> nth=0");
  await cashier.click(".till .take");
  await cashier.waitForSelector(".givechange");
  await cashier.click(".verdict .primary");
  await until("settled", async () => (await cashier.$(".till")) === null || (await cashier.click(".till-close").then(() => true)));
  await cashier.click(".close-table");
  await cashier.click(".sheet .primary");
  await cashier.waitForSelector(`${table("a3")}.look-dirty, ${table("a3")}.look-free`);
  if (await cashier.$(`${table("a3")}.look-dirty`)) {
    await cashier.click(table("a3"));
    await cashier.click(".opener .primary");
    await cashier.waitForSelector(`${table("a3")}.look-free`);
  }
  step("paid, closed, cleaned");
  await cashier.click(table("b4"));
  await cashier.click('.opener .ghost:text-is("锁台")');
  await cashier.click(".sheet .reasons button >> nth=0");
  await cashier.click(".sheet .primary.big");
  await cashier.waitForSelector(`${table("b4")}.look-locked`);
  await cashier.click(".opener .primary");
  await cashier.waitForSelector(`${table("b4")}.look-free`);
  await shot(waiter, "end-360");
  await shot(cashier, "end-1280");
  step("locked and unlocked");
  assert.deepEqual(errors, [], "no errors in the pages");
  console.log(refused.length === 0 ? "nothing refused" : `refused:\n${[...new Set(refused)].join("\n")}`);
} catch (e) {
  console.log(`refused:\n${[...new Set(refused)].join("\n")}\nerrors: ${errors.join("\n")}`);
  let n = 0;
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(tmpdir(), `dinner-failed-${n++}.png`) }).catch(() => undefined);
  throw e;
} finally {
  await browser.close();
  front.close();
  front.closeAllConnections();
  program.kill();
}
