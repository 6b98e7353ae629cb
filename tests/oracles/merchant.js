// The simulator's merchant, its control API, and a place where notices arrive.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run "cargo test -p channel-sim --test oracles", which starts the simulator`);
  return value;
};

export const url = need("SIM_URL");
const dir = need("SIM_DIR");
const toml = readFileSync(join(dir, "merchant.toml"), "utf8");
const [, wechatText, alipayText] = toml.split(/^\[(?:wechat|alipay)\]$/m);

// The file is our own and flat: `name = "text"` per line.
const read = (text, name) => [...text.matchAll(new RegExp(`^${name} = "(.*)"$`, "gm"))].map((match) => match[1]);
const pem = (path) => readFileSync(path, "utf8");

export const wechat = {
  appid: read(wechatText, "app_id")[0],
  mchid: read(wechatText, "mch_id")[0],
  serial: read(wechatText, "merchant_serial")[0],
  key: pem(read(wechatText, "merchant_key_pem")[0]),
  apiV3Key: read(wechatText, "api_v3_key")[0],
  v2: {
    baseURL: `${read(wechatText, "base_url")[1]}/`,
    secret: pem(read(wechatText, "api_key")[0]),
    cert: pem(read(wechatText, "client_cert_pem")[0]),
    key: pem(read(wechatText, "client_key_pem")[0]),
    ca: pem(read(wechatText, "ca_pem")[0]),
  },
  certs: Object.fromEntries(read(wechatText, "serial").map((serial, i) => [serial, pem(read(wechatText, "pem")[i])])),
};

export const alipay = {
  gateway: read(alipayText, "gateway")[0],
  appId: read(alipayText, "app_id")[0],
  sellerId: read(alipayText, "seller_id")[0],
  key: pem(read(alipayText, "app_key_pem")[0]),
  publicKey: pem(read(alipayText, "alipay_public_key_pem")[0]),
};

export const control = async (path, body) => {
  const answer = await fetch(`${url}/control/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks until the answer is as wished; the simulator's clock runs fast, but not for ever. */
export const until = async (ask, wish) => {
  for (let i = 0; i < 200; i++) {
    const answer = await ask();
    if (wish(answer)) return answer;
    await sleep(10);
  }
  throw new Error("it never came");
};

let codes = 0;
/** A payer's WeChat code; its last four digits say what the payer does. */
export const authCode = (does = "0000") => `13${String(Date.now()).slice(-9)}${String(++codes % 1000).padStart(3, "0")}${does}`;

let count = 0;
export const number = (kind) => `${kind}_${Date.now()}_${++count}`;

/** A local address for notices; `next()` resolves with what arrives. */
export const listen = async (reply) => {
  const arrived = [];
  const waiting = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const notice = { headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
      response.writeHead(200, { "content-type": "text/plain" });
      response.end(reply);
      const taker = waiting.shift();
      if (taker) taker(notice);
      else arrived.push(notice);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/notice`,
    next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((done) => waiting.push(done))),
    close: () =>
      new Promise((done) => {
        server.close(done);
        // A sender may hold a connection open on which nothing ever came.
        server.closeAllConnections();
      }),
  };
};
