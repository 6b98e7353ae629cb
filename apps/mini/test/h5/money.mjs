/** The money part of the walk: the sheet, a channel that rests, three answers, another way, a page left and come back to, shares, refunds. */
import assert from "node:assert/strict";
import { until } from "./harness.mjs";

const wechat = ["wechat_jsapi", "wechat_native", "wechat_h5"];

/** From the status page with an unpaid check, back to the status page with everything paid. */
export async function moneyIn({ fixture, page, on, see, gone, tap, shot, lang }) {
  const zh = lang === "zh";
  const { control, view } = fixture;
  control.serviceBp = 1_000;
  control.tips_bp = [500, 1_000, 1_500];
  fixture.recount();
  fixture.tell("check");

  await tap("#pay");
  await see("#tips");
  await shot("20-due");
  await tap("#way-any");
  await see("#qr");
  await shot("21-any-wallet");
  await tap("#any-sheet-close");
  await tap("#tip-1000");
  await shot("22-due-tip");
  control.resting = wechat;
  await page.locator("#way-wechat:visible").waitFor({ state: "detached", timeout: 12_000 });
  await see("#resting", zh ? "支付宝或现金" : "Alipay or Cash");
  await shot("23-resting");
  control.resting = [];
  await page.locator("#resting:visible").waitFor({ state: "detached", timeout: 12_000 });

  // Over to the channel's page and back: the page is a new one, the payment is the same, the server is asked at once.
  control.payOutcome = "waiting";
  await tap("#way-alipay");
  await page.locator("#leave").waitFor();
  const [asked] = fixture.posts(/payments$/);
  assert.deepEqual([asked.body.way, asked.body.tip > 0, asked.body.return_url], ["alipay_wap", true, `http://shop.lan:${fixture.port}/m/`]);
  await page.locator("#leave").tap();
  await see("#verdict-checking", zh ? "请只付这一次" : "Pay only once");
  await until("the server is asked", () => fixture.posts(/check$/).length === 1);
  assert.equal(page.url().includes("/m/"), true);
  await shot("24-back-waiting");
  await tap("#check");
  await see("#verdict-checking", zh ? "请不要再付一次" : "don't pay again");
  fixture.setPayment(asked.body.ask, "checking");
  await see("#pay-seconds");
  await shot("25-checking");

  // Another way: only once the first is proved closed.
  control.resting = ["wechat_h5"];
  await tap("#change-way");
  await see("#changing");
  await see("#way-wechat", zh ? "二维码" : "a code");
  await shot("26-changing");
  control.endFirstMs = 1_500;
  await tap("#way-wechat");
  await see("#verdict-checking", zh ? "正在关闭上一笔" : "Closing the first");
  await shot("27-closing-first");
  await see("#qr");
  await shot("28-code");
  assert.equal(view.payments[0].state, "closed");
  assert.equal(fixture.posts(/payments$/)[1].body.instead_of, asked.body.ask);
  fixture.setPayment(view.payments[1].ask, "failed");
  await see("#verdict-failed");
  await shot("29-failed");
  await tap("#again");

  // A part, then a split; another phone pays its share meanwhile.
  view.orders[0].lines[0].guest_name = zh ? "小林" : "Lin";
  fixture.tell("orders");
  await tap("#split");
  await see("#split-guests");
  await shot("30-split");
  await page.locator("#part input:visible").fill("20");
  await tap("#pay-part");
  await see("#pay-amount", "¥20.00");
  await shot("31-part");
  await tap("#whole");
  await tap("#split");
  await tap("#split-guests");
  await see("#share-1");
  await shot("32-by-guest");
  await tap("#undo-split");
  await gone("#shares");
  await tap("#split");
  await tap("#split-evenly");
  await see("#share-2");
  const [first] = view.check.shares;
  view.payments.push({ ...view.payments[0], ask: "c".repeat(32), share: first.share, amount: first.amount, tip: 0, state: "waiting" });
  fixture.tell("payments");
  await tap("#share-1");
  await see("#way-wechat");
  await shot("33-shares");
  await tap("#way-wechat");
  await see("#qr");
  fixture.setPayment(view.payments.at(-1).ask, "paid");
  await see("#still-due");
  await shot("34-share-paid");
  fixture.setPayment("c".repeat(32), "paid");
  await tap("#pay-rest");
  await tap("#share-2");
  await see("#way-wechat");
  await shot("35-last-share");
  await tap("#way-wechat");
  await see("#qr");
  fixture.setPayment(view.payments.at(-1).ask, "paid");
  await see("#pay-bill");
  await see("#verdict-paid");
  await shot("36-paid");
  await tap("#to-status");
  await see("#paid-up");
  const [tender] = view.check.tenders;
  fixture.refund(tender.tender, 1_000);
  await see(".bill__row--refund");
  await on("#bill").scrollIntoViewIfNeeded();
  await shot("37-returning");
  fixture.refund(tender.tender, 1_000, "returned");
  await see(".bill__more", zh ? "已退回" : "returned");
  await shot("38-returned");
  control.serviceBp = 0;
  control.resting = [];
  fixture.recount();
  fixture.tell("check");
}
