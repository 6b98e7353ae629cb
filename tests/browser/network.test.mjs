/**
 * The store's own box on the store's own network: a phone comes by the sticker's link over HTTPS, orders, and hears of it. No name but
 * the house's own can be looked up, as when the internet is cut.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate, createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { isPlain, pick, tablesOf } from "./menu.mjs";
import { Diner, Screen } from "./people.mjs";
import { start, stop } from "./programs.mjs";

const limit = { timeout: 120_000 };
const run = promisify(execFile);
const NAME = "store.test";
/** The same box by a name for which nobody has a certificate. */
const PLAIN = "box.test";
let box, phones, strangers, device, manager, menu, table;
const people = [];

/** A certificate for the house, from an issuer that only phones of this test know. */
async function issue(folder) {
  const at = (name) => join(folder, name);
  const openssl = (...args) => run("openssl", args);
  const key = (name) => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(name)];
  await openssl("req", "-x509", ...key("ca.key"), "-out", at("ca.pem"), "-days", "30", "-subj", "/CN=Test issuer");
  await openssl("req", "-new", ...key("key.pem"), "-out", at("request.pem"), "-subj", `/CN=${NAME}`);
  await writeFile(at("names"), `subjectAltName=DNS:${NAME}\nextendedKeyUsage=serverAuth\n`);
  const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "30", "-extfile", at("names")];
  await openssl("x509", "-req", "-in", at("request.pem"), ...signed, "-out", at("own.pem"));
  const [own, ca] = await Promise.all(["own.pem", "ca.pem"].map((name) => readFile(at(name), "utf8")));
  await writeFile(at("chain.pem"), own + ca);
  const known = new X509Certificate(ca).publicKey.export({ type: "spki", format: "der" });
  return { chain: at("chain.pem"), key: at("key.pem"), issuer: createHash("sha256").update(known).digest("base64") };
}

/** The demo restaurant's data, served as a restaurant serves it. */
async function openBox() {
  const folder = await mkdtemp(join(tmpdir(), "dandan-box-"));
  const data = join(folder, "data");
  const certificate = await issue(folder);
  const demo = await start(["demo", "--data", data, "--port", "0", "--sim-port", "0", "--printer-port", "0", "--print-json"], "stdout", (line) =>
    line.trimStart().startsWith("{") ? JSON.parse(line) : undefined,
  );
  await stop(demo);
  const facts = demo.found;
  let tls;
  const args = ["serve", "--data", data, "--store", facts.store, "--listen", "127.0.0.1:0"];
  const secure = ["--tls-cert", certificate.chain, "--tls-key", certificate.key, "--tls-listen", "127.0.0.1:0"];
  const server = await start([...args, ...secure], "stderr", (line) => {
    tls ??= / tls=\S+:(\d+)/.exec(line)?.[1];
    return / address=(\S+)/.exec(line)?.[1];
  });
  const port = server.found.split(":").at(-1);
  return { facts, folder, certificate, server, https: `https://${NAME}:${tls}`, plain: `http://${PLAIN}:${port}`, http: `http://${server.found}` };
}

const browse = (...more) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", `--host-resolver-rules=MAP ${NAME} 127.0.0.1, MAP ${PLAIN} 127.0.0.1, MAP * ~NOTFOUND`, ...more],
  });

