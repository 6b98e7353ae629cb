/** A whole evening: six tables, three waiters, two kitchen screens, a till, a printer that runs out of paper, and nothing lost. */
import assert from "node:assert/strict";
import { orderAt, until } from "./busy.mjs";
import { checkDishes, checkPaper } from "./kept.mjs";
import { journalOf, leaveTable, payCash, serveAll } from "./meanwhile.mjs";
import { printerFault, putPaper, slipsOf } from "./paper.mjs";
import { Screen } from "./people.mjs";
import { openStage } from "./stage.mjs";
import { Till, wallet } from "./till.mjs";
import { Waiter } from "./waiter.mjs";

const FLOAT = 50_000;
let wang, li, fang, lead, hot, all, till, pass, parties;

const stage = openStage(async () => {
  const { house } = stage;
  await stage.post("/people/fang", { name: "小芳", role: "waiter", pin: "1103" }, await stage.tokenOf("owner"));
});
const card = (name) => (name === "小芳" ? { name, pin: "1103" } : stage.house.facts.staff.find((s) => s.name === name));


/** What the diners at the other tables order with their phones, by number. */
const THEIRS = { A4: ["101", "402", "811"], A5: ["103", "204", "1017"], A6: ["106", "405", "408"] };

async function scanAndOrder(name) {
  const table = await stage.table(name);
  const codes = THEIRS[name];
  return orderAt(stage.house, stage.menu, table, { covers: 2, from: 0, dishes: codes.length, name: `${name} 的客人`, only: (d) => codes.includes(d.code) });
}

/** Four guests take a number, are called, and get the table that is free. */
async function fromTheQueue() {
  await till.tab("排队");
  await till.page.getByRole("button", { name: "取号", exact: true }).click();
  await till.page.locator(".sheet .covers button").nth(3).click();
  await till.tap(".sheet .primary.big:enabled");
  const number = (await till.see(".takennumber").innerText()).trim();
  await till.tap(".sheet .primary.big");
  await till.page.locator(".waitrow").getByRole("button", { name: "叫号" }).click();
  await till.page.locator(".waitrow-called").waitFor();
  await till.picture("queue");
  await till.tab("桌台");
  await fang.atTable("A3");
  await fang.page.locator(".owait button").filter({ hasText: number }).click();
  await fang.see(".ptake").waitFor();
}

/** The manager leaves the pass for a look at what the printers say. */
async function lookAtPrinters() {
  await pass.page.evaluate(() => (location.hash = "#/manage"));
  await pass.page.locator(".mnav").getByRole("button", { name: "打印机" }).click();
  await pass.reads(".printer-bad", "厨房打印机");
  await pass.reads(".printer-bad", "缺纸");
  await pass.picture("printers");
  await pass.page.evaluate(() => (location.hash = "#/expo"));
}

const printed = async () => [...(await slipsOf(stage.house, "kitchen")), ...(await slipsOf(stage.house, "till"))];
const jobs = () => stage.get("/print");

stage.walk("everybody comes to work: two cooks, three waiters, the lead, the cashier, the manager at the pass", async () => {
  const { browser } = stage;
  [hot, all, wang, li, fang, lead, till, pass] = await Promise.all([
    stage.enter(Screen.come(browser, "dinner-hot", 1280, 800), card("陈师傅")),
    stage.enter(Screen.come(browser, "dinner-all", 1920, 1080), card("刘师傅")),
    stage.enter(Waiter.come(browser, "dinner-wang"), card("小王")),
    stage.enter(Waiter.come(browser, "dinner-li"), card("小李")),
    stage.enter(Waiter.come(browser, "dinner-fang"), card("小芳")),
    stage.enter(Waiter.come(browser, "dinner-lead"), card("孙领班"), "前厅"),
    stage.enter(Till.come(browser, "dinner-till"), card("赵姐")),
    stage.enter(Screen.come(browser, "dinner-pass"), card("周经理"), "传菜"),
  ]);
  await hot.page.locator(".kbar select").selectOption("hot");
  await all.see(".kempty").waitFor();
  await till.see(".table").waitFor();
});

