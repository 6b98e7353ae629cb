// wechatpay-axios-plugin fetches the simulator's WeChat Pay bills and reads them with its own CSV reader.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { before, test } from "node:test";
import { Formatter, Wechatpay } from "wechatpay-axios-plugin";
import { control, number, url, wechat } from "./merchant.js";

const { appid, mchid, serial, certs } = wechat;
const client = new Wechatpay({ mchid, serial, privateKey: wechat.key, certs, baseURL: `${url}/`, proxy: false });
const bill_date = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
const no = number("bill");
const out_refund_no = number("RF");

before(async () => {
  const { data: { code_url } } = await client.v3.pay.transactions.native.post({
    appid, mchid, out_trade_no: no, description: "宫保鸡丁, 米饭", notify_url: "http://127.0.0.1:9/n", attach: "桌7",
    amount: { total: 3800, currency: "CNY" },
  });
  await control("pay", { code: code_url });
  await client.v3.refund.domestic.refunds.post({
    out_trade_no: no, out_refund_no, amount: { refund: 800, total: 3800, currency: "CNY" },
  });
});

/** The file behind the address, its hash checked. */
const download = async (path, params) => {
  const { data } = await client.v3.bill[path].get({ params: { bill_date, ...params } });
  const token = new URL(data.download_url).searchParams.get("token");
  const { data: file } = await client.v3.billdownload.file.get({ params: { token }, responseType: "arraybuffer", transformResponse: [] });
  const plain = params.tar_type ? gunzipSync(file) : file;
  assert.equal(data.hash_type, "SHA1");
  assert.equal(createHash("sha1").update(plain).digest("hex"), data.hash_value);
  return Formatter.castCsvBill(plain);
};

test("not before the next morning", async () => {
  await assert.rejects(
    client.v3.bill.tradebill.get({ params: { bill_date: "2099-01-01" } }),
    (e) => e.response.status === 400 && e.response.data.code === "STATEMENT_CREATING",
  );
  await assert.rejects(
    client.v3.bill.tradebill.get({ params: { bill_date: "2026-10-01" } }),
    (e) => e.response.data.code === "NO_STATEMENT_EXIST",
  );
});

test("the trade bill of a day, plain and zipped", async () => {
  await control("bills", { kind: "early", channel: "wechat", date: bill_date });
  for (const params of [{ bill_type: "ALL" }, { bill_type: "ALL", tar_type: "GZIP" }]) {
    const { rows, summary } = await download("tradebill", params);
    const [paid, back] = rows.filter((row) => row["商户订单号"] === no);
    assert.deepEqual([paid["交易状态"], paid["订单金额"], paid["商品名称"], paid["手续费"]], ["SUCCESS", "38.00", "宫保鸡丁, 米饭", "0.23000"]);
    assert.deepEqual([back["交易状态"], back["申请退款金额"], back["商户退款单号"]], ["REFUND", "8.00", out_refund_no]);
    assert.equal(Number(summary["总交易单数"]), rows.length);
  }
});

test("the fund flow of a day", async () => {
  await control("bills", { kind: "early", channel: "wechat", date: bill_date });
  const { rows, summary } = await download("fundflowbill", { account_type: "BASIC" });
  const own = rows.filter((row) => [no, out_refund_no].includes(row["业务凭证号"]));
  assert.deepEqual(own.map((row) => [row["业务类型"], row["收支类型"], row["收支金额(元)"]]), [
    ["交易", "收入", "38.00"],
    ["扣除交易手续费", "支出", "0.23"],
    ["退款", "支出", "7.95"],
  ]);
  assert.equal(Number(summary["资金流水总笔数"]), rows.length);
});
