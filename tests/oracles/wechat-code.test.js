// Code pay by wechatpay-axios-plugin: over v3, and over v2's signed XML with the merchant's certificate.
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { test } from "node:test";
import { Wechatpay } from "wechatpay-axios-plugin";
import { authCode, number, sleep, until, url, wechat } from "./merchant.js";

const { appid, mchid, serial, certs, v2 } = wechat;
const common = { mchid, serial, privateKey: wechat.key, certs, proxy: false };
const client = new Wechatpay({ ...common, baseURL: `${url}/` });
const overTls = new Wechatpay({
  ...common,
  baseURL: v2.baseURL,
  secret: v2.secret,
  merchant: { cert: v2.cert, key: v2.key, ca: v2.ca },
  httpsAgent: new Agent({ ca: v2.ca }),
});

const charge = (out_trade_no, auth_code) =>
  client.v3.pay.transactions.codepay
    .post({
      appid, mchid, out_trade_no, description: "宫保鸡丁", payer: { auth_code }, amount: { total: 3800, currency: "CNY" },
      scene_info: { store_info: { id: "S1" } },
    })
    .then((r) => r.data);
const find = (out_trade_no) =>
  client.v3.pay.transactions.outTradeNo._out_trade_no_.get({ params: { mchid }, out_trade_no }).then((r) => r.data);
const reverse = (out_trade_no) =>
  client.v3.pay.transactions.outTradeNo.$out_trade_no$.reverse.post({ appid, mchid }, { out_trade_no }).then((r) => r.data);

test("v3: a code is charged and found, works once, and is reversed", async () => {
  const [no, code] = [number("code"), authCode()];
  const paid = await charge(no, code);
  assert.deepEqual([paid.trade_state, paid.trade_type, paid.amount.total], ["SUCCESS", "MICROPAY", 3800]);
  assert.deepEqual(await find(no), paid);
  await assert.rejects(charge(number("code"), code), (e) => e.response.data.code === "AUTH_CODE_INVALID");
  const { code: closed } = await client.v3.pay.transactions.outTradeNo.$out_trade_no$.close
    .post({ mchid }, { out_trade_no: no })
    .catch((e) => e.response.data);
  assert.equal(closed, "INVALID_REQUEST", "a code payment is not closed");
  await sleep(50);
  assert.equal((await reverse(no)).out_trade_no, no);
  assert.equal((await find(no)).trade_state, "REVOKED");
});

test("v3: the password is waited for", async () => {
  const no = number("code");
  assert.equal((await charge(no, authCode("8801"))).trade_state, "USERPAYING");
  const paid = await until(() => find(no), ({ trade_state }) => trade_state !== "USERPAYING");
  assert.equal(paid.trade_state, "SUCCESS");
});

test("v3: nobody enters the password, and the channel undoes the order", async () => {
  const no = number("code");
  await charge(no, authCode("8803"));
  assert.equal((await until(() => find(no), ({ trade_state }) => trade_state !== "USERPAYING")).trade_state, "REVOKED");
});

const call = (path, more, options = {}) => {
  const at = path.split("/").reduce((node, name) => node[name], overTls.v2);
  return at.post({ appid, mch_id: mchid, ...more }, options).then((r) => r.data);
};
const micropay = (out_trade_no, auth_code, more = {}) =>
  call("pay/micropay", { out_trade_no, auth_code, body: "宫保鸡丁", total_fee: "3800", spbill_create_ip: "127.0.0.1", ...more });
const failed = (err_code) => (e) => e.response.data.err_code === err_code;

for (const sign_type of ["MD5", "HMAC-SHA256"])
  test(`v2 with ${sign_type}: charge, find, refund, find the refund`, async () => {
    const no = number("v2");
    const paid = await micropay(no, authCode(), { sign_type });
    assert.deepEqual([paid.trade_type, paid.total_fee, paid.out_trade_no], ["MICROPAY", "3800", no]);
    assert.equal(paid.sign.length, sign_type === "MD5" ? 32 : 64);
    const found = await call("pay/orderquery", { transaction_id: paid.transaction_id, sign_type });
    assert.deepEqual([found.trade_state, found.time_end], ["SUCCESS", paid.time_end]);
    const out_refund_no = number("RF");
    const ask = { out_trade_no: no, out_refund_no, total_fee: "3800", refund_fee: "800", sign_type };
    const asked = await call("secapi/pay/refund", ask, { security: true });
    assert.equal(asked.refund_fee, "800");
    const status = () => call("pay/refundquery", { out_refund_no, sign_type });
    const done = await until(status, ({ refund_status_0 }) => refund_status_0 !== "PROCESSING");
    assert.deepEqual([done.refund_status_0, done.refund_id_0], ["SUCCESS", asked.refund_id]);
  });

test("v2: password, reverse, close", async () => {
  const no = number("v2");
  await assert.rejects(micropay(no, authCode("8801")), failed("USERPAYING"));
  const find = () => call("pay/orderquery", { out_trade_no: no });
  assert.equal((await until(find, ({ trade_state }) => trade_state !== "USERPAYING")).trade_state, "SUCCESS");
  await sleep(50);
  assert.equal((await call("secapi/pay/reverse", { out_trade_no: no }, { security: true })).recall, "N");
  assert.equal((await find()).trade_state, "REVOKED");
  await assert.rejects(call("pay/closeorder", { out_trade_no: number("none") }), failed("ORDERNOTEXIST"));
});

test("v2: refusals", async () => {
  await assert.rejects(micropay(number("v2"), authCode("8804")), failed("NOTENOUGH"));
  await assert.rejects(micropay(number("v2"), authCode("8805")), failed("AUTHCODEEXPIRE"));
  await assert.rejects(micropay(number("v2"), "123"), failed("AUTH_CODE_ERROR"));
  await assert.rejects(call("secapi/pay/reverse", { out_trade_no: number("v2") }), (e) => !e.response, "no certificate, no answer");
});