stage.walk("the cashier counts the float and opens a shift", async () => {
  await till.tab("班次");
  await till.page.getByRole("button", { name: "开班", exact: true }).click();
  await till.types("500");
  await till.tap(".sheet .primary.big:enabled");
  await till.reads(".shiftcard", "¥500.00");
  const [shift] = await stage.get("/shifts");
  assert.equal(shift.float, FLOAT);
  await till.tab("桌台");
});

stage.walk("a waiter seats a party and orders by number: a fish by weight, a course held back", async () => {
  await wang.openTable("A1", 4);
  await wang.startOrder("A1");
  for (const code of ["107", "205", "106", "405"]) await wang.dish(code);
  await wang.dish("302");
  await wang.choose("清蒸", "600");
  await wang.picture("waiter-order");
  await wang.showList();
  await wang.editLine("糖醋里脊", ["第几道", "2"], [null, "叫起"]);
  await wang.editLine("凉拌木耳", ["第几道", "2"], [null, "叫起"]);
  await wang.picture("waiter-list");
  await wang.send();
  await wang.line("糖醋里脊").filter({ hasText: "叫起" }).waitFor();
  await wang.line("番茄炒蛋").filter({ hasText: /新|已看见|厨房/ }).waitFor();
  const { orders } = await stage.party("A1");
  assert.deepEqual(orders[0].lines.filter((l) => l.held !== null).map((l) => [l.name.zh, l.course]), [["糖醋里脊", 2], ["凉拌木耳", 2]]);
});

stage.walk("the other parties sit down; the printer of the cold kitchen runs out of paper in the middle of a slip", async () => {
  await li.openTable("A2", 2);
  await li.startOrder("A2");
  for (const code of ["101", "208", "801"]) await li.dish(code);
  await li.send();
  await until(async () => (await printed()).length >= 2);
  await printerFault(stage.house, "kitchen", { paper_out_after_rows: 120 });
  await fromTheQueue();
  await fang.startOrder("A3");
  for (const code of ["104", "207", "407"]) await fang.dish(code);
  await fang.send();
  for (const name of Object.keys(THEIRS)) await scanAndOrder(name);
  await until(async () => (await stage.get("/printers")).find((p) => p.id === "kitchen").state === "paper_out");
  await lookAtPrinters();
  await putPaper(stage.house, "kitchen");
  await until(async () => (await jobs()).every((j) => j.state === "confirmed"), 30_000);
  await all.picture("kitchen-evening");
  await till.picture("floor-plan");
});

stage.walk("a dish is urged, a fish is weighed, the stove and the pass work from their screens", async () => {
  await wang.atTable("A1");
  await wang.lineAct("番茄炒蛋", "催菜");
  await wang.line("番茄炒蛋").filter({ hasText: "催" }).waitFor();
  await hot.press(".rush");
  await until(async () => {
    await hot.tap(".step-weigh");
    return hot.page.locator(".weigh-go").isVisible();
  });
  for (const digit of "643") await hot.page.locator(".side .pad").getByRole("button", { name: digit, exact: true }).click();
  await hot.tap(".weigh-go:enabled");
  await until(async () => (await stage.party("A1")).orders[0].lines.some((l) => l.dish === stage.dish("302").id && l.weight_g === 643 && !l.needs_weight));
  const ticket = hot.ticketOf("A1");
  await hot.picture("kitchen-hot");
  await hot.tapAll(ticket, "start");
  await hot.tapAll(ticket, "ready");
  await wang.line("番茄炒蛋").locator(".primary").click();
  await wang.line("番茄炒蛋").filter({ hasText: "已上" }).waitFor();
});

