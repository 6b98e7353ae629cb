// wechatpay-axios-plugin signs every request and verifies every answer of the simulator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Aes, Formatter, Rsa, Wechatpay } from "wechatpay-axios-plugin";
import { control, listen, number, url, wechat } from "./merchant.js";

const { appid, mchid, serial, certs } = wechat;
const make = (override = {}) =>
  new Wechatpay({ mchid, serial, privateKey: wechat.key, certs, baseURL: `${url}/`, proxy: false, ...override });
const client = make();
const amount = { total: 3800, currency: "CNY" };

let shop;
before(async () => (shop = await listen('{"code":"SUCCESS"}')));
after(() => shop.close());

const order = (out_trade_no, more = {}) => ({
  appid, mchid, out_trade_no, description: "宫保鸡丁", notify_url: shop.url, amount, ...more,
});
const find = (out_trade_no) =>
  client.v3.pay.transactions.outTradeNo._out_trade_no_.get({ params: { mchid }, out_trade_no }).then((r) => r.data);

/** The SDK's verifier and decrypter on a notice, with whatever key its serial names. */
const open = ({ headers, body }) => {
  const { "wechatpay-timestamp": timestamp, "wechatpay-nonce": nonce, "wechatpay-signature": signature } = headers;
  const key = Rsa.from(certs[headers["wechatpay-serial"]], Rsa.KEY_TYPE_PUBLIC);
  assert.ok(Rsa.verify(Formatter.response(timestamp, nonce, body), signature, key), "notice signature");
  assert.ok(!Rsa.verify(Formatter.response(timestamp, nonce, `${body} `), signature, key), "and not of another body");
  const { resource, event_type } = JSON.parse(body);
  const plain = Aes.AesGcm.decrypt(resource.ciphertext, wechat.apiV3Key, resource.nonce, resource.associated_data);
  return { event_type, ...JSON.parse(plain) };
};

test("native: order, notice, query by both numbers, refund, refund notice", async () => {
  const no = number("native");
  const { data: { code_url } } = await client.v3.pay.transactions.native.post(order(no));
  assert.match(code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=/);
  assert.equal((await find(no)).trade_state, "NOTPAY");
  await control("pay", { code: code_url });

  const notice = open(await shop.next());
  assert.equal(notice.event_type, "TRANSACTION.SUCCESS");
  const found = await find(no);
  for (const field of ["out_trade_no", "transaction_id", "trade_state", "success_time", "mchid", "appid"])
    assert.equal(notice[field], found[field], field);
  assert.deepEqual(notice.amount, found.amount);
  const { data: byId } = await client.v3.pay.transactions.id._transaction_id_.get({
    params: { mchid }, transaction_id: found.transaction_id,
  });
  assert.deepEqual(byId, found);

  const out_refund_no = number("RF");
  const { data: asked } = await client.v3.refund.domestic.refunds.post({
    out_trade_no: no, out_refund_no, notify_url: shop.url, amount: { refund: 800, total: 3800, currency: "CNY" },
  });
  assert.equal(asked.amount.refund, 800);
  const refunded = open(await shop.next());
  assert.equal(refunded.event_type, "REFUND.SUCCESS");
  assert.equal(refunded.refund_status, "SUCCESS");
  assert.equal(refunded.out_refund_no, out_refund_no);
  const { data: state } = await client.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no });
  assert.equal(state.status, "SUCCESS");
  assert.equal((await find(no)).trade_state, "REFUND");
});

test("jsapi: order, pay, query", async () => {
  const no = number("jsapi");
  const { data: { prepay_id } } = await client.v3.pay.transactions.jsapi.post(order(no, { payer: { openid: "oSIM-1" } }));
  await control("pay", { prepay_id });
  assert.equal(open(await shop.next()).payer.openid, "oSIM-1");
  assert.equal((await find(no)).trade_type, "JSAPI");
});

test("close: 204 with a signature, then closed for good", async () => {
  const no = number("close");
  await client.v3.pay.transactions.native.post(order(no));
  const { status, headers } = await client.v3.pay.transactions.outTradeNo.$out_trade_no$.close.post({ mchid }, { out_trade_no: no });
  assert.equal(status, 204);
  assert.ok(headers["wechatpay-signature"]);
  assert.ok(headers["request-id"]);
  assert.equal((await find(no)).trade_state, "CLOSED");
  await assert.rejects(client.v3.pay.transactions.native.post(order(no)), (e) => e.response.data.code === "ORDER_CLOSED");
});

test("the same order again gets a fresh code, another amount is refused", async () => {
  const no = number("again");
  const first = await client.v3.pay.transactions.native.post(order(no));
  const second = await client.v3.pay.transactions.native.post(order(no));
  assert.notEqual(first.data.code_url, second.data.code_url);
  const other = order(no, { amount: { total: 1, currency: "CNY" } });
  await assert.rejects(client.v3.pay.transactions.native.post(other), (e) => e.response.data.code === "INVALID_REQUEST");
});

test("an unknown number is 404 ORDER_NOT_EXIST", async () => {
  await assert.rejects(find("nobody_knows_it"), (e) => e.response.status === 404 && e.response.data.code === "ORDER_NOT_EXIST");
});

