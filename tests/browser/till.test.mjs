/** Money at the till, as a cashier lives it, against the real server and the channels' simulator. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { orderAt, until, weighAll } from "./busy.mjs";
import { newId, openHouse } from "./house.mjs";
import { tablesOf } from "./menu.mjs";
import { openBrowser } from "./people.mjs";
import { Till, control, listenClosely, voiceOf, wallet } from "./till.mjs";

const limit = { timeout: 120_000 };
const everybody = [];
let house, browser, manager, menu, tables, till;

before(async () => {
  house = await openHouse();
  browser = await openBrowser();
  manager = await house.staffToken(await house.deviceToken(), house.staff("manager", "owner"));
  menu = await house.call("GET", "/menu", manager);
  tables = tablesOf(await house.call("GET", "/floor", manager), "pay_later");
  till = await join(Till.come(browser, "till"));
  await listenClosely(till);
  await till.pair(house);
  await till.signIn(house.staff("manager"));
  await till.see(".table").waitFor();
}, limit);

after(async () => {
  await browser?.close();
  await house?.close();
}, limit);

function walk(name, steps) {
  test(name, limit, async () => {
    try {
      await steps();
      assert.deepEqual(everybody.flatMap((p) => p.errors), []);
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

/** A party that has ordered; what is sold by weight is weighed, as it must be before it is paid. */
async function seat(table, more = {}) {
  const seated = await orderAt(house, menu, table, { covers: 2, from: 3, dishes: 3, name: "小吴", ...more });
  await weighAll(house, manager, seated.session);
  return seated;
}
const party = ({ session }) => house.call("GET", `/sessions/${session}`, manager);
const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

walk("cash: the odd fen are let go, change is given, and the money is booked once", async () => {
  const [table] = tables;
  const seated = await seat(table, { dishes: 1, from: 0, only: (d) => d.charge === "weight", grams: 603 });
  const { due } = (await party(seated)).check;
  const odd = due % 10;
  assert.ok(odd > 0, "the bill has odd fen");
  await till.openTill(table);
  await till.pays("cash");
  await till.reads(".round", yuan(odd));
  await till.reads(".cash .cashbig", yuan(due - odd));
  await till.page.locator(".quick button").last().click();
  await till.picture("till-cash");
  await till.page.locator(".take").dblclick();
  await till.says("paid");
  await till.see(".givechange b").waitFor();
  await till.goOn();
  const { check } = await party(seated);
  assert.deepEqual(check.tenders.map((t) => [t.way, t.amount, t.rounded_off]), [["cash", due, odd]], "taken once, although it was tapped twice");
  assert.equal(check.due, 0);
  await till.tap(".phead .ghost");
});

walk("a check split in two: one half by a scanned wallet, the other in cash", async () => {
  const table = tables[1];
  const seated = await seat(table, { from: 8 });
  await till.openTill(table);
  await till.tap(".split-tools button");
  await till.page.locator(".covers button").first().click();
  await till.picture("till-split");
  await till.tap(".take");
  await till.page.locator(".tshare").nth(1).waitFor();
  await till.page.locator(".tbill .tshare").first().click();
  await till.scan(wallet.pays);
  await till.says("paid");
  await till.picture("till-paid");
  await till.goOn();
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  const { check } = await party(seated);
  assert.equal(check.due, 0);
  assert.deepEqual(check.tenders.map((t) => t.way), ["wechat_code", "cash"]);
  assert.deepEqual(check.shares.map((s) => s.unpaid), [0, 0]);
  assert.equal(check.tenders.reduce((sum, t) => sum + t.amount, 0), check.total);
  await till.tap(".phead .ghost");
});

walk("a guest who never types the password: nobody charges twice, the till gives up, and cash is taken", async () => {
  const table = tables[2];
  const seated = await seat(table, { from: 12 });
  await till.openTill(table);
  await till.scan(wallet.forgetsPassword);
  await till.says("checking");
  await till.reads(".verdict", "正在确认，请勿重复收款");
  assert.equal(await till.page.locator(".way").count(), 0, "no second payment can be started");
  assert.ok(!(await till.page.content()).includes(wallet.forgetsPassword), "the code is never shown");
  const stored = await till.page.evaluate(() => JSON.stringify(localStorage));
  assert.ok(!stored.includes(wallet.forgetsPassword), "nor kept");
  await until(async () => Number.parseInt(await till.page.locator(".verdict-seconds").innerText(), 10) >= 2);
  await till.picture("till-checking");
  await till.page.getByRole("button", { name: "放弃这笔" }).click();
  await till.page.locator(".verdict-ask .danger").click();
  await till.says("failed", 70_000);
  await till.reads(".verdict", "未成功，可以重试");
  await till.goOn();
  await till.scan(wallet.tooLittle);
  await till.says("failed");
  await till.goOn();
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  const { check, payments } = await party(seated);
  assert.deepEqual(check.tenders.map((t) => t.way), ["cash"]);
  assert.ok(payments.every((p) => p.state === "failed" || p.state === "closed"));
  await till.tap(".phead .ghost");
});

