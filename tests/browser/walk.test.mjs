/** The whole meal, as the people of a restaurant live it, in a real browser against the real server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fillHouse, until } from "./busy.mjs";
import { openHouse } from "./house.mjs";
import { isPlain, mustChoose, pick, tablesOf } from "./menu.mjs";
import { Diner, Screen, heard, listen, openBrowser } from "./people.mjs";

const limit = { timeout: 120_000 };
const everybody = [];
let house, browser, manager, menu, floor, kitchen;

before(async () => {
  house = await openHouse();
  browser = await openBrowser();
  const device = await house.deviceToken();
  manager = await house.staffToken(device, house.staff("owner", "manager"));
  menu = await house.call("GET", "/menu", manager);
  floor = await house.call("GET", "/floor", manager);
  if (process.env.UPDATE_SCREENSHOTS === "1") await fillHouse(house, menu, floor, manager);
  kitchen = await join(Screen.come(browser, "kitchen", 1600, 900));
}, limit);

after(async () => {
  await browser?.close();
  await house?.close();
}, limit);

/** A part of the walk; when it fails, what everybody saw stays in target/browser-failures. */
function walk(name, steps) {
  test(name, limit, async () => {
    try {
      await steps();
    } catch (error) {
      for (const person of everybody) await person.keepPicture();
      throw error;
    }
  });
}

async function join(coming) {
  const person = await coming;
  everybody.push(person);
  return person;
}

walk("a cook pairs the screen and signs in with a PIN", async () => {
  await kitchen.pair(house);
  await kitchen.signIn(house.staff("kitchen", "lead"));
  await kitchen.page.locator(".kbar").waitFor();
});

walk("two phones share a cart; one order; the kitchen sees it, cooks it; a wallet pays it", async () => {
  const [table] = tablesOf(floor, "pay_later");
  const { url } = house.linkOf(table);
  const lin = await join(Diner.come(browser, "小林"));
  const chen = await join(Diner.come(browser, "小陈"));
  const plain = pick(menu, isPlain);
  const chosen = pick(menu, mustChoose, [plain]);

  await lin.sitDown(url, 2);
  await lin.reads("#table-name", table.name);
  await chen.sitDown(url, 2);
  await lin.addPlain(plain);
  await chen.reads("#cart-count", /^1$/);
  await lin.scrollToTop();
  await lin.picture("diner-menu");
  await chen.addChosen(chosen);
  await lin.reads("#cart-count", /^2$/);
  await lin.tap("#cart");
  await lin.reads("#cart-sheet", "小陈 点的");
  await lin.picture("diner-cart");
  await lin.tap("#cart-sheet-close");

  await lin.review();
  await lin.reads("#review-table", table.name);
  await lin.picture("diner-review");
  await lin.submitTwice();
  await lin.reads(".order", plain.name.zh);
  await chen.tap("#to-status");
  await chen.reads(".order", chosen.name.zh);

  // Painted on the kitchen's screen, and only therefore "seen" on the phones.
  const ticket = kitchen.ticketOf(table.name);
  await ticket.filter({ hasText: plain.name.zh }).first().waitFor();
  await ticket.filter({ hasText: chosen.name.zh }).first().waitFor();
  await lin.reads(".dl", /厨房已看到/);
  await kitchen.picture("kitchen-new");

  // A phone that was closed comes back to the same order.
  await chen.open();
  await chen.page.goto(url);
  await chen.reads(".order", chosen.name.zh);

  await kitchen.tapAll(ticket, "start");
  await lin.reads(".dl", /制作中/);
  await lin.picture("diner-status");
  await kitchen.tapAll(ticket, "ready");
  await lin.reads(".dl", /做好了/);
  await ticket.first().waitFor({ state: "detached" });

  await lin.tap("#pay");
  await lin.payInWallet("wechat", "diner-pay-code");
  await lin.reads("#pay-state", "已付款");
  await lin.picture("diner-paid");
  await chen.see("#paid-up").waitFor();

  const now = await house.call("GET", "/floor", manager);
  const seated = now.tables.find((t) => t.id === table.id).sessions;
  assert.equal(seated.length, 1, "one party");
  assert.equal(seated[0].balance, 0, "nothing is owed");
  assert.ok(seated[0].total > 0 && seated[0].paid === seated[0].total, "one order, paid once, although it was tapped twice");
  noErrors(lin, chen, kitchen);
});

walk("paid first at the counter: nothing cooks before the money; then the number is shown and spoken", async () => {
  const [table] = tablesOf(floor, "pay_first");
  const wu = await join(Diner.come(browser, "小吴"));
  const wall = await join(Screen.come(browser, "pickup"));
  const plain = pick(menu, isPlain);
  await listen(wall);
  await wall.pair(house);
  await wall.chooses("取餐屏");
  await wall.signIn(house.staff("cashier", "waiter"));
  await wall.page.locator(".pcol-ready").waitFor();
  const off = wall.page.locator(".sound-off");
  if (await off.isVisible()) await off.click();

  await wu.sitDown(house.linkOf(table).url, 1);
  await wu.addPlain(plain);
  await wu.review();
  await wu.submitTwice();
  const number = (await wu.see("#pickup-number").innerText()).trim();
  assert.match(number, /^[A-Z]\d{3}$/);
  await wu.picture("diner-pickup-number");
  assert.equal(await kitchen.ticketOf(number).count(), 0, "an unpaid order is not the kitchen's");

  await wu.payInWallet("alipay");
  await wu.reads("#pay-state", "已付款");
  await wall.page.locator(".pcol-preparing li").filter({ hasText: number }).waitFor();
  const ticket = kitchen.ticketOf(number);
  await ticket.first().waitFor();
  await kitchen.tapAll(ticket, "start");
  await kitchen.tapAll(ticket, "ready");
  await wall.page.locator(".pcol-ready li").filter({ hasText: number }).waitFor();
  const call = `请${number}号取餐`;
  await until(async () => (await heard(wall)).includes(call));
  assert.equal((await heard(wall)).filter((words) => words === call).length, 1, "called once");
  await wall.picture("pickup");
  await wu.tap("#to-status");
  await wu.reads(".dl", /做好了/);
  noErrors(wu, wall, kitchen);
});

function noErrors(...people) {
  assert.deepEqual(people.flatMap((p) => p.errors), []);
}
