/**
 * A payment while the shop is cut off, on its people's screens: the guest's paying page turns into the receipt that the cloud signed, and
 * the cashier's tablet, on the shop's own network, reads it and has the bill settled.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { BOX, Chain, address } from "./chain.mjs";
import { program, start } from "./programs.mjs";
import { newId } from "./house.mjs";
import { isPlain, pick, tablesOf } from "./menu.mjs";
import { Diner, Screen, openBrowser } from "./people.mjs";

const limit = { timeout: 180_000 };
const run = promisify(execFile);
const people = [];
let chain, browser, sim, box, toCloud, toChannels, facts, manager, bill, payment;

/** A wire out of the shop: once it is cut, what goes through it ends and nothing gets through any more. */
async function wireTo(target) {
  const [host, port] = target.split(":");
  const open = new Set();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(Number(port), host);
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.on("error", () => other.destroy()).on("close", () => (open.delete(one), other.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  const close = () => (cut(), new Promise((done) => server.close(done)));
  return { url: `http://127.0.0.1:${server.address().port}`, cut, close };
}

async function openStreet() {
  chain = await Chain.open();
  const keys = join(chain.folder, "channels");
  sim = await start(["channel-sim", "--data-dir", keys, "--listen", "127.0.0.1:0", "--time-scale", "1000"], "stdout", (line) => /^channels\s+http:\/\/(\S+)/.exec(line)?.[1]);
  chain.running.push(sim);
  const config = join(keys, "merchant.toml");
  await chain.serve("--payments", config);
  [toCloud, toChannels] = await Promise.all([wireTo(chain.node.found), wireTo(sim.found)]);
  const byWire = join(keys, "by-wire.toml");
  await writeFile(byWire, (await readFile(config, "utf8")).replaceAll(`http://${sim.found}`, toChannels.url));
  const data = join(chain.folder, "box");
  const ports = ["--port", "0", "--sim-port", "0", "--printer-port", "0"];
  const demo = await start(["demo", "--data", data, ...ports, "--print-json"], "stdout", (line) => (line.trimStart().startsWith("{") ? JSON.parse(line) : undefined));
  const ended = new Promise((done) => demo.child.on("exit", done));
  demo.child.kill("SIGTERM");
  await ended;
  const code = await chain.cloud("invite", "--store", BOX, "--wifi", "老王面馆", "--lan-url", "https://shop.test:8443");
  await run(program, ["join", code, "--cloud", toCloud.url, "--data", data]);
  box = await start(["serve", "--data", data, "--store", BOX, "--listen", "127.0.0.1:0", "--payments", byWire, "--public-url", `${chain.url}/s/${BOX}`], "stderr", address);
  chain.running.push(box);
  const codes = [...demo.found.pairing_codes];
  // The box as staff reach it: on the shop's own network.
  return { facts: { ...demo.found, staff_url: undefined }, url: `http://${box.found}`, pairingCode: () => codes.shift() };
}

async function call(method, path, token, body) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": newId(), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`http://${box.found}/api/v1/stores/${BOX}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

async function arrive(coming) {
  const person = await coming;
  people.push(person);
  return person;
}

function walk(name, steps) {
  test(name, limit, async () => {
    try {
      await steps();
      assert.deepEqual(people.flatMap((person) => person.errors), []);
    } catch (error) {
      for (const person of people) await person.keepPicture();
      throw error;
    }
  });
}

/** A party that owes for one dish and has a code on its phone. */
async function wantsToPay() {
  const device = (await call("POST", "/devices/pair", null, { code: facts.pairingCode(), name: "walk" })).token;
  const card = facts.facts.staff.find((s) => s.role === "manager");
  manager = (await call("POST", "/staff/sign-in", device, { staff: card.id, pin: card.pin })).token;
  const [table] = tablesOf(await call("GET", "/floor", manager), "pay_later");
  const session = newId();
  await call("POST", `/tables/${table.id}/open`, manager, { session, covers: 2 });
  const menu = await call("GET", "/menu", manager);
  const dish = pick(menu, isPlain);
  const [variant] = dish.variants;
  const line = { line: newId(), dish: dish.id, variant: variant.id, quantity: 1, weight_g: null, options: [], set: [], note: null, unit_price: variant.price, amount: variant.price };
  const order = newId();
  const headers = { "Content-Type": "application/json", "Idempotency-Key": order, Authorization: `Bearer ${manager}` };
  const body = JSON.stringify({ order, menu_version: menu.version, total: variant.price, lines: [line], note: null });
  const placed = await fetch(`http://${box.found}/api/v1/stores/${BOX}/sessions/${session}/orders`, { method: "POST", headers, body });
  assert.ok(placed.ok, await placed.text());
  const { check } = await call("GET", `/sessions/${session}`, manager);
  payment = await call("POST", `/sessions/${session}/payments`, manager, { ask: newId(), way: "wechat_native", amount: check.due, order: null });
  const { url } = await call("GET", `/sessions/${session}/pay-code`, manager);
  return { table, session, url, due: check.due };
}

const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

async function isAsWideAsItsWindow(person) {
  const over = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, "the page is wider than its window");
}

before(async () => {
  facts = await openStreet();
  browser = await openBrowser();
  bill = await wantsToPay();
}, limit);

after(async () => {
  await browser?.close();
  const panics = await chain?.close();
  await Promise.all([toCloud?.close(), toChannels?.close()]);
  assert.deepEqual(panics ?? [], []);
}, limit);

walk("the guest's paying page becomes the receipt when the shop is cut off", async () => {
  const lin = await arrive(Diner.come(browser, "小林"));
  await lin.page.goto(bill.url);
  await lin.reads(".big", "等待付款");
  toChannels.cut();
  toCloud.cut();
  await lin.page.waitForURL(`${chain.url}/s/${BOX}/receipt/${payment.attempt}`, { timeout: 30_000 });
  await lin.reads("h1", "正在等支付渠道确认");
  await lin.reads(".wifi", "老王面馆");
  await isAsWideAsItsWindow(lin);
  await lin.picture("receipt-waiting");
  const paid = await fetch(`http://${sim.found}/control/pay`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code: payment.code_url }) });
  assert.ok(paid.ok, await paid.text());
  await lin.page.locator(".sum").filter({ hasText: yuan(bill.due) }).waitFor({ timeout: 30_000 });
  await lin.reads(".show", "Show this to the cashier");
  await isAsWideAsItsWindow(lin);
  const code = await lin.page.locator(".code svg").boundingBox();
  assert.ok(code.width >= 280 && code.y + code.height <= 780, `the code is seen whole and large: ${JSON.stringify(code)}`);
  await lin.picture("receipt-phone");
});