async function call(method, path, token, body) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  if (method === "POST") headers["Idempotency-Key"] = randomBytes(16).toString("hex");
  const answer = await fetch(`${box.http}/api/v1/stores/${box.facts.store}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

async function arrive(coming) {
  const person = await coming;
  people.push(person);
  return person;
}

/** A part of the evening; what everybody saw when it fails stays in target/browser-failures. */
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
  phones = await browse(`--ignore-certificate-errors-spki-list=${box.certificate.issuer}`);
  strangers = await browse();
  device = (await call("POST", "/devices/pair", null, { code: box.facts.pairing_codes[0], name: "walk" })).token;
  const card = box.facts.staff.find((s) => s.role === "manager");
  manager = (await call("POST", "/staff/sign-in", device, { staff: card.id, pin: card.pin })).token;
  menu = await call("GET", "/menu", manager);
  [table] = tablesOf(await call("GET", "/floor", manager), "pay_later");
}, limit);

after(async () => {
  await phones?.close();
  await strangers?.close();
  if (!box) return;
  await stop(box.server);
  await rm(box.folder, { recursive: true, force: true });
  const panics = box.server.said().split("\n").filter((line) => line.includes("panicked at"));
  assert.deepEqual(panics, []);
}, limit);

/** The link behind the table's code, as the house itself says it. */
async function sticker() {
  const { url } = await call("GET", `/tables/${table.id}/screen-code`, device);
  assert.ok(url.startsWith(`${box.https}/t/`), `${url} leads elsewhere`);
  return url;
}

walk("a diner comes by the sticker's link, orders over HTTPS, and hears from the kitchen over the same name", async () => {
  const lin = await arrive(Diner.come(phones, "小林"));
  const sockets = [];
  lin.page.on("websocket", (socket) => {
    const seen = { url: socket.url(), frames: [], error: null };
    socket.on("framereceived", ({ payload }) => seen.frames.push(JSON.parse(payload).type));
    socket.on("socketerror", (error) => (seen.error = error));
    sockets.push(seen);
  });
  const plain = pick(menu, isPlain);
  await lin.sitDown(await sticker(), 2);
  await lin.reads("#table-name", table.name);
  await lin.addPlain(plain);
  await lin.reads("#cart-count", /^1$/);
  await lin.review();
  await lin.submitTwice();
  await lin.reads(".order", plain.name.zh);
  await lin.reads(".order", "已接单");

  const { sessions } = (await call("GET", "/floor", manager)).tables.find((t) => t.id === table.id);
  const { orders } = await call("GET", `/sessions/${sessions[0].id}`, manager);
  assert.deepEqual(orders.map((o) => o.state), ["accepted"]);

  // What the kitchen does reaches the phone by its socket alone.
  const heard = sockets.at(-1).frames.length;
  const { tickets } = await call("GET", "/kitchen", manager);
  const items = tickets.flatMap((t) => t.items);
  assert.ok(items.length > 0, "the kitchen has it");
  for (const item of items) await call("POST", `/kitchen/items/${encodeURIComponent(item.key)}/start`, manager, {});
  await lin.reads(".dl", /制作中/);
  assert.ok(sockets.at(-1).frames.length > heard);
  assert.ok(sockets.every((s) => s.url.startsWith(box.https.replace("https:", "wss:")) && s.error === null), JSON.stringify(sockets));

  const page = await lin.page.evaluate(() => [performance.getEntriesByType("navigation")[0].nextHopProtocol, isSecureContext]);
  assert.deepEqual(page, ["h2", true]);
  await lin.picture("network-order");
});

walk("a phone that doesn't know the issuer opens nothing", async () => {
  const stranger = await arrive(Diner.come(strangers, "生客"));
  await assert.rejects(stranger.page.goto(await sticker()), /ERR_CERT_AUTHORITY_INVALID/);
});

walk("once by HTTPS, never again by HTTP under this name", async () => {
  const lin = people[0];
  const port = new URL(box.plain).port;
  const late = await lin.context.newPage();
  await assert.rejects(late.goto(`http://${NAME}:${port}/staff/`), /ERR_SSL_PROTOCOL_ERROR/);
  await late.close();
});

walk("a kitchen screen works over HTTP on the same network; what needs a secure context it does without", async () => {
  const screen = await arrive(Screen.come(strangers, "kitchen"));
  const house = { facts: { ...box.facts, staff_url: `${box.plain}/staff/` }, pairingCode: () => box.facts.pairing_codes[1] };
  await screen.pair(house);
  await screen.signIn(box.facts.staff.find((s) => s.role === "kitchen"));
  await screen.ticketOf(table.name).first().waitFor();
  const has = () => [isSecureContext, "serviceWorker" in navigator, navigator.mediaDevices !== undefined];
  assert.deepEqual(await screen.page.evaluate(has), [false, false, false]);
  const page = await arrive(Screen.come(phones, "tablet"));
  await page.page.goto(`${box.https}/staff/`);
  await page.page.waitForFunction(() => navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready);
  assert.deepEqual(await page.page.evaluate(has), [true, true, true]);
});
