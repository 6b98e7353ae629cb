// alipay-sdk signs every request and, with validateSign, verifies every answer of the simulator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AlipaySdk } from "alipay-sdk";
import { alipay, control, listen, number, url } from "./merchant.js";

const config = { appId: alipay.appId, privateKey: alipay.key, alipayPublicKey: alipay.publicKey, gateway: alipay.gateway, keyType: "PKCS1" };
const sdk = new AlipaySdk(config);
const call = (method, bizContent, more = {}) => sdk.exec(method, { bizContent, ...more }, { validateSign: true });

let shop;
before(async () => (shop = await listen("success")));
after(() => shop.close());

const precreate = (out_trade_no, more = {}) =>
  call(
    "alipay.trade.precreate",
    { out_trade_no, total_amount: "38.00", subject: "宫保鸡丁 100% + 米饭", product_code: "FACE_TO_FACE_PAYMENT", ...more },
    { notifyUrl: shop.url },
  );
const query = (out_trade_no) => call("alipay.trade.query", { out_trade_no });
const fields = ({ body }) => Object.fromEntries(new URLSearchParams(body));

test("precreate, scan, pay, notice, query", async () => {
  const no = number("pre");
  const { code, qrCode } = await precreate(no);
  assert.equal(code, "10000");
  assert.match(qrCode, /^https:\/\/qr\.alipay\.com\//);
  assert.equal((await query(no)).subCode, "ACQ.TRADE_NOT_EXIST");
  await fetch(`${url}/wallet/pay?code=${encodeURIComponent(qrCode)}`);
  assert.equal((await query(no)).tradeStatus, "WAIT_BUYER_PAY");
  await control("pay", { code: qrCode });

  const notice = fields(await shop.next());
  assert.ok(sdk.checkNotifySignV2(notice), "notice signature");
  assert.ok(!sdk.checkNotifySignV2({ ...notice, total_amount: "0.01" }), "and not of another amount");
  const found = await query(no);
  assert.equal(notice.trade_status, found.tradeStatus);
  assert.equal(notice.total_amount, found.totalAmount);
  assert.equal(notice.trade_no, found.tradeNo);
  assert.equal(notice.gmt_payment, found.sendPayDate);
  assert.equal(notice.seller_id, alipay.sellerId);
  assert.equal(notice.app_id, alipay.appId);
});

test("refund: money moves once, the fee is a running total, the query tells one refund", async () => {
  const no = number("refund");
  const { qrCode } = await precreate(no);
  await control("pay", { code: qrCode });
  await shop.next();
  const refund = (out_request_no, refund_amount) => call("alipay.trade.refund", { out_trade_no: no, out_request_no, refund_amount });
  const first = await refund("RF1", "8.00");
  assert.deepEqual([first.fundChange, first.refundFee], ["Y", "8.00"]);
  const notice = fields(await shop.next());
  assert.ok(sdk.checkNotifySignV2(notice));
  assert.deepEqual([notice.out_biz_no, notice.refund_fee], ["RF1", "8.00"]);
  assert.equal((await refund("RF1", "8.00")).fundChange, "N");
  assert.equal((await refund("RF2", "10.00")).refundFee, "18.00");
  assert.equal((await refund("RF1", "9.00")).subCode, "ACQ.DISCORDANT_REPEAT_REQUEST");
  assert.equal((await refund("RF3", "20.01")).subCode, "ACQ.REASON_TRADE_REFUND_FEE_ERR");
  const ask = (out_request_no) => call("alipay.trade.fastpay.refund.query", { out_trade_no: no, out_request_no });
  const told = await ask("RF2");
  assert.deepEqual([told.refundStatus, told.refundAmount], ["REFUND_SUCCESS", "10.00"]);
  const none = await ask("RF9");
  assert.deepEqual([none.code, none.refundStatus], ["10000", undefined]);
  assert.equal((await query(no)).tradeStatus, "TRADE_SUCCESS");
  await refund("RF4", "20.00");
  assert.equal((await query(no)).tradeStatus, "TRADE_CLOSED");
});

test("close: not before the scan, not after the payment", async () => {
  const close = (out_trade_no) => call("alipay.trade.close", { out_trade_no });
  const no = number("close");
  const { qrCode } = await precreate(no);
  assert.equal((await close(no)).subCode, "ACQ.TRADE_NOT_EXIST");
  await fetch(`${url}/wallet/pay?code=${encodeURIComponent(qrCode)}`);
  assert.equal((await close(no)).code, "10000");
  assert.equal((await query(no)).tradeStatus, "TRADE_CLOSED");

  const paid = number("close");
  await control("pay", { code: (await precreate(paid)).qrCode });
  await shop.next();
  assert.equal((await close(paid)).subCode, "ACQ.REASON_TRADE_STATUS_INVALID");
});

test("cancel: closes the unpaid, refunds the paid, and shrugs at the unknown", async () => {
  const cancel = (out_trade_no) => call("alipay.trade.cancel", { out_trade_no });
  assert.deepEqual((await cancel("nobody_knows_it")).action, undefined);
  const no = number("cancel");
  const { qrCode } = await precreate(no);
  await control("pay", { code: qrCode });
  await shop.next();
  const { action, retryFlag } = await cancel(no);
  assert.deepEqual([action, retryFlag], ["refund", "N"]);
  assert.equal((await query(no)).tradeStatus, "TRADE_CLOSED");
});

test("create: a trade for a known payer exists at once", async () => {
  const no = number("create");
  const { tradeNo } = await call(
    "alipay.trade.create",
    { out_trade_no: no, total_amount: "1.00", subject: "面", buyer_open_id: "sim_open_id", product_code: "JSAPI_PAY" },
    { notifyUrl: shop.url },
  );
  assert.match(tradeNo, /^\d{28}$/);
  assert.equal((await query(no)).tradeStatus, "WAIT_BUYER_PAY");
});

test("the same number with another amount, and after the payment", async () => {
  const no = number("again");
  const { qrCode } = await precreate(no);
  assert.equal((await precreate(no, { total_amount: "39.00" })).subCode, "ACQ.CONTEXT_INCONSISTENT");
  await control("pay", { code: qrCode });
  await shop.next();
  assert.equal((await precreate(no)).subCode, "ACQ.TRADE_HAS_SUCCESS");
});

test("a wrong signature hears what the gateway verified", async () => {
  const { generateKeyPairSync } = await import("node:crypto");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stranger = new AlipaySdk({ ...config, privateKey: privateKey.export({ type: "pkcs1", format: "pem" }) });
  const { code, subCode, subMsg } = await stranger.exec("alipay.trade.query", { bizContent: { out_trade_no: "x" } }, { validateSign: true });
  assert.deepEqual([code, subCode], ["40002", "isv.invalid-signature"]);
  assert.match(subMsg, /app_id=SIM\d+&biz_content=/);
});

test("the SDK refuses an answer whose signature is wrong", async () => {
  const no = number("badsign");
  await precreate(no);
  await control("faults", { kind: "bad_signature", op: "query", channel: "alipay", count: 1 });
  await assert.rejects(query(no), /验签失败/);
});