stage.walk("before it is fired a dish is taken off by one person; after, only by two", async () => {
  await wang.lineAct("凉拌木耳", "退菜");
  await wang.reads(".sheet", "不用授权");
  await wang.because("客人不要了");
  await wang.page.locator(".line-voided").filter({ hasText: "凉拌木耳" }).waitFor();

  await li.atTable("A2");
  await li.lineAct("辣子鸡", "退菜");
  await li.because("客人不要了");
  await li.reads(".sheet", "谁来授权？");
  await li.picture("waiter-second-person");
  await li.secondPerson(card("孙领班"));
  await li.page.locator(".line-voided").filter({ hasText: "辣子鸡" }).waitFor();
  await hot.press(".step-void");
  const { orders } = await stage.party("A2");
  assert.equal(orders[0].lines.find((l) => l.dish === stage.dish("208").id).state, "voided");
});

stage.walk("the second course is fired; a wrong dish is made again, with its cause", async () => {
  await wang.tap(".firebar .fire");
  await hot.ticketOf("A1").filter({ hasText: "糖醋里脊" }).first().waitFor();
  await hot.tapAll(hot.ticketOf("A1"), "start");
  await hot.tapAll(hot.ticketOf("A1"), "ready");
  await hot.page.locator(".kbar").getByRole("button", { name: "刚出的菜" }).click();
  await hot.page.locator(".side-recall li").filter({ hasText: "糖醋里脊" }).getByRole("button", { name: "重做" }).click();
  await hot.page.locator(".causes").getByRole("button", { name: "做错菜" }).click();
  await hot.tap(".remake .primary");
  await hot.page.locator(".imark-again").first().waitFor();
  await hot.picture("kitchen-remake");
  await hot.tapAll(hot.ticketOf("A1"), "start");
  await hot.tapAll(hot.ticketOf("A1"), "ready");
});

stage.walk("two parties become one, a dish moves to another bill", async () => {
  await fang.atTable("A3");
  await fang.menuAct("并台");
  await fang.pickTable("A4");
  await fang.sheetGone();
  await fang.reads(".pwho", "已并入");
  await li.atTable("A5");
  await li.menuAct("转菜");
  await li.page.locator(".movelist button").filter({ hasText: "桂花糕" }).click();
  await li.pickTable("A6");
  await li.sheetGone();
  const names = (await stage.party("A6")).orders.flatMap((o) => o.lines).map((l) => l.name.zh);
  assert.ok(names.includes("桂花糕"), `A6 has ${names.join(", ")}`);
});

stage.walk("a dish is given away; a discount beyond what a waiter may is granted on the lead's own phone", async () => {
  await lead.atTable("A3");
  await lead.lineAct("干锅花菜", "赠菜");
  await lead.because("上菜太慢");
  await lead.secondPerson(card("周经理"));
  await lead.page.locator(".line-comped").filter({ hasText: "干锅花菜" }).waitFor();
  await lead.tap(".phead .ghost");

  await fang.menuAct("折扣");
  await fang.page.locator(".sheet .reasons").first().getByRole("button", { name: "9 折" }).click();
  await fang.because("老客户");
  await fang.page.locator(".sheet").getByRole("button", { name: "发到领班的设备上" }).click();
  await lead.reads(".banner-approve", "整单折扣");
  await lead.picture("lead-approval");
  await lead.tap(".banner-approve .primary");
  await lead.page.locator(".banner-approve").waitFor({ state: "detached" });
  const { check } = await until(async () => {
    const party = await stage.party("A3");
    return party.check.discount > 0 ? party : null;
  });
  assert.deepEqual(check.discounted, { percent: 1000 });
});

stage.walk("all is cooked and carried out; the pass sends a whole course", async () => {
  const { sessions } = await stage.table("A3");
  await serveAll(stage, sessions[0].id, { pass: true });
  const card = pass.page.locator(".etable").filter({ hasText: "A3" });
  await card.locator(".eserve").waitFor();
  await pass.picture("expo");
  await card.locator(".eserve").click();
  await card.waitFor({ state: "detached" });
  for (const name of ["A1", "A2", "A5", "A6"]) await serveAll(stage, (await stage.party(name)).id);
  await pass.see(".kempty").waitFor();
  await all.see(".kempty").waitFor();
  await hot.see(".kempty").waitFor();
  await wang.picture("waiter-party");
});

