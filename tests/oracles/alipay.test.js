// alipay-sdk signs every request and, with validateSign, verifies every answer of the simulator.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inflateRawSync } from "node:zlib";
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
/** The notice of this order's payment, or of one of its refunds; what else comes meanwhile is other tests'. */
const heard = async (no, refund) => {
  for (;;) {
    const notice = await shop.next();
    const { out_trade_no, out_biz_no } = fields(notice);
    if (out_trade_no === no && out_biz_no === refund) return notice;
  }
};

test("precreate, scan, pay, notice, query", async () => {
  const no = number("pre");
  const { code, qrCode } = await precreate(no);
  assert.equal(code, "10000");
  assert.match(qrCode, /^https:\/\/qr\.alipay\.com\//);
  assert.equal((await query(no)).subCode, "ACQ.TRADE_NOT_EXIST");
  await fetch(`${url}/wallet/pay?code=${encodeURIComponent(qrCode)}`);
  assert.equal((await query(no)).tradeStatus, "WAIT_BUYER_PAY");
  await control("pay", { code: qrCode });

  const notice = fields(await heard(no));
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
  const refund = (out_request_no, refund_amount) => call("alipay.trade.refund", { out_trade_no: no, out_request_no, refund_amount });
  const first = await refund("RF1", "8.00");
  assert.deepEqual([first.fundChange, first.refundFee], ["Y", "8.00"]);
  const notice = fields(await heard(no, "RF1"));
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
  assert.equal((await close(paid)).subCode, "ACQ.REASON_TRADE_STATUS_INVALID");
});

test("cancel: closes the unpaid, refunds the paid, and shrugs at the unknown", async () => {
  const cancel = (out_trade_no) => call("alipay.trade.cancel", { out_trade_no });
  assert.deepEqual((await cancel("nobody_knows_it")).action, undefined);
  const no = number("cancel");
  const { qrCode } = await precreate(no);
  await control("pay", { code: qrCode });
  const { action, retryFlag } = await cancel(no);
  assert.deepEqual([action, retryFlag], ["refund", "N"]);
  assert.equal((await query(no)).tradeStatus, "TRADE_CLOSED");
});

test("create: a trade for a known payer exists at once, once, and is paid by its number", async () => {
  const no = number("create");
  const create = () =>
    call(
      "alipay.trade.create",
      {
        out_trade_no: no, total_amount: "1.00", subject: "面", buyer_open_id: "sim_open_id", product_code: "JSAPI_PAY",
        op_app_id: "SIM2021000000000002",
      },
      { notifyUrl: shop.url },
    );
  const { tradeNo } = await create();
  assert.match(tradeNo, /^\d{28}$/);
  assert.equal((await create()).tradeNo, tradeNo);
  assert.equal((await query(no)).tradeStatus, "WAIT_BUYER_PAY");
  await control("pay", { code: tradeNo });
  const notice = fields(await heard(no));
  assert.ok(sdk.checkNotifySignV2(notice));
  assert.deepEqual([notice.trade_no, notice.buyer_open_id], [tradeNo, "sim_open_id"]);
});

const digits = () => String(process.hrtime.bigint()).padStart(12, "0").slice(-12);
const payCode = (out_trade_no, ending, more = {}) =>
  call(
    "alipay.trade.pay",
    { out_trade_no, total_amount: "9.90", subject: "豆浆 + 油条", scene: "bar_code", auth_code: `28${digits()}${ending}`, ...more },
    { notifyUrl: shop.url },
  );
/** Asks until the trade is as it should be. */
const becomes = async (no, wanted) => {
  for (let tries = 0; tries < 100; tries++) {
    const { tradeStatus } = await query(no);
    if (tradeStatus === wanted) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.fail(`${no} never became ${wanted}`);
};

test("pay: the code pays, and its notice says so", async () => {
  const no = number("bar");
  const paid = await payCode(no, "6666", { passback_params: encodeURIComponent("桌=7&a+b") });
  assert.deepEqual([paid.code, paid.totalAmount, paid.fundBillList.length], ["10000", "9.90", 1]);
  const notice = fields(await heard(no));
  assert.ok(sdk.checkNotifySignV2(notice));
  assert.deepEqual([notice.out_trade_no, notice.trade_status, notice.subject], [no, "TRADE_SUCCESS", "豆浆 + 油条"]);
  assert.equal(decodeURIComponent(notice.passback_params), "桌=7&a+b");
  assert.equal((await payCode(no, "6666", { passback_params: encodeURIComponent("桌=7&a+b") })).subCode, "ACQ.TRADE_HAS_SUCCESS");
});

test("pay: a password, then money; or somebody gives up, and it is cancelled", async () => {
  const no = number("password");
  const asked = await payCode(no, "8801");
  assert.deepEqual([asked.code, asked.msg], ["10003", "order success pay inprocess"]);
  await becomes(no, "TRADE_SUCCESS");
  assert.equal(fields(await heard(no)).out_trade_no, no);

  const left = number("password");
  assert.equal((await payCode(left, "8803")).code, "10003");
  assert.equal((await query(left)).tradeStatus, "WAIT_BUYER_PAY");
  const { action, retryFlag } = await call("alipay.trade.cancel", { out_trade_no: left });
  assert.deepEqual([action, retryFlag], ["close", "N"]);
  assert.equal((await query(left)).tradeStatus, "TRADE_CLOSED");
});

for (const [ending, code, subCode] of [
  ["8804", "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"],
  ["8805", "40004", "ACQ.PAYMENT_AUTH_CODE_INVALID"],
  ["8821", "40004", "ACQ.PAYMENT_REQUEST_HAS_RISK"],
  ["8822", "40004", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH"],
  ["8827", "40004", "ACQ.SYSTEM_ERROR"],
  ["8828", "20000", "isp.unknow-error"],
])
  test(`pay: ${subCode}, and nobody paid`, async () => {
    const no = number("bar");
    const refused = await payCode(no, ending);
    assert.deepEqual([refused.code, refused.subCode], [code, subCode]);
    assert.notEqual((await query(no)).tradeStatus, "TRADE_SUCCESS");
  });

for (const [ending, code] of [["8808", "40004"], ["8807", "20000"]])
  test(`pay: ${code} that turns out to be a payment`, async () => {
    const no = number("bar");
    assert.equal((await payCode(no, ending)).code, code);
    await becomes(no, "TRADE_SUCCESS");
    assert.equal(fields(await heard(no)).out_trade_no, no);
  });

test("cancel: asked again where the gateway wants it, and the system error is misspelt", async () => {
  const no = number("again");
  await payCode(no, "6666");
  const cancel = () => call("alipay.trade.cancel", { out_trade_no: no });
  await control("faults", { kind: "ask_again", op: "reverse", channel: "alipay", count: 1 });
  const first = await cancel();
  assert.deepEqual([first.retryFlag, first.action], ["Y", undefined]);
  await control("faults", { kind: "error_after", op: "reverse", channel: "alipay", count: 1 });
  assert.equal((await cancel()).subCode, "AQC.SYSTEM_ERROR");
  assert.deepEqual([(await cancel()).action, (await query(no)).tradeStatus], ["refund", "TRADE_CLOSED"]);
});

test("refund: the seller's balance, a system error after the fact, and details on request", async () => {
  const no = number("poor");
  await payCode(no, "6666");
  const refund = () =>
    call("alipay.trade.refund", {
      out_trade_no: no, out_request_no: "RF1", refund_amount: "1.00", query_options: ["refund_detail_item_list"],
    });
  await control("faults", { kind: "not_enough", op: "refund", channel: "alipay", count: 1 });
  assert.equal((await refund()).subCode, "ACQ.SELLER_BALANCE_NOT_ENOUGH");
  await control("faults", { kind: "error_after", op: "refund", channel: "alipay", count: 1 });
  assert.equal((await refund()).subCode, "ACQ.SYSTEM_ERROR");
  const again = await refund();
  assert.deepEqual([again.fundChange, again.refundFee], ["N", "1.00"]);
  const told = await call("alipay.trade.fastpay.refund.query", { out_trade_no: no, out_request_no: "RF1", query_options: ["gmt_refund_pay"] });
  assert.deepEqual([told.refundStatus, typeof told.gmtRefundPay], ["REFUND_SUCCESS", "string"]);
});

for (const verb of ["GET", "POST"])
  test(`wap.pay by ${verb}: a signed page, a trade after signing in, and a signed way back`, async () => {
    const no = number("wap");
    const page = sdk.pageExec("alipay.trade.wap.pay", verb, {
      returnUrl: "http://127.0.0.1:9/back",
      notifyUrl: shop.url,
      bizContent: { out_trade_no: no, total_amount: "12.00", subject: "面", product_code: "QUICK_WAP_WAY", quit_url: "http://127.0.0.1:9/quit" },
    });
    const opened = await fetch(...(verb === "GET" ? [page, { redirect: "manual" }] : form(page)));
    assert.equal(opened.status, 303);
    assert.equal((await query(no)).subCode, "ACQ.TRADE_NOT_EXIST");
    const place = new URL(opened.headers.get("location"), url);
    assert.match(await (await fetch(place)).text(), /¥12\.00/);
    const act = (action) =>
      fetch(new URL("/h5/cashier", url), {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ session: place.searchParams.get("session"), action }),
      });
    await act("login");
    assert.equal((await query(no)).tradeStatus, "WAIT_BUYER_PAY");
    const back = new URL((await act("pay")).headers.get("location"));
    assert.ok(sdk.checkNotifySignV2(Object.fromEntries(back.searchParams)), "signed way back");
    assert.equal(back.searchParams.get("out_trade_no"), no);
    const notice = fields(await heard(no));
    assert.ok(sdk.checkNotifySignV2(notice));
    assert.equal(notice.total_amount, "12.00");
    assert.equal((await query(no)).tradeStatus, "TRADE_SUCCESS");
  });

/** The SDK's self-submitting form, as a browser would send it. */
const form = (html) => {
  const unescape = (text) => text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const [, action] = html.match(/<form action="([^"]*)"/);
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]);
  return [unescape(action), { method: "POST", body: new URLSearchParams(inputs), redirect: "manual" }];
};

