/**
 * The H5 build against the real program and its channel simulator: DANDAN=/path/to/dandan npm run test:real. Every payment
 * here is made at a channel that speaks the real protocols; SHOTS=<folder> leaves pictures.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { close, errors, h5, launch, phone, until } from "./harness.mjs";

const began = Date.now();
const id = () => randomBytes(16).toString("hex");
const data = fs.mkdtempSync(path.join(os.tmpdir(), "dandan-mini-"));
const program = spawn(process.env.DANDAN ?? "dandan", ["demo", "--data", path.join(data, "demo"), "--port", "0", "--sim-port", "0", "--printer-port", "0", "--print-json"], { stdio: ["ignore", "pipe", "ignore"] });
const leaflet = await new Promise((done) => createInterface({ input: program.stdout }).once("line", (l) => done(JSON.parse(l))));
const base = `${leaflet.url}/api/v1/stores/${leaflet.store}`;
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const call = async (method, where, token, body) => {
  const headers = { "content-type": "application/json", "idempotency-key": body?.order ?? id(), ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(base + where, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const json = await answer.json();
  assert.ok(answer.ok, `${method} ${where}: ${JSON.stringify(json)}`);
  return json;
};
const control = (what, body) => fetch(`${leaflet.sim_url}/control/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const fault = (kind, more = {}) => control("faults", { kind, channel: null, op: null, count: null, percent: null, for_ms: null, ...more });

/** A phone at a table, with the pages from dist/ and everything else from the program. */
async function sit(table, lang, covers) {
  const { url } = leaflet.diner_links.find((l) => l.table === table);
  const at = await phone("about:blank", "zh");
  await at.page.route(`${leaflet.url}/m/**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(3);
    const file = path.join(h5, name === "" ? "index.html" : name);
    return fs.existsSync(file) ? route.fulfill({ contentType: types[path.extname(file)], body: fs.readFileSync(file) }) : route.continue();
  });
  await at.page.goto(url);
  if (lang === "en") await at.tap("#lang");
  await at.tap(`#covers-${covers}`);
  await at.see("#to-review, #cart");
  const member = await at.page.evaluate(() => JSON.parse(localStorage.getItem("dandan.member")).data);
  return { ...at, ...member, view: () => call("GET", `/sessions/${member.session}`, member.token) };
}

const menu = await call("GET", "/menu");
const plain = menu.dishes.filter((d) => d.groups.length === 0 && d.set_groups.length === 0 && d.variants.length === 1 && d.charge === "item" && !d.pot && d.hours === null && d.daily_count === null);
async function order(diner, dishes) {
  const lines = dishes.map((d) => ({ line: id(), dish: d.id, variant: d.variants[0].id, quantity: 1, weight_g: null, options: [], set: [], note: null }));
  const quote = await call("POST", `/sessions/${diner.session}/quote`, diner.token, { lines });
  const priced = lines.map((l) => ({ ...l, unit_price: quote.lines.find((q) => q.line === l.line).unit_price, amount: quote.lines.find((q) => q.line === l.line).amount }));
  await call("POST", `/sessions/${diner.session}/orders`, diner.token, { order: id(), menu_version: quote.menu_version, total: quote.total, lines: priced, note: null });
}
/** From the menu or from a paid payment to the next one. */
async function toPay(diner) {
  await diner.tap("#to-status");
  await diner.see("#bill");
  await diner.tap("#pay");
  await diner.see("#way-cash");
}
/** In the simulator's window: taps its coloured buttons until it has led back to the shop, or says "paid". */
async function payThere(page) {
  for (let i = 0; i < 3 && page.url().startsWith(leaflet.sim_url); i += 1) {
    const button = page.locator("button[name=action]").first();
    if ((await button.count()) === 0) break;
    await Promise.all([page.waitForLoadState("load"), button.click()]);
  }
  if (page.url().startsWith(leaflet.sim_url)) await page.locator("a.back").click();
}
const timed = async (what, act) => {
  const from = Date.now();
  await act();
  console.log(`  ${what}: ${Date.now() - from} ms`);
};

try {
  await launch();
  const one = await sit("A1", "zh", 2);
  await order(one, plain.slice(0, 3));

  // Over to WeChat's page from any browser, paid there, back: the page that comes back is a new one and says "paid".
  await toPay(one);
  await one.see("#way-alipay");
  await one.shot("real-1-due");
  await one.tap("#way-wechat");
  await one.page.waitForURL((u) => u.href.startsWith(leaflet.sim_url));
  await timed("WeChat H5: back from the channel's page to paid", async () => {
    await payThere(one.page);
    await one.see("#verdict-paid");
  });
  await one.shot("real-2-paid");
  assert.equal((await one.view()).check.state, "settled");

  // The channel's notice is lost: "I have paid" asks the channel.
  await order(one, plain.slice(0, 1));
  await fault("drop_notice", { channel: "wechat", count: 1 });
  await toPay(one);
  await one.tap("#way-alipay");
  await one.page.waitForURL((u) => u.href.startsWith(leaflet.sim_url));
  await one.page.goto(`${leaflet.url}/m/`); // The person comes back without paying.
  await one.see("#verdict-checking");
  await one.shot("real-3-unpaid");

  // Another way: the first is closed at the channel, and then a code is shown; paid by another phone, the notice lost again.
  await one.tap("#change-way");
  await one.see("#changing");
  await one.tap("#way-wechat");
  await one.page.waitForURL((u) => u.href.startsWith(leaflet.sim_url), { timeout: 15_000 });
  const during = (await one.view()).payments.map((p) => `${p.way} ${p.state}`);
  assert.deepEqual(during.sort(), ["alipay_wap closed", "wechat_h5 paid", "wechat_h5 waiting"]);
  await timed("notice lost: back to paid by asking", async () => {
    await payThere(one.page);
    await one.see("#verdict-paid");
  });

  // Two phones pay different shares at once, by WeChat's page and by Alipay's.
  await order(one, plain.slice(0, 2));
  const two = await sit("A1", "en", 2);
  await toPay(one);
  await one.tap("#split");
  await one.tap("#split-evenly");
  await one.see("#share-1");
  await two.tap("#to-status");
  await two.tap("#pay");
  await two.tap("#share-1");
  await one.tap("#share-0");
  await two.see("#way-alipay");
  await two.shot("real-4-shares");
  await Promise.all([one.tap("#way-wechat"), two.tap("#way-alipay")]);
  await Promise.all([one, two].map((d) => d.page.waitForURL((u) => u.href.startsWith(leaflet.sim_url))));
  assert.equal((await one.view()).payments.filter((p) => p.state === "waiting").length, 2);
  await Promise.all([payThere(one.page), payThere(two.page)]);
  await one.see("#verdict-paid");
  await two.see("#verdict-paid");
  await until("both shares are paid", async () => (await one.view()).check.state === "settled");
  await two.shot("real-5-share-paid");

  // WeChat goes down: its button goes away before anybody has chosen, and Alipay works.
  await order(two, plain.slice(0, 2));
  await fault("reset", { channel: "wechat", for_ms: 60_000 });
  const three = await sit("A2", "zh", 2);
  await order(three, plain.slice(0, 1));
  await toPay(three);
  await three.tap("#way-wechat");
  await three.see("#verdict-checking, #resting, #again, #way-alipay");
  await three.shot("real-6-wechat-down");
  await until("WeChat rests", async () => (await call("GET", `/sessions/${two.session}/ways`, two.token)).ways.some((w) => w.way === "wechat_h5" && w.state === "resting"), 60_000);
  await toPay(two);
  await two.see("#resting");
  await two.gone("#way-wechat");
  await two.shot("real-7-resting");
  await two.tap("#way-alipay");
  await two.page.waitForURL((u) => u.href.startsWith(leaflet.sim_url));
  await payThere(two.page);
  await two.see("#verdict-paid");

  // Money goes back, and the phone says so.
  const { token: device } = await call("POST", "/devices/pair", null, { code: leaflet.pairing_codes[0], name: "till" });
  const boss = leaflet.staff.find((s) => s.role === "manager" || s.role === "lead") ?? leaflet.staff.at(-1);
  const { token: staff } = await call("POST", "/staff/sign-in", device, { staff: boss.id, pin: boss.pin });
  const tender = (await two.view()).check.tenders.find((t) => t.way === "alipay_wap");
  await call("POST", `/sessions/${two.session}/refunds`, staff, { refund: id(), tender: tender.tender, amount: 300, lines: [], reason: "凉了" });
  await two.tap("#to-status");
  await two.see(".bill__row--refund");
  await until("the money is back", async () => (await two.view()).check.refunds.every((r) => r.state === "returned"), 30_000);
  await two.see(".bill__more", "returned");
  await two.on("#bill").scrollIntoViewIfNeeded();
  await two.shot("real-8-refund");

  assert.deepEqual(errors, []);
  console.log(`h5 against the real program: ok in ${Date.now() - began} ms`);
} finally {
  await close();
  // It writes its last snapshots while it ends.
  const ended = new Promise((done) => program.once("exit", done));
  if (program.kill()) await ended;
  fs.rmSync(data, { recursive: true, force: true });
}
process.exit(process.exitCode ?? 0);
