/** What the house can do beyond plain ordering: a hot pot, a nod, a paused dish, a scale, fees, tables put together. */
import assert from "node:assert/strict";
import { open, phone, until } from "./harness.mjs";
import { SLIP, STORE } from "../fixture/server.mjs";

export async function houseIn(lang) {
  const zh = lang === "zh";
  const { fixture, page, on, see, gone, tap, inView, shot, end } = await open(lang);
  const { view, control } = fixture;
  Object.assign(view, { hot_pot: true, per_head: ["dip", "cj"], behind_min: 18, nod: { why: "first_order" }, covers: 3 });
  view.stock.push({ dish: "hgr", sold_out: false, remaining: null, off_hours: false, paused: true });

  // A table that is not to be had says so in a guest's words, not in the staff's.
  control.table = "table_dirty";
  await tap("#covers-3");
  await see("#trouble", zh ? "还在收拾" : "being cleaned");
  await shot("80-dirty");
  control.table = null;
  await tap("#covers-3");
  await see("#before-strip", zh ? "需服务员确认" : "confirms");
  await see("#dish-hgr", zh ? "暂停点单" : "busy");
  await shot("81-menu-before");

  // The soup base comes first: the page leads there, nobody is refused.
  await tap("#cat-shabu");
  await inView("#step-fnr-add");
  await tap("#step-fnr-add");
  await see("#soup-first");
  await tap("#to-review");
  await see("#to-soup");
  await see("#before-late", "18");
  await shot("82-review-no-soup");
  await tap("#to-soup");
  await inView("#step-nypot-add");
  await shot("83-menu-soup");
  await tap("#step-nypot-add");
  await gone("#soup-first");
  await until("both are on the server", () => view.cart.length === 2);
  await tap("#to-review");
  await see("#heads");
  await see("#submit:not(.is-off)", "¥159.00"); // 58 + 68, 3 × 8 + 3 × 3.
  await tap("#head-dip-add");
  await see("#submit:not(.is-off)", "¥167.00");
  await on("#heads").scrollIntoViewIfNeeded();
  await shot("84-review-heads");
  // One guest has another dip: it joins the cart, and what is filled in gets less.
  await tap("#other-dip");
  await tap("#option-garlic");
  for (let i = 0; i < 3; i += 1) await tap("#quantity-less");
  await shot("85-other-dip");
  await tap("#add");
  await see("#submit:not(.is-off)", "¥167.00");
  await until("it is in the cart", () => view.cart.some((l) => l.dish === "dip" && l.quantity === 1));
  await tap("#submit");
  await see("#nod");
  assert.deepEqual(fixture.posts(/orders$/).length, 1, "no refusal on the way");
  assert.deepEqual(view.orders[0].lines.filter((l) => l.dish === "dip").map((l) => l.quantity), [1, 3]);
  await shot("86-nod");

  // The waiter says no; the dishes go back, once.
  fixture.answerNod(view.orders[0].id, zh ? "锅底今天没有牛油了" : "No tallow left today");
  await see("#declined", zh ? "没有牛油" : "No tallow");
  await shot("87-declined");
  await tap("#put-back");
  await until("all lines are back", () => view.cart.length === 5);
  await see("#cart-count", "9");
  await tap("#to-status");
  await see("#declined");
  assert.equal(await on("#put-back").count(), 0);
  await tap("#add-more");
  view.nod = null;
  view.behind_min = 4;
  fixture.tell("nod", "behind_min");
  await tap("#to-review");
  await see("#submit:not(.is-off)", "¥167.00");
  await tap("#submit");
  await see(".dl__word", zh ? "锅底先下" : "Broth first");
  assert.equal(view.orders.length, 2);
  assert.equal(view.orders[1].state, "accepted");

  // The waiter's hand: a course held, one given away, one at another price, one made again, a fish on the scale.
  const lines = view.orders[1].lines;
  const fish = { ...lines[0], line: "d".repeat(32), dish: "qzly", name: { zh: "清蒸鲈鱼", en: "Steamed sea bass" }, options: [], weight_g: 550, unit_price: 7480, amount: 7480, needs_weight: true, state: "held", held: "asked", course: 2, due_at: null };
  lines.push(fish);
  const [one, two, three] = lines;
  Object.assign(one, { state: "started", held: null, remakes: 1 });
  Object.assign(two, { comped: zh ? "久等了" : "for the wait" });
  Object.assign(three, { amount: 500, was_amount: three.amount });
  Object.assign(control.fees, { seat_fee: 600, discount: 1_000, shortfall: 7_020 });
  control.serviceBp = 1_000;
  Object.assign(view.check, { discounted: { percent: 1_200 }, waived: { seat_fee: false, minimum_spend: false, service_charge: false } });
  fixture.recount();
  fixture.tell("orders", "check");
  await see("#bill", zh ? "低消差额" : "minimum spend");
  await shot("88-status-lines");
  await on("#bill").scrollIntoViewIfNeeded();
  await shot("89-bill");

  // Nobody pays before the fish is weighed, where the house wants it so.
  control.weighs = true;
  await tap("#pay");
  await see("#weighing");
  await tap("#way-wechat");
  await see("#weight-open", zh ? "鲈鱼" : "sea bass");
  assert.equal(await on("#way-wechat").count(), 0);
  await shot("90-weight-open");
  Object.assign(fish, { needs_weight: false, weight_g: 590, amount: 8_024 });
  fixture.recount();
  fixture.tell("orders", "check");
  await see("#way-wechat");
  assert.equal(await on("#weight-open").count(), 0);
  await shot("91-weighed");
  await tap("#later");

  // The party is put on table A2's check: the phone goes along with the code it has.
  await see("#add-more");
  fixture.merge();
  await see("#notice", zh ? "已与 A2 并台" : "Joined with table A2");
  await see("#table-name", "A2+A12");
  assert.equal(fixture.posts(/join$/).at(-1).body.covers, 0, "going along opens no table");
  await shot("92-merged");
  await end();
}

/** A slip's code asks nobody how many they are. */
export async function slipIn(lang) {
  const { fixture, end } = await open(lang);
  const { see, tap, shot, close, on } = await phone(`http://shop.lan:${fixture.port}/m/#/pages/enter/index?store=${STORE}&code=${SLIP}`, lang);
  await see("#sit-down");
  assert.equal(await on("#covers-2").count(), 0);
  await shot("93-slip");
  await tap("#sit-down");
  await see("#trouble"); // Nobody sits there: no table is opened.
  fixture.view.id = "a".repeat(32);
  await tap("#sit-down");
  await see("#dish-gbjd");
  await close();
  await end();
}

/** Paid first, and the kitchen takes nothing now: said before, and in full where somebody tries. */
export async function stoppedIn(lang) {
  const { fixture, see, gone, tap, shot, end, on } = await open(lang, { mode: "pay_first" });
  await tap("#covers-1");
  await tap("#step-hgr-add");
  await see("#cart-count", "1");
  fixture.view.nod = { why: "behind", station: "wok", minutes: 35 };
  fixture.tell("nod");
  await tap("#to-review");
  await see("#before-stopped", "35");
  await tap("#submit:not(.is-off)");
  await see("#not-accepting", "35");
  await shot("94-not-accepting");
  await tap("#stopped-call");
  await gone("#not-accepting");
  await until("a waiter is called", () => fixture.view.calls.length === 1);
  assert.equal(fixture.view.orders.length, 0);
  await see("#submit");
  assert.equal(await on("#submit").count(), 1);
  await shot("95-stopped");
  await end();
}