test("a GBK merchant's notices are GBK and verify", async () => {
  const gbk = new AlipaySdk({ ...config, charset: "gbk" });
  const no = number("gbk");
  // ASCII only: the SDK signs in UTF-8 whatever its charset.
  const { qrCode } = await gbk.exec(
    "alipay.trade.precreate",
    { bizContent: { out_trade_no: no, total_amount: "1.00", subject: "noodles" }, notifyUrl: shop.url },
    { validateSign: true },
  );
  await control("pay", { code: qrCode });
  const { headers, body } = await heard(no);
  assert.match(headers["content-type"], /charset=GBK/);
  assert.equal(new URLSearchParams(body).get("charset"), "GBK");
});

test("bill: a short-lived address of a ZIP with GBK names and GBK texts", async () => {
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const ask = (bill_type, bill_date) => call("alipay.data.dataservice.bill.downloadurl.query", { bill_type, bill_date });
  const no = number("bill");
  await payCode(no, "6666");
  assert.equal((await ask("trade", day)).subCode, "BILL_NOT_EXIST");
  await control("bills", { kind: "early", channel: "alipay", date: day });
  const { code, billDownloadUrl } = await ask("trade", day);
  assert.equal(code, "10000");
  const files = unzip(Buffer.from(await (await fetch(billDownloadUrl)).arrayBuffer()));
  assert.deepEqual(Object.keys(files).map((name) => name.split("_").at(-1)), ["业务明细.csv", "业务明细(汇总).csv"]);
  const row = Object.values(files)[0].split("\r\n").find((line) => line.includes(no));
  assert.match(row, new RegExp(`^\\d{28}\t,${no}\t,交易,`));
  const empty = await ask("trade", "2026-01-01");
  assert.equal(empty.billFileCode, "EMPTY_DATA_WITH_BILL_FILE");
  assert.equal((await ask("fancy", day)).subCode, "TYPE_NOT_SUPPORTED");
});

