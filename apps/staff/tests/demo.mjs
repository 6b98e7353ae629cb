// Drives the built pages against the real program: DANDAN=/path/to/dandan npm run demo. One order from the phone to the table and its money.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serveFile } from "./fixture/server.mjs";

const shots = join(dirname(fileURLToPath(import.meta.url)), "shots");
mkdirSync(shots, { recursive: true });
const id = () => randomBytes(16).toString("hex");
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const until = async (what, test, ms = 10_000) => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (await test()) return;
  assert.fail(`never: ${what}`);
};

const data = mkdtempSync(join(tmpdir(), "dandan-"));
const program = spawn(process.env.DANDAN ?? "dandan", ["demo", "--data", join(data, "demo"), "--port", "0", "--sim-port", "0", "--print-json"], { stdio: ["ignore", "pipe", "inherit"] });
const leaflet = await new Promise((done) => createInterface({ input: program.stdout }).once("line", (l) => done(JSON.parse(l))));
const base = `${leaflet.url}/api/v1/stores/${leaflet.store}`;

/** The pages from dist/, everything else from the program; can be cut off. */
let cut = false;
const front = createServer((req, res) => {
  if (req.url.startsWith("/staff")) return serveFile(new URL(req.url, "http://x").pathname, res);
  if (cut) return res.destroy();
  const out = request(leaflet.url + req.url, { method: req.method, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  out.on("error", () => res.destroy());
  res.on("close", () => out.destroy());
  req.pipe(out);
});
const sockets = new Set();
front.on("connection", (s) => (sockets.add(s), s.on("close", () => sockets.delete(s))));
await new Promise((r) => front.listen(0, "127.0.0.1", r));
const pages = `http://127.0.0.1:${front.address().port}/staff/`;

const call = async (method, path, token, body, key = id()) => {
  const response = await fetch(base + path, { method, headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...(token ? { Authorization: `Bearer ${token}` } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const json = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${JSON.stringify(json)}`);
  return json;
};
const menu = await call("GET", "/menu");

async function join_(table) {
  const { code } = leaflet.diner_links.find((l) => l.table === table);
  return call("POST", "/sessions/join", null, { code, guest: id(), name: "小李", covers: 2, session: id() });
}
async function order(joined, wanted) {
  const lines = wanted.map(([dish, quantity, option, note]) => {
    const d = menu.dishes.find((x) => x.id === dish);
    return { line: id(), dish, variant: d.variants[0].id, quantity, weight_g: null, options: option ? [{ option, quantity: 1 }] : [], set: [], note: note ?? null };
  });
  const quote = await call("POST", `/sessions/${joined.session}/quote`, joined.token, { lines });
  const priced = lines.map((l) => ({ ...l, unit_price: quote.lines.find((q) => q.line === l.line).unit_price, amount: quote.lines.find((q) => q.line === l.line).amount }));
  const key = id();
  return call("POST", `/sessions/${joined.session}/orders`, joined.token, { order: key, menu_version: quote.menu_version, total: quote.total, lines: priced, note: null }, key);
}
const session = (joined) => call("GET", `/sessions/${joined.session}`, joined.token);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
let link = 0;
async function signedIn(person, width, height, home) {
  const { name, pin } = leaflet.staff.find((s) => s.id === person);
  const page = await (await browser.newContext({ viewport: { width, height } })).newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/ERR_|Failed to load resource/.test(m.text()) && errors.push(m.text()));
  await page.goto(pages + new URL(leaflet.pairing_links[link++]).hash);
  await page.click("form .primary");
  await page.waitForSelector(".name-card");
  if (home) await page.click(`.screens button:text-is("${home}")`);
  await page.click(`.name-card:has(b:text-is("${name}"))`);
  await page.waitForSelector(".pin-pad");
  for (const d of pin) await page.click(`.pad button:text-is("${d}")`);
  await page.click(".pad .primary");
  return page;
}

try {
  const kitchen = await signedIn("chen", 1920, 1080);
  await kitchen.waitForSelector(".kempty");
  const floor = await signedIn("sun", 1280, 800);
  await floor.waitForSelector(".table");
  const pickup = await signedIn("chen", 1920, 1080, "取餐屏");
  await pickup.waitForSelector(".pcol");
  console.log("ok paired and signed in");

  const a1 = await join_("A1");
  await order(a1, [["kung-pao-chicken", 2, "mild"], ["smashed-cucumber", 1, "no-coriander"], ["mapo-tofu", 1, null, "花生过敏"]]);
  const placed = Date.now();
  await kitchen.waitForSelector(".ticket");
  await until("every line seen by the kitchen", async () => (await session(a1)).orders[0].lines.every((l) => l.state === "seen"));
  console.log(`ok painted and reported ${Date.now() - placed} ms after the order`);
  await kitchen.screenshot({ path: join(shots, "demo-kitchen.png") });

  // The board refuses taps right after it moved.
  await sleep(500);
  await kitchen.click(".step-start >> nth=0");
  await until("started", async () => (await session(a1)).orders[0].lines.some((l) => l.state === "started"));
  const line = (await session(a1)).orders[0].lines.find((l) => l.state === "seen");
  await call("POST", `/sessions/${a1.session}/lines/${line.line}/rush`, a1.token, {});
  await kitchen.waitForSelector(".rush");
  await sleep(500);
  await kitchen.click(".rush");
  await until("rush answered", async () => (await session(a1)).orders[0].lines.find((l) => l.line === line.line).rush_answered);

  await floor.click('.table:has(b:text-is("A1"))');
  await floor.locator(".line", { hasText: "拍黄瓜" }).locator(".lopen").click();
  await floor.click('.lineacts button:text-is("退菜")');
  await floor.click(".reasons button >> nth=0");
  await floor.click(".sheet .danger");
  // The kitchen has it: the manager signs for it.
  const zhou = leaflet.staff.find((s) => s.id === "zhou");
  await floor.click(`.approve-person:has-text("${zhou.name}")`);
  await floor.keyboard.type(zhou.pin);
  await floor.keyboard.press("Enter");
  await kitchen.waitForSelector(".step-void");
  await kitchen.screenshot({ path: join(shots, "demo-kitchen-void.png") });
  await sleep(500);
  await kitchen.click(".step-void");
  await kitchen.waitForSelector(".step-void", { state: "detached" });
  console.log("ok start, rush, void");

  await sleep(500);
  cut = true;
  for (const s of sockets) s.destroy();
  await kitchen.click(".tall");
  await kitchen.waitForSelector(".chip-bad");
  await sleep(1500);
  cut = false;
  await kitchen.waitForSelector(".kempty", { timeout: 15_000 });
  await until("bumped once the network is back", async () => (await session(a1)).orders[0].lines.filter((l) => l.state !== "voided").every((l) => l.state === "ready"));
  await kitchen.click(".undo button").catch(() => {});
  await until("undone", async () => (await session(a1)).orders[0].lines.some((l) => l.state === "started"));
  await sleep(800);
  await kitchen.click(".tall");
  await kitchen.waitForSelector(".kempty", { timeout: 15_000 });
  await kitchen.reload();
  await kitchen.waitForSelector(".kempty");
  await kitchen.click("text=刚出的菜");
  await until("two in the recall list after a power cycle", async () => (await kitchen.$$(".side-recall li")).length === 2);
  console.log("ok ready without network, undo, recall list after a reload");

  await until("waiter sees them ready", async () => (await floor.$$(".state-ready")).length === 2);
  await floor.click('.firebar .primary');
  await until("served", async () => (await session(a1)).orders[0].lines.filter((l) => l.state !== "voided").every((l) => l.state === "served"));
  await floor.click(".open-till");
  await floor.click(".way-cash");
  await floor.click(".quick button >> nth=2");
  await floor.screenshot({ path: join(shots, "demo-cash.png") });
  await floor.click(".take");
  await floor.waitForSelector(".givechange");
  await floor.click(".verdict .primary");
  await until("paid", async () => (await session(a1)).check.balance === 0);
  await floor.click(".close-table");
  await floor.click(".sheet .primary");
  await floor.waitForSelector('.look-dirty:has(b:text-is("A1"))');
  console.log("ok served, cash, closed");

  const k1 = await join_("K1");
  const first = await order(k1, [["mapo-tofu", 1, null]]);
  await floor.click('.table:has(b:text-is("K1"))');
  await floor.waitForSelector(".order");
  await floor.click(".open-till");
  await floor.click(".way-cash");
  await floor.click(".quick button >> nth=0");
  await floor.click(".take");
  await floor.waitForSelector(".givechange");
  await floor.click(".verdict .primary");
  await pickup.waitForSelector(`.pcol-preparing li:has-text("${first.number}")`);
  await kitchen.waitForSelector(".ticket");
  await sleep(500);
  await kitchen.click(".step-start");
  await kitchen.waitForSelector(".step-ready");
  await sleep(500);
  await kitchen.click(".step-ready");
  await pickup.waitForSelector(`.pcol-ready li:has-text("${first.number}")`);
  await pickup.screenshot({ path: join(shots, "demo-pickup.png") });
  await floor.click(".fbar nav button >> nth=1");
  await floor.click(".readyrow .ghost");
  await until("called again", async () => (await floor.textContent(".readyrow")).includes("叫过 1 次"));
  await floor.click(".readyrow .primary");
  await pickup.waitForSelector(".pcol-ready li", { state: "detached" });
  console.log(`ok pay first, ${first.number} called and collected`);

  await floor.click(".fbar nav button >> nth=2");
  await floor.locator(".stockrow", { hasText: "拍黄瓜" }).locator(".danger").click();
  await floor.waitForSelector(".stockrow-out");
  await floor.screenshot({ path: join(shots, "demo-stock.png") });
  const boss = await signedIn("zhou", 390, 844);
  await boss.waitForSelector(".table");
  await boss.screenshot({ path: join(shots, "demo-floor-390.png") });
  await boss.click(".fbar nav button >> nth=4");
  await boss.click(".day .danger");
  await boss.click(".sheet .danger");
  await boss.waitForSelector(".day .primary, .unmatched", { timeout: 8000 });
  if (await boss.$(".unmatched")) await boss.click(".sheet .danger");
  await boss.waitForSelector(".day .primary");
  console.log("ok stock, day closed");
  assert.deepEqual(errors, []);
} catch (error) {
  for (const [n, context] of browser.contexts().entries()) for (const page of context.pages()) await page.screenshot({ path: join(shots, `demo-failed-${n}.png`) });
  console.error(errors);
  throw error;
} finally {
  await browser.close();
  front.closeAllConnections();
  front.close();
  // It writes its last snapshots while it ends.
  const ended = new Promise((done) => program.once("exit", done));
  if (program.kill()) await ended;
  rmSync(data, { recursive: true, force: true });
}
