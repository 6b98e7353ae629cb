/** A hot pot: broth first, what every guest has, plates that wait for the pot, a second round, half portions, seats that cost. */
import assert from "node:assert/strict";
import { until } from "./busy.mjs";
import { checkDishes, checkPaper } from "./kept.mjs";
import { journalOf, linesOf, serveAll } from "./meanwhile.mjs";
import { slipsOf } from "./paper.mjs";
import { Screen } from "./people.mjs";
import { openStage } from "./stage.mjs";
import { Till } from "./till.mjs";
import { Waiter } from "./waiter.mjs";

const COVERS = 3;
let waiter, hot, cold, till;

const stage = openStage(async () => {
  const { house, browser } = stage;
  const [chef, second] = house.facts.staff.filter((s) => s.role === "kitchen");
  [waiter, hot, cold, till] = await Promise.all([
    stage.enter(Waiter.come(browser, "hotpot-waiter"), house.staff("waiter")),
    stage.enter(Screen.come(browser, "hotpot-hot", 1280, 800), chef),
    stage.enter(Screen.come(browser, "hotpot-all", 1920, 1080), second),
    stage.enter(Till.come(browser, "hotpot-till"), house.staff("manager"), "前厅"),
  ]);
  await hot.page.locator(".kbar select").selectOption("hot");
  await cold.see(".kempty").waitFor();
  await till.see(".table").waitFor();
});

const party = () => stage.party("H1");
const stateOf = async (code) => linesOf(await party()).find((l) => l.dish === stage.dish(code).id);

stage.walk("what every guest has is written down already, and plates are refused without a broth", async () => {
  await waiter.openTable("H1", COVERS);
  await waiter.startOrder("H1");
  await waiter.reads(".tsoup", "火锅要先选锅底");
  await waiter.showList();
  const tableware = waiter.page.locator(".dline").filter({ hasText: "餐具" }).locator(".dqty");
  assert.match(await tableware.innerText(), new RegExp(`^${COVERS}`));
  await waiter.tap(".tswitch");
  // A dip must be chosen, so it is not written down unasked, but named with how many are missing.
  await waiter.page.locator(".tsoup button").filter({ hasText: `蘸料碟（位） ×${COVERS}` }).click();
  await waiter.choose("麻酱");
  await waiter.dish("703");
  await waiter.tap(".tsend:enabled");
  await waiter.reads(".sheet", "锅底");
  await waiter.page.locator(".sheet").getByRole("button", { name: "自己改" }).click();
  assert.deepEqual((await party()).orders, [], "nothing was ordered");
});

stage.walk("with the broth it goes: the pot is fired, the plates wait for it", async () => {
  await waiter.page.locator(".tsoup button").filter({ hasText: "鸳鸯锅" }).click();
  await waiter.choose("清汤", "牛油");
  await waiter.dish("702");
  await waiter.choose("半份");
  await waiter.showList();
  await waiter.picture("waiter-hotpot");
  await waiter.send();
  assert.equal((await stateOf("703")).held, "soup");
  assert.equal((await stateOf("702")).variant.zh, "半份");
  assert.equal((await stateOf("601")).held, null);
  await hot.ticketOf("H1").filter({ hasText: "鸳鸯锅" }).first().waitFor();
  assert.equal(await cold.page.locator("[data-item]").filter({ hasText: "鲜毛肚" }).count(), 0, "no plate is cut before the pot is on");
});

stage.walk("the pot is on the fire, and the plates are fired by themselves", async () => {
  await hot.tapAll(hot.ticketOf("H1"), "start");
  await until(async () => (await stateOf("703")).held === null && (await stateOf("702")).held === null);
  await cold.ticketOf("H1").filter({ hasText: "鲜毛肚" }).first().waitFor();
  await hot.tapAll(hot.ticketOf("H1"), "ready");
  await until(async () => linesOf(await party()).flatMap((l) => l.items).every((i) => i.state !== "sent"));
  await serveAll(stage, (await party()).id);
});

stage.walk("a second round needs no broth of its own; half portions cost half, a fish costs what it weighs", async () => {
  await waiter.startOrder("H1");
  assert.equal(await waiter.page.locator(".tsoup").count(), 0);
  await waiter.dish("705");
  await waiter.choose("半份");
  await waiter.dish("710");
  await waiter.dish("301");
  await waiter.choose("清蒸", "800");
  await waiter.send();
  await waiter.line("虾滑").filter({ hasText: "¥28.00" }).waitFor();
  await waiter.reads(".pfooter", "还没称重");
  await waiter.lineAct("鲜活草鱼", "称重");
  for (const digit of "815") await waiter.page.locator(".sheet .pad").getByRole("button", { name: digit, exact: true }).click();
  await waiter.tap(".sheet .primary.big:enabled");
  await waiter.sheetGone();
  const fish = await stateOf("301");
  assert.deepEqual([fish.weight_g, fish.needs_weight, fish.amount], [815, false, 4564]);
  await until(async () => linesOf(await party()).flatMap((l) => l.items).every((i) => i.state !== "sent"));
  await serveAll(stage, (await party()).id);
});

stage.walk("the seats are on the bill; it is paid and the table closed, and the day ends", async () => {
  const seated = await party();
  const { check } = seated;
  const eaten = linesOf(seated).reduce((sum, l) => sum + l.amount, 0);
  assert.deepEqual([check.seat_fee, check.total], [200 * COVERS, eaten + 200 * COVERS]);
  await till.openTable({ name: "H1" });
  await till.reads(".csum-seat_fee", "¥6.00");
  await till.picture("till-hotpot");
  await till.tap(".open-till");
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  await till.tap(".close-table:enabled");
  await till.tap(".sheet .primary");
  await till.reads(".opener", "还没收拾");
  await till.tap(".opener .primary");
  await till.see(".opener .covers").waitFor();
  await till.closeDay();
  const journal = await journalOf(stage);
  assert.deepEqual(checkDishes(journal), { ordered: 8, voided: 0, remade: 0 });
  assert.equal(checkPaper(journal, [...(await slipsOf(stage.house, "kitchen")), ...(await slipsOf(stage.house, "till"))], "cold"), 5);
  await stage.house.stop();
  const said = await stage.house.verify();
  assert.equal(said.filter((line) => line.includes("follow one from the other")).length, 3, said.join("\n"));
});