walk("the cashier's tablet reads it without internet, once", async () => {
  const text = (await (await fetch(`${chain.url}/s/${BOX}/receipt/${payment.attempt}`, { headers: { Accept: "application/json" } })).json()).text;
  const may = await arrive(Screen.come(browser, "小梅", 1024, 768));
  await may.pair(facts);
  await may.signIn(facts.facts.staff.find((s) => s.role === "cashier"));
  await may.page.locator(".banner-cloud").getByRole("button", { name: "扫顾客回执" }).click();
  const scan = async (typed) => {
    const field = may.page.getByLabel("用扫码枪扫回执").or(may.page.getByLabel("Scan the receipt with the scanner"));
    await field.and(may.page.locator(":focus")).waitFor();
    await may.page.keyboard.insertText(typed);
    await may.page.keyboard.press("Enter");
  };
  await scan("130000000000000001");
  await may.reads(".receipt-bad", "这不是付款回执");
  await scan(text.replace(/.$/, (last) => (last === "A" ? "B" : "A")).replace("DDR1.A", "DDR1.B"));
  await may.reads(".receipt-bad", "回执是假的或被改过");
  await may.picture("receipt-refused");
  await scan(text);
  await may.reads(".receipt-good", "已入账");
  await may.reads(".receipt-sum", yuan(bill.due));
  await may.reads(".receipt-good", bill.table.name);
  await may.picture("receipt-till");
  const { check } = await call("GET", `/sessions/${bill.session}`, manager);
  assert.deepEqual([check.state, check.tenders.length], ["settled", 1]);

  await may.page.keyboard.press("Escape");
  await may.page.locator(".fwho button[lang=en]").click();
  await may.page.locator(".banner-cloud").getByRole("button", { name: "Scan receipt" }).click();
  await scan(text);
  await may.reads(".receipt-known", "Counted before");
  await isAsWideAsItsWindow(may);
  await may.picture("receipt-till-en");
});