walk("a code on the screen is exchanged for cash: the first is closed and proved before money is taken", async () => {
  const table = tables[3];
  const seated = await seat(table, { from: 16 });
  await till.openTill(table);
  await till.pays("wechat_native");
  await till.see(".qr").waitFor();
  await till.page.getByRole("button", { name: "换一种方式" }).click();
  await till.pays("cash");
  await till.see(".cash").waitFor();
  assert.equal((await party(seated)).payments[0].state, "closed");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  await till.tap(".phead .ghost");
});

walk("a dish is refunded to the payer, and a false amount becomes a case that is settled", async () => {
  const table = tables[4];
  const seated = await seat(table, { from: 20 });
  await control(house, "faults", { kind: "wrong_amount_notice", count: 1 });
  await till.openTill(table);
  await till.pays("alipay_qr");
  await till.see(".qr").waitFor();
  await control(house, "pay", { code: await till.page.locator(".qr").getAttribute("data-code") });
  await till.says("paid");
  await till.goOn();

  await till.openSettled();
  await till.page.locator(".tbill .trow button").click();
  await till.page.locator(".picks button").first().click();
  await till.page.locator(".reasons button").first().click();
  await till.tap(".take");
  await till.reads(".confirm-to", "支付宝");
  await till.picture("till-refund");
  await till.tap(".confirm .take");
  await till.page.locator(".trefund-returned").waitFor({ timeout: 30_000 });
  const { check } = await party(seated);
  assert.equal(check.refunds[0].state, "returned");
  assert.equal(check.due, 0);
  await till.closeTill();

  await till.page.locator(".fbar nav .badge").waitFor();
  await till.tab("资金");
  await till.page.locator(".case").filter({ hasText: "到账与应收不符" }).click();
  await till.reads(".timeline", "渠道确认到账");
  await till.tap('[data-remedy="ask_channel"]');
  await till.picture("money-case");
  await till.tap('[data-remedy="resolve"]:enabled');
  await till.page.locator(".reasons button").first().click();
  await till.page.locator(".sheet .take").click();
  await till.reads(".sheet", "已与渠道核实");
  await till.tap(".sheet header .ghost");
  await till.page.locator(".fbar nav .badge").waitFor({ state: "detached" });
  await till.tab("桌台");
});

walk("a check closed too early is opened again by a manager, with a reason", async () => {
  const table = tables[0];
  await till.openTable(table);
  const { id } = (await house.call("GET", "/floor", manager)).tables.find((t) => t.id === table.id).sessions[0];
  await till.tap(".close-table:enabled");
  await till.tap(".sheet .primary");
  // The next party sits at a clean table only.
  await till.reads(".opener", "还没收拾");
  await till.tap(".opener .primary");
  await till.see(".opener .covers").waitFor();
  await till.tap(".phead .ghost");
  await till.tab("资金");
  await till.page.locator(".money-nav button").nth(1).click();
  await till.page.locator(".lately button").first().click();
  await till.tap(".reopen");
  await till.page.locator(".reasons button").first().click();
  await till.picture("money-reopen");
  await till.page.locator(".sheet .take").click();
  await until(async () => (await party({ session: id })).state === "open");
  await till.tap(".sheet header .ghost");
  await till.tab("桌台");
});

walk("payments are said aloud once per device, in order, never cut short; a device that opens later says nothing old", async () => {
  const phone = await join(Till.come(browser, "waiter", 360, 780));
  await listenClosely(phone);
  await phone.pair(house);
  await phone.signIn(house.staff("waiter"));
  await phone.see(".table").waitFor();
  const before = (await voiceOf(till.page)).said.length;
  assert.ok(before >= 2, "the payments so far were said at the till");
  assert.deepEqual((await voiceOf(phone.page)).said, [], "a device that just opened says nothing old");
  assert.equal(await phone.page.locator(".voice-missed-all").count(), 0, "nor lists what another device has said");

  // A second page of the same till stays silent.
  const second = await till.context.newPage();
  await second.goto(till.page.url());
  await second.locator(".table").first().waitFor();

  const parties = [await seat(tables[5], { from: 24 }), await seat(tables[6], { from: 28 })];
  for (const [i, { session }] of parties.entries()) {
    const { due } = (await party({ session })).check;
    await house.call("POST", `/sessions/${session}/code-payments`, manager, { ask: newId(), auth_code: `28000000000000001${i}`, amount: due });
  }
  for (const device of [till, phone]) {
    await until(async () => (await voiceOf(device.page)).said.filter((words) => /支付宝到账.*元/.test(words)).length >= 2);
  }
  const [here, there, beside] = [await voiceOf(till.page), await voiceOf(phone.page), await voiceOf(second)];
  assert.deepEqual(here.said.slice(before), there.said, "both devices say the same");
  assert.equal(there.said.length, 2, "each once");
  assert.match(there.said[0], /^第\d+条，支付宝到账.+，.*桌$/);
  assert.deepEqual([here.cut, there.cut], [0, 0], "no announcement is cut short");
  assert.deepEqual(beside.said, [], "two pages of one device don't both speak");
  await until(async () => {
    const { announcements } = await house.call("GET", "/floor", manager);
    const paid = announcements.filter((a) => a.said.kind === "paid");
    return paid.slice(-2).every((a) => a.played_at !== null);
  });
  await second.close();
});
