// Drives the back pages against the real program: DANDAN=/path/to/dandan npm run back. A shift from float to blind count, the queue, a reservation, the day's signature, the manage page.
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
const data = mkdtempSync(join(tmpdir(), "dandan-"));
const program = spawn(process.env.DANDAN ?? "dandan", ["demo", "--data", join(data, "demo"), "--port", "0", "--sim-port", "0", "--printer-port", "0", "--print-json"], { stdio: ["ignore", "pipe", "inherit"] });
const leaflet = await new Promise((done) => createInterface({ input: program.stdout }).once("line", (l) => done(JSON.parse(l))));
const base = `${leaflet.url}/api/v1/stores/${leaflet.store}`;

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
const call = async (path, body, token) => {
  const response = await fetch(base + path, { method: body ? "POST" : "GET", headers: { "Content-Type": "application/json", "Idempotency-Key": randomBytes(16).toString("hex"), ...(token ? { Authorization: `Bearer ${token}` } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const json = await response.json();
  assert.ok(response.ok, `${path}: ${JSON.stringify(json)}`);
  return json;
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
const errors = [];
const device = await call("/devices/pair", { code: new URLSearchParams(new URL(leaflet.pairing_links[0]).hash.split("?")[1]).get("code"), name: "收银台 1" });
const cards = await call("/staff", null, device.token);

async function open(role, pin, hash, width = 1280, height = 800, lang = "zh") {
  const card = cards.find((c) => c.role === role);
  const { token, expires_at } = await call("/staff/sign-in", { staff: card.id, pin }, device.token);
  const context = await browser.newContext({ viewport: { width, height } });
  const value = { lang, store: leaflet.store, device: { id: device.device, token: device.token, name: device.name }, staff: { token, card, expiresAt: expires_at }, station: null, twoStep: true, showAllDay: null };
  await context.addInitScript((v) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", v), JSON.stringify(value));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (e) => errors.push(String(e)));
  await page.goto(pages + hash);
  return page;
}
const shot = (page, name) => page.screenshot({ path: join(shots, `back-${name}.png`) });
const ok = (what) => console.log(`ok ${what}`);

try {
  const till = await open("cashier", "2201", "#/floor");
  await till.waitForSelector(".noshift");
  await till.click(".noshift button");
  await till.click(".presets button >> nth=2");
  await till.click(".sheet .primary.big");
  await till.waitForSelector(".noshift", { state: "detached" });
  ok("no shift is said, a float opens one");

  await till.click("nav >> text=班次");
  await till.click("text=取出现金");
  for (const k of "50") await till.click(`.pad button:text-is("${k}")`);
  await till.click("text=送银行");
  await till.click(".sheet .danger.big");
  await till.click(".approve-person:has-text('孙领班')");
  await till.keyboard.type("4401");
  await till.keyboard.press("Enter");
  await till.waitForSelector(".moves li:has-text('孙领班')");
  ok("cash goes out with a second person");

  await till.click("text=盘点交班");
  await till.waitForSelector(".countrow");
  assert.ok(!(await till.textContent(".sheet")).includes("450.00"), "nobody is told before they count");
  await till.keyboard.press("4");
  await till.click(".countrow >> nth=1");
  await till.keyboard.press("1");
  await shot(till, "count");
  await till.click(".sheet .primary.big");
  await till.click(".sheet .danger.big");
  await till.waitForSelector(".over-even");
  await shot(till, "closed");
  await till.click(".sheet header .ghost");
  ok("a blind count that fits");

  await till.click("nav >> text=排队");
  await till.click(".qcol-queue header .primary");
  await till.click(".covers button >> nth=2");
  await till.click(".sheet .primary.big");
  assert.equal(await till.textContent(".takennumber"), "A1");
  await till.click(".sheet .primary.big");
  await till.click(".waitrow button:has-text('叫号')");
  await till.waitForSelector(".waitrow-called");
  await till.click(".qcol-reservations header .primary");
  await till.fill(".reserve input >> nth=0", "张女士");
  await till.click(".reserve .covers button >> nth=3");
  await till.click(".daypick button >> nth=1");
  await till.click(".timepick button:text-is('18:30')");
  await till.click(".sheet > .primary.big");
  await till.waitForSelector(".keptrow:has-text('18:30')");
  await shot(till, "queue");
  await till.click(".waitrow .primary");
  await till.click(".seatgrid button >> nth=0");
  await till.waitForSelector(".fpanel:not(.fpanel-empty)");
  ok("a number is taken, called and seated; a reservation kept");

  const head = await open("manager", "5501", "#/manage?part=audit");
  await head.waitForSelector(".auditlist li:has-text('孙领班 授权')");
  assert.equal(await head.locator(".auditlist li:has-text('此版本还不认识')").count(), 0, "every fact has its sentence");
  await shot(head, "audit");
  for (const part of ["打印机", "打印单", "档口", "员工", "设备", "权限", "本机"]) {
    await head.click(`.mnav >> text=${part}`);
    await head.waitForSelector(".mbody .mcard, .mbody .mrow, .mbody table");
  }
  ok("the manage page");

  const phone = await open("manager", "5501", "#/floor", 360, 780);
  await phone.click("nav >> text=营业日");
  await phone.waitForSelector(".allgood");
  await phone.click(".dayhead .danger");
  const hold = await phone.locator(".hold").boundingBox();
  await phone.mouse.move(hold.x + 30, hold.y + 20);
  await phone.mouse.down();
  await phone.waitForSelector(".sheet", { state: "detached" });
  await phone.mouse.up();
  await phone.waitForSelector(".dayhead .primary");
  assert.match(await phone.textContent(".daycols"), /0 项不平/);
  await shot(phone, "day-360");
  ok("the day is signed with nothing unmatched");
  assert.deepEqual(errors, []);
} finally {
  await browser.close();
  front.closeAllConnections();
  front.close();
  // It writes its last snapshots while it ends.
  const ended = new Promise((done) => program.once("exit", done));
  if (program.kill()) await ended;
  rmSync(data, { recursive: true, force: true });
}