stage.walk("six parties pay: cash, a scanned wallet, one check split and paid apart", async () => {
  await till.openTill({ name: "A1" });
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  await till.leave();

  await till.openTill({ name: "A3" });
  await till.tap(".split-tools button");
  await till.page.locator(".covers button").first().click();
  await till.tap(".take");
  await till.page.locator(".tbill .tshare").first().click();
  await till.scan(wallet.pays);
  await till.says("paid");
  await till.goOn();
  await till.pays("cash");
  await till.page.locator(".quick button").first().click();
  await till.tap(".take");
  await till.says("paid");
  await till.goOn();
  await till.leave();
  const { check } = await stage.party("A3");
  assert.deepEqual([check.due, check.tenders.map((t) => t.way), check.shares.map((s) => s.unpaid)], [0, ["wechat_code", "cash"], [0, 0]]);

  const cashier = await stage.tokenOf("cashier");
  for (const name of ["A2", "A6"]) await payCash(stage, (await stage.party(name)).id, cashier);
  await till.openTill({ name: "A5" });
  await till.scan(wallet.paysToo);
  await till.says("paid");
  await till.goOn();
  await till.leave();
});

stage.walk("the tables are left and cleaned", async () => {
  const sessions = new Set((await stage.get("/floor")).tables.flatMap((t) => t.sessions.map((s) => s.id)));
  parties = await Promise.all([...sessions].map((id) => stage.get(`/sessions/${id}`)));
  await wang.tap(".close-table:enabled");
  await wang.tap(".sheet .primary");
  await wang.reads(".opener", "还没收拾");
  await wang.tap(".opener .primary");
  await wang.see(".opener .covers").waitFor();
  const left = (await stage.get("/floor")).tables.flatMap((t) => t.sessions);
  for (const id of new Set(left.map((s) => s.id))) await leaveTable(stage, id);
  const { tables } = await stage.get("/floor");
  assert.ok(tables.every((t) => t.state === "free" && t.sessions.length === 0));
});

stage.walk("the drawer is counted blind, and not a fen is missing", async () => {
  const cash = parties.flatMap((p) => p.check.tenders).filter((t) => t.way === "cash");
  const inside = FLOAT + cash.reduce((sum, t) => sum + t.amount - t.rounded_off, 0);
  await till.tab("班次");
  await till.page.getByRole("button", { name: "盘点交班" }).click();
  await till.page.locator(".segments").getByRole("button", { name: "直接填总数" }).click();
  await till.types((inside / 100).toFixed(2));
  await till.picture("shift-count");
  await till.tap(".sheet .primary.big:enabled");
  await till.tap(".sheet .danger.big");
  await till.reads(".sheet", "一分不差");
  await till.picture("shift-closed");
  const [{ closed }] = await stage.get("/shifts");
  assert.deepEqual([closed.counted, closed.over, closed.figures.expected], [inside, 0, inside]);
});

stage.walk("the day ends with nothing to sign for, and the journal proves it", async () => {
  const { open } = await stage.get("/day");
  assert.deepEqual(open, [], "nothing is left over");
  await pass.page.locator(".kmenu summary").click();
  await pass.page.locator(".kmenu").getByRole("button", { name: "前厅" }).click();
  await pass.closeDay("day-close");
  const journal = await journalOf(stage);
  assert.deepEqual(checkDishes(journal), { ordered: 20, voided: 2, remade: 1 });
  assert.equal(checkPaper(journal, await printed(), "cold"), 6);
  await stage.house.stop();
  const said = await stage.house.verify();
  assert.equal(said.filter((line) => line.includes("follow one from the other")).length, 3, said.join("\n"));
});