test("oauth: a code becomes a payer, once", async () => {
  const exchange = (code, validateSign) =>
    sdk.exec("alipay.system.oauth.token", { grantType: "authorization_code", code }, { validateSign });
  const code = `SIM-${number("sim_open")}`;
  assert.equal((await exchange(code, true)).openId, code.slice(4));
  // The gateway's own refusals are not signed.
  assert.equal((await exchange(code, false)).subCode, "isv.code-invalid");
});

/** Through the directory at the end, as unzipping programs do. */
const unzip = (zip) => {
  const gbk = new TextDecoder("gbk");
  const files = {};
  const end = zip.lastIndexOf("PK\x05\x06");
  for (let n = zip.readUInt16LE(end + 10), at = zip.readUInt32LE(end + 16); n > 0; n--) {
    const [packed, length, offset] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const data = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    files[gbk.decode(zip.subarray(at + 46, at + 46 + length))] = gbk.decode(inflateRawSync(zip.subarray(data, data + packed)));
    at += 46 + length;
  }
  return files;
};

test("the same number with another amount, and after the payment", async () => {
  const no = number("again");
  const { qrCode } = await precreate(no);
  assert.equal((await precreate(no, { total_amount: "39.00" })).subCode, "ACQ.CONTEXT_INCONSISTENT");
  await control("pay", { code: qrCode });
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
