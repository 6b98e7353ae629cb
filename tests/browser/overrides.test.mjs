/**
 * A store that is cut off from its head office: the manager sees what is on sale and what is planned, gives a dish a price and hours of
 * its own, and takes them back. Head office's word comes as a signed text, brought by hand.
 */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start, stop } from "./programs.mjs";
import { Screen, openBrowser } from "./people.mjs";

const limit = { timeout: 120_000 };
const TABLET = { width: 1280, height: 800 };
const HOUR_MS = 3_600_000;
const newId = () => randomBytes(16).toString("hex");
const base64 = (bytes) => Buffer.from(bytes).toString("base64url");
const keys = generateKeyPairSync("ed25519");
let box, browser, manager, menu, dish, boss;
const people = [];

/** The demo restaurant's data, as a box that has joined a cloud which can't be reached any more. */
async function openBox() {
  const folder = await mkdtemp(join(tmpdir(), "dandan-overrides-"));
  const data = join(folder, "data");
  const ports = ["--port", "0", "--sim-port", "0", "--printer-port", "0"];
  const demo = await start(["demo", "--data", data, ...ports, "--print-json"], "stdout", (line) => (line.trimStart().startsWith("{") ? JSON.parse(line) : undefined));
  await stop(demo);
  const facts = demo.found;
  const raw = keys.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const told = `[told]\ncloud_key = "ed25519:${raw}"\nstaff_pepper = "${randomBytes(32).toString("hex")}"\n`;
  await writeFile(join(data, "cloud.toml"), `url = "http://127.0.0.1:9"\nstore = "${facts.store}"\n\n${told}`, { mode: 0o600 });
  await writeFile(join(data, "node.key"), `dandan-node-secret:${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  const server = await start(["serve", "--data", data, "--store", facts.store, "--listen", "127.0.0.1:0"], "stderr", (line) => / address=(\S+)/.exec(line)?.[1]);
  const url = `http://${server.found}`;
  return { facts: { ...facts, staff_url: `${url}/staff/` }, folder, server, url, pairingCode: () => facts.pairing_codes[1] };
}

async function call(method, path, token, body) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": newId(), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`${box.url}/api/v1/stores/${box.facts.store}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** The store's menu with every price changed by so many fen, as head office would publish it. */
function theirs(version, more) {
  const { hash, ...rest } = menu;
  assert.equal(typeof hash, "string");
  const dishes = rest.dishes.map((d) => ({ ...d, variants: d.variants.map((v) => ({ ...v, price: v.price + more })) }));
  return JSON.stringify({ ...rest, version, dishes });
}

const release = (id, from, text, version, rules = {}) => ({
  id: id.repeat(32), from, menu: { version, hash: createHash("sha256").update(text).digest("hex") }, may_price: true, may_hours: true, ...rules,
});

/** Brings what head office wants, signed with the cloud's key. */
function bring(number, releases, menus) {
  const wish = { store: box.facts.store, number, brand: "老王面馆总部", releases, staff: [], devices: [] };
  const said = `DDH1.${base64(JSON.stringify(wish))}`;
  return call("POST", "/head-office/directive", null, { directive: `${said}.${base64(sign(null, Buffer.from(said), keys.privateKey))}`, menus });
}

const onSale = async () => (await call("GET", "/menu")).dishes.find((d) => d.id === dish.id);

async function until(what, ask) {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    if (await ask()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited too long until ${what}`);
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

before(async () => {
  box = await openBox();
  browser = await openBrowser();
  const device = (await call("POST", "/devices/pair", null, { code: box.facts.pairing_codes[0], name: "walk" })).token;
  const card = box.facts.staff.find((s) => s.role === "manager");
  manager = (await call("POST", "/staff/sign-in", device, { staff: card.id, pin: card.pin })).token;
  menu = await call("GET", "/menu", manager);
  dish = menu.dishes.find((d) => d.variants.length === 1 && d.hours == null);
  boss = await Screen.come(browser, "head-office-manager", TABLET.width, TABLET.height);
  people.push(boss);
  await boss.pair(box);
  await boss.signIn(card);
  await boss.see(".table").waitFor();
}, limit);

after(async () => {
  await browser?.close();
  if (!box) return;
  await stop(box.server);
  await rm(box.folder, { recursive: true, force: true });
  const panics = box.server.said().split("\n").filter((line) => line.includes("panicked at"));
  assert.deepEqual(panics, []);
}, limit);

const card = () => boss.page.locator(`[data-dish="${dish.id}"]`);
const yuan = (fen) => (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2));
/** The page reads anew by itself; opening it anew doesn't wait for that. */
async function openPart() {
  await boss.page.evaluate(() => (location.hash = "#/floor"));
  await boss.see(".table").waitFor();
  await boss.page.evaluate(() => (location.hash = "#/manage?part=headOffice"));
}

walk("a store without menus of head office says so", async () => {
  await openPart();
  await boss.reads(".fempty", "本店没有总部");
});

walk("what is on sale and what is planned stand at the top", async () => {
  const [first, second] = [theirs(1, 100), theirs(2, 200)];
  const answer = await bring(1, [release("a", Date.now() - 1000, first, 1), release("b", Date.now() + 48 * HOUR_MS, second, 2)], [first, second]);
  assert.deepEqual([answer.on_sale.version, answer.planned], [1, 1]);
  await until("the first release is sold", async () => (await onSale()).variants[0].price === dish.variants[0].price + 100);
  await openPart();
  await boss.reads(".ownrelease", /在售.*第 1 版/);
  await boss.reads(".ownrelease", /待上架.*第 2 版/);
  await card().waitFor();
});

walk("a price and hours of the store's own are typed on the dish and sold at once", async () => {
  const wanted = dish.variants[0].price + 350;
  await card().locator(".ownprice input").fill(yuan(wanted));
  await card().getByRole("button", { name: "改时段" }).click();
  await card().getByLabel("从", { exact: true }).fill("10:30");
  await card().getByLabel("到", { exact: true }).fill("21:00");
  await card().getByRole("button", { name: "保存", exact: true }).click();
  await card().getByText("本店已改").waitFor();
  await until("the dish is sold so", async () => {
    const sold = await onSale();
    return sold.variants[0].price === wanted && sold.hours?.from_min === 630 && sold.hours?.to_min === 1260;
  });
  await boss.tap(".notices button");
  await boss.page.locator(".notices button").waitFor({ state: "detached" });
  await boss.picture("head-office-menu");
  await boss.tap("button[lang=en]");
  await card().getByText("changed here").waitFor();
  await boss.picture("head-office-menu-en");
  await boss.tap("button[lang=zh]");
});

walk("a price that is none is said so in its place, and nothing is sent", async () => {
  const other = boss.page.locator(".owndish").filter({ hasNotText: "本店已改" }).first();
  await other.locator(".ownprice input").first().fill("1e3");
  await other.getByText("价格写成").waitFor();
  assert.ok(await other.getByRole("button", { name: "保存", exact: true }).isDisabled());
  await other.getByRole("button", { name: "取消", exact: true }).click();
  await other.getByText("价格写成").waitFor({ state: "detached" });
});

walk("on a phone everything is within reach", async () => {
  await boss.page.setViewportSize({ width: 360, height: 780 });
  try {
    await card().scrollIntoViewIfNeeded();
    await boss.picture("head-office-menu-phone");
    const fits = await boss.page.evaluate(() => {
      const body = document.querySelector(".mbody");
      return [document.documentElement.scrollWidth <= innerWidth, body.scrollWidth <= body.clientWidth];
    });
    assert.deepEqual(fits, [true, true]);
  } finally {
    await boss.page.setViewportSize(TABLET);
  }
});

walk("back to head office's price", async () => {
  await card().getByRole("button", { name: "恢复总部价" }).click();
  await card().getByText("本店已改").waitFor({ state: "detached" });
  await until("the dish is sold as head office says", async () => {
    const sold = await onSale();
    return sold.variants[0].price === dish.variants[0].price + 100 && sold.hours == null;
  });
});

walk("where head office allows no changes the fields are closed, and the page says why", async () => {
  const text = theirs(1, 100);
  await bring(2, [release("a", Date.now() - 1000, text, 1, { may_price: false, may_hours: false })], []);
  await openPart();
  await boss.reads(".ownrelease", "价格不能改");
  await boss.reads(".mbody .muted", "不允许门店改价格和时段");
  assert.ok(await card().locator(".ownprice input").isDisabled());
  assert.ok(await card().getByRole("button", { name: "改时段" }).isDisabled());
  await boss.page.locator(".notices button").waitFor({ state: "detached" });
  await boss.picture("head-office-closed");
});
