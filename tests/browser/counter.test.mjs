/** A lunch at the counter: fifty numbers, paid first, made ready by tap and by scan, each shown and called once, and all collected. */
import assert from "node:assert/strict";
import { orderAt, payInWallet, until } from "./busy.mjs";
import { newId } from "./house.mjs";
import { checkDishes, checkPaper } from "./kept.mjs";
import { journalOf } from "./meanwhile.mjs";
import { slipsOf } from "./paper.mjs";
import { Screen, heard, listen } from "./people.mjs";
import { openStage } from "./stage.mjs";
import { Till, wallet } from "./till.mjs";

const NUMBERS = 50;
/** As many as fit on the kitchen's screen, as one wave of guests. */
const WAVE = 10;
const SOLD = ["101", "405", "801", "811", "1017", "402", "109", "404"];
const orders = [];
let kitchen, wall, till, cashier;

const stage = openStage(async () => {
  const { house, browser } = stage;
  cashier = await stage.tokenOf("cashier");
  wall = await stage.join(Screen.come(browser, "counter-wall", 1920, 1080));
  await listen(wall, 20);
  await wall.pair(house);
  await wall.chooses("取餐屏");
  await wall.signIn(house.staff("waiter"));
  [kitchen, till] = await Promise.all([
    stage.enter(Screen.come(browser, "counter-kitchen", 1920, 1080), house.staff("kitchen")),
    stage.enter(Till.come(browser, "counter-till"), house.staff("manager"), "前厅"),
  ]);
  await wall.page.locator(".pcol-ready").waitFor();
  await kitchen.page.locator(".kboards").getByRole("button", { name: "同菜合并" }).click();
});

const table = () => stage.table("K1");
/** What is still to be cooked; what is ready stays on the kitchen's list until it is collected. */
const tickets = async () => (await stage.get("/kitchen")).tickets.filter((t) => t.items.some((i) => i.state !== "ready"));
const numberOf = async (order) => (await stage.get(`/sessions/${order.session}`)).orders.find((o) => o.id === order.order).number;

/** A guest orders with the phone; one in three gets two dishes. */
async function order(i) {
  const k = await table();
  const placed = await orderAt(stage.house, stage.menu, k, { covers: 1, from: i, dishes: 1 + Number(i % 3 === 0), name: `客人 ${i + 1}`, only: (d) => SOLD.includes(d.code) });
  orders.push({ ...placed, number: await numberOf(placed) });
  return orders.at(-1);
}

/** Half of them pay with their phones, half with cash. */
async function pay(i, placed) {
  if (i % 2 === 0) return payInWallet(stage.house, placed);
  const body = { tender: newId(), amount: placed.total, received: placed.total, order: placed.order };
  return stage.post(`/sessions/${placed.session}/cash`, body, cashier);
}

/** All that is still to be cooked is ready, by the codes on the slips. */
async function bumpAll() {
  for (const { slip_code } of await tickets()) await stage.post(`/kitchen/slips/${slip_code}/bump`);
}

stage.walk("nothing is cooked before it is paid; the cashier takes the first guest's cash", async () => {
  const first = await order(0);
  assert.match(first.number, /^[A-Z]\d{3}$/);
  assert.deepEqual(await tickets(), [], "an unpaid order is not the kitchen's");
  await till.openTill({ name: "K1" });
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  await wall.page.locator(".pcol-preparing li").filter({ hasText: first.number }).waitFor();
  assert.equal((await tickets())[0].number, first.number);
});

stage.walk("fifty numbers in waves: the stove works by dish, by scan and by tap", async () => {
  for (let wave = 0; wave < NUMBERS / WAVE; wave++) {
    const from = orders.length;
    await Promise.all(Array.from({ length: WAVE * (wave + 1) - from }, (_, i) => order(from + i).then((placed) => pay(from + i, placed))));
    await until(async () => (await tickets()).flatMap((t) => t.items).every((i) => i.state !== "sent"));
    if (wave === 0) await byDish();
    if (wave === 1) await byScan();
    if (from + WAVE < NUMBERS) await bumpAll();
  }
  assert.equal(orders.length, NUMBERS);
  assert.equal(new Set(orders.map((o) => o.number)).size, NUMBERS, "every number is another one");
  await wall.page.locator(".pcol-ready li").first().waitFor();
  await wall.picture("pickup-fifty");
});

/** One dish for all tables at once, on the board of dishes. */
async function byDish() {
  const card = kitchen.page.locator(".batch").filter({ hasText: "番茄炒蛋" });
  await kitchen.picture("kitchen-batch");
  await kitchen.press(card.locator(".step-start"));
  await kitchen.press(card.locator(".step-ready"));
  await card.waitFor({ state: "detached" });
}

/** Slips held under a scanner, as from the paper of the cold kitchen. */
async function byScan() {
  const open = (await tickets()).filter((t) => t.station === "cold").slice(0, 3);
  assert.ok(open.length > 0, "something cold is cooking");
  for (const { slip_code, number } of open) {
    await until(async () => (await slipsOf(stage.house, "kitchen")).some((text) => text.includes(slip_code) && text.includes(number)));
    await kitchen.scan(slip_code);
    await kitchen.reads(".undo", `扫码出餐：${number}`);
    await until(async () => !(await tickets()).some((t) => t.slip_code === slip_code));
  }
  await kitchen.scan("dd000000000000.cold");
  await kitchen.reads(".undo-bad", "不认识的单");
}

stage.walk("each number is shown and called exactly once", async () => {
  await bumpAll();
  const wanted = orders.map((o) => `请${o.number}号取餐`);
  await until(async () => {
    const said = new Set(await heard(wall));
    return wanted.every((words) => said.has(words));
  }, 90_000);
  const said = (await heard(wall)).filter((words) => words.endsWith("号取餐"));
  assert.deepEqual([...said].sort(), [...wanted].sort());
  await wall.reads(".pcol-ready h1", String(NUMBERS));
  const shown = new Set();
  await until(async () => {
    for (const number of await wall.page.locator(".pcol-ready li b").allInnerTexts()) shown.add(number.trim());
    return shown.size === NUMBERS;
  }, 60_000);
  assert.deepEqual([...shown].sort(), orders.map((o) => o.number).sort());
});

stage.walk("one is called again, then all are collected, and the day ends with nothing left", async () => {
  const [{ number }] = orders;
  await till.tab("取餐");
  const row = till.page.locator(".readyrow").filter({ hasText: number });
  await till.picture("floor-pickup");
  await row.getByRole("button", { name: "再叫一次" }).click();
  await until(async () => (await heard(wall)).filter((words) => words === `请${number}号取餐`).length === 2);
  await row.getByRole("button", { name: "已取走" }).click();
  await row.waitFor({ state: "detached" });
  for (const { order } of orders.slice(1)) await stage.post(`/pickup/${order}/collected`);
  await wall.page.locator(".pcol-ready li").first().waitFor({ state: "detached" });
  assert.deepEqual((await stage.get("/day")).open, []);
  await till.closeDay();
  const journal = await journalOf(stage);
  assert.equal(checkDishes(journal).voided, 0);
  assert.ok(checkPaper(journal, [...(await slipsOf(stage.house, "kitchen")), ...(await slipsOf(stage.house, "till"))], "cold") > 0);
  await stage.house.stop();
  const said = await stage.house.verify();
  assert.equal(said.filter((line) => line.includes("follow one from the other")).length, 3, said.join("\n"));
});