for (const [what, more] of [
  ["a field nobody documents", { colour: "red" }],
  ["null", { attach: null }],
  ["a character beyond the basic plane", { description: "面🍜" }],
  ["a query string in the notice address", { notify_url: "http://127.0.0.1:9/n?x=1" }],
  ["a notice address on another machine", { notify_url: "https://example.cn/n" }],
  ["an amount of nothing", { amount: { total: 0, currency: "CNY" } }],
  ["an amount that is not whole", { amount: { total: 1.5, currency: "CNY" } }],
])
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      client.v3.pay.transactions.native.post(order(number("bad"), more)),
      (e) => e.response.status === 400 && e.response.data.code === "PARAM_ERROR",
    );
  });

test("refused: signed by a key that is not the merchant's", async () => {
  const { generateKeyPairSync } = await import("node:crypto");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stranger = make({ privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) });
  await assert.rejects(
    stranger.v3.pay.transactions.native.post(order(number("bad"))),
    (e) => e.response.status === 401 && e.response.data.code === "SIGN_ERROR",
  );
});

test("the SDK refuses an answer whose signature is wrong", async () => {
  const no = number("badsign");
  await client.v3.pay.transactions.native.post(order(no));
  await control("faults", { kind: "bad_signature", op: "query", channel: "wechat", count: 1 });
  await assert.rejects(find(no), /EV3_RES|verify|Verify/i);
  assert.equal((await find(no)).trade_state, "NOTPAY");
});

test("after a change of keys notices name the other key and still verify", async () => {
  const serials = new Set();
  for (let i = 0; i < 2; i++) {
    const { data: { code_url } } = await client.v3.pay.transactions.native.post(order(number("rotate")));
    await control("pay", { code: code_url });
    const notice = await shop.next();
    open(notice);
    serials.add(notice.headers["wechatpay-serial"]);
    await control("faults", { kind: "rotate_key" });
  }
  assert.equal(serials.size, 2);
});

test("h5: an address, paid, told as MWEB", async () => {
  const no = number("h5");
  const scene_info = { payer_client_ip: "203.0.113.7", h5_info: { type: "Wap" } };
  const { data: { h5_url } } = await client.v3.pay.transactions.h5.post(order(no, { scene_info }));
  assert.match(h5_url, /prepay_id=wx/);
  await control("pay", { code: h5_url });
  assert.equal(open(await shop.next()).trade_type, "MWEB");
  await assert.rejects(client.v3.pay.transactions.h5.post(order(number("h5"))), (e) => e.response.data.code === "PARAM_ERROR");
});

test("refunds end closed or abnormal, and their notices say so", async () => {
  const no = number("ends");
  const { data: { code_url } } = await client.v3.pay.transactions.native.post(order(no));
  await control("pay", { code: code_url });
  open(await shop.next());
  for (const [ends, status] of [["closed", "CLOSED"], ["abnormal", "ABNORMAL"]]) {
    await control("settings", { refund_ends: ends });
    const out_refund_no = number("RF");
    await client.v3.refund.domestic.refunds.post({
      out_trade_no: no, out_refund_no, notify_url: shop.url, amount: { refund: 100, total: 3800, currency: "CNY" },
    });
    const notice = open(await shop.next());
    assert.deepEqual([notice.event_type, notice.refund_status], [`REFUND.${status}`, status]);
    const { data } = await client.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no });
    assert.equal(data.status, status);
  }
  await control("settings", { refund_ends: "success" });
});

test("platform certificates: fetched, opened, and then they verify answers and notices", async () => {
  const { data: { data } } = await client.v3.certificates.get();
  const certificates = {};
  for (const { serial_no, encrypt_certificate: { ciphertext, nonce, associated_data } } of data)
    certificates[serial_no] = Aes.AesGcm.decrypt(ciphertext, wechat.apiV3Key, nonce, associated_data);
  const [serialNo] = Object.keys(certificates);
  const byCertificate = make({ certs: { ...certificates } });
  const headers = { "Wechatpay-Serial": serialNo };
  const no = number("cert");
  const { data: { code_url }, headers: answered } = await byCertificate.v3.pay.transactions.native.post(order(no), { headers });
  assert.equal(answered["wechatpay-serial"], serialNo);

  await control("settings", { cert_percent: 100 });
  await control("pay", { code: code_url });
  const { headers: told, body } = await shop.next();
  await control("settings", { cert_percent: 0 });
  assert.ok(certificates[told["wechatpay-serial"]], "signed by a certificate we were given");
  const key = Rsa.from(certificates[told["wechatpay-serial"]], Rsa.KEY_TYPE_PUBLIC);
  const text = Formatter.response(told["wechatpay-timestamp"], told["wechatpay-nonce"], body);
  assert.ok(Rsa.verify(text, told["wechatpay-signature"], key), "notice signature");
});

test("a probe is signed by nobody, and the notice behind it is genuine", async () => {
  const { data: { code_url } } = await client.v3.pay.transactions.native.post(order(number("probe")));
  await control("faults", { kind: "sign_test_notice", channel: "wechat", count: 1 });
  await control("pay", { code: code_url });
  const probe = await shop.next();
  assert.match(probe.headers["wechatpay-signature"], /^WECHATPAY\/SIGNTEST\//);
  open(await shop.next());
});
