/**
 * Drives the H5 build in Chromium at 360 × 780 through every state, in both languages. With SHOTS=<folder> it leaves a
 * picture of each.
 */
import assert from "node:assert/strict";
import { close, errors, launch, open, until } from "./harness.mjs";
import { houseIn, slipIn, stoppedIn } from "./house.mjs";
import { moneyIn } from "./money.mjs";

const began = Date.now();
await launch();

for (const lang of ["zh", "en"]) {
  const zh = lang === "zh";
  const { fixture, page, on, see, gone, tap, inView, shot, end } = await open(lang);
  await see("#covers-3");
  await shot("01-enter");
  await tap("#covers-3");
  await see("#dish-gbjd");
  await shot("02-menu");
  await tap("#cart");
  await shot("03-cart-empty");
  await tap("#cart-sheet-close");
  await tap("#choose-gbjd");
  await shot("04-chooser");
  await tap("#option-hot");
  await tap("#option-egg-add");
  await shot("05-chooser-ready");
  await tap("#add");
  await tap("#step-hgr-add");
  await until("both are on the server", () => fixture.view.cart.length === 2);
  // Another phone adds something.
  fixture.view.guests.push({ id: "f".repeat(32), name: zh ? "小林" : "Lin" });
  fixture.view.cart.push({ ...fixture.view.cart[1], line: "e".repeat(32), dish: "smt", variant: "std", guest: "f".repeat(32), guest_name: zh ? "小林" : "Lin", name: { zh: "酸梅汤", en: "Plum drink" }, quantity: 2, unit_price: 1200, amount: 2400, options: [], set: [], note: null, weight_g: null, problem: null, added_at: Date.now() });
  fixture.tell("guests", "cart");
  await see("#cart-count", "4");
  await tap("#cat-fish");
  await inView("#choose-qzly");
  await shot("06-menu-fish");
  await tap("#choose-qzly");
  await tap("#weight-add");
  await shot("07-chooser-weight");
  await tap("#add");
  await tap("#cat-set");
  await inView("#choose-srtc");
  await tap("#choose-srtc");
  await shot("08-chooser-set");
  await tap("#chooser-close");
  await tap("#cart");
  await shot("09-cart");
  await tap("#sheet-review");
  await see("#submit:not(.is-off)");
  await shot("10-review");
  fixture.control.differOnce = true;
  await tap("#submit");
  await see("#differs");
  await shot("11-differs");
  const [refused] = fixture.posts(/orders$/);
  await tap("#differs-accept");
  await see("#bill");
  assert.equal(fixture.view.orders.length, 1);
  assert.notEqual(fixture.view.orders[0].id, refused.key);
  await shot("12-status");
  const lines = fixture.view.orders[0].lines;
  fixture.setLine(lines[0].line, { state: "started" });
  if (lines[1]) fixture.setLine(lines[1].line, { state: "ready" });
  if (lines[2]) fixture.setLine(lines[2].line, { state: "seen" });
  await tap(`#rush-${lines[0].line}`);
  await see(`#rush-${lines[0].line}.is-off`);
  await until("the rush is told", () => fixture.posts(/rush$/).length === 1);
  await shot("13-status-cooking");
  await tap("#call");
  await tap("#call-water");
  await see("#call-water.is-off");
  await shot("14-call");
  await tap("#call-sheet-close");
  await moneyIn({ fixture, page, on, see, gone, tap, shot, lang });
  await tap("#add-more");
  await see("#dish-gbss");
  fixture.goDown();
  await tap("#cat-hot");
  await inView("#step-gbss-add");
  await tap("#step-gbss-add");
  await see("#banner", zh ? "1 项未发送" : "1 not sent");
  await shot("61-offline");
  fixture.goUp();
  await page.locator("#banner").waitFor({ state: "detached", timeout: 20_000 });
  await until("the dish is there once", () => fixture.view.cart.filter((l) => l.dish === "gbss").length === 1);
  const beans = fixture.posts(/cart\/lines$/).filter((p) => p.body.line.dish === "gbss");
  assert.equal(new Set(beans.map((p) => p.key)).size, 1);
  await page.locator("#search input:visible").fill("xyz");
  await shot("62-search-none");
  await page.locator("#search input:visible").fill("gb");
  await shot("63-search");
  fixture.view.state = "closed";
  fixture.tell("state");
  await see("#ended");
  await shot("64-closed");
  await end();
}

{
  const { fixture, page, on, see, tap, shot, end } = await open("zh", { mode: "pay_first" });
  await tap("#covers-1");
  await tap("#step-hgr-add");
  await see("#cart-count", "1");
  await tap("#to-review");
  await see("#submit:not(.is-off)");
  fixture.control.drop = /orders$/;
  await tap("#submit");
  await see("#sending");
  await shot("70-sending");
  fixture.control.drop = null;
  fixture.control.resting = ["wechat_h5"];
  await page.reload(); // The phone put the page away and fetched it again.
  await see("#pickup-number");
  assert.equal(fixture.view.orders.length, 1);
  assert.equal(new Set(fixture.posts(/orders$/).map((p) => p.key)).size, 1);
  if (await on("#pay").count()) await tap("#pay");
  await see("#way-wechat", "二维码");
  await shot("71-first-pay");
  await tap("#way-wechat");
  await see("#qr");
  await shot("72-first-qr");
  fixture.setPayment(fixture.view.payments[0].ask, "paid");
  await see("#verdict-paid");
  await shot("73-first-paid");
  await tap("#to-status");
  await shot("74-first-status");
  await end();
}
for (const lang of ["zh", "en"]) {
  await houseIn(lang);
  await slipIn(lang);
  await stoppedIn(lang);
}
await close();
assert.deepEqual(errors, []);
console.log(`h5 in chromium: ok in ${Date.now() - began} ms`);
