/**
 * Head office's page on a real cloud: a brand with a region and three stores, one of them with a box that is cut off. Somebody signs in,
 * builds the tree, uploads a menu, publishes it, puts people and devices in place, and reads what was done.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BOX, Chain, STORES } from "./chain.mjs";
import { Person, openBrowser } from "./people.mjs";

const limit = { timeout: 180_000 };
const DESK = { viewport: { width: 1920, height: 1080 } };
const PHONE = { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2 };
const NAMES = ["老王面馆·南京路店", "老王面馆·徐家汇店"];
const BOX_NAME = "老王面馆·西湖店";
/** As long as a box's lease, and then some. */
const CUT_OFF_MS = 20_000;
let chain, browser, brand, token, lin, codes, demoMenu;
const people = [];

class Officer extends Person {
  static async come(name, options) {
    const officer = await super.come(browser, name, options);
    people.push(officer);
    return officer;
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  async press(name) {
    await this.button(name).click();
  }

  async signIn(secret) {
    await this.page.getByLabel("访问口令").fill(secret);
    await this.press("进入");
  }

  /** A unit's tab, by the tree. */
  async show(unit, tab) {
    await this.page.locator(".treelink").filter({ hasText: unit }).first().click();
    await this.page.locator(".tabs a").filter({ hasText: tab }).click();
  }

  /** Answers the question that comes before something reaches stores. */
  async confirm(yes, stores) {
    const sheet = this.page.getByRole("dialog");
    await sheet.locator(".reach").getByText(`影响 ${stores} 家门店`).waitFor();
    await sheet.getByRole("button", { name: yes, exact: true }).click();
    await sheet.waitFor({ state: "detached" });
  }

  async isAsWideAsItsWindow() {
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(over, 0, "the page is wider than its window");
  }
}

/** A part of the day; what everybody saw when it fails stays in target/browser-failures. */
function walk(name, steps) {
  test(name, limit, async () => {
    try {
      await steps();
      assert.deepEqual(people.flatMap((person) => person.errors), []);
    } catch (error) {
      for (const person of people) await person.keepPicture();
      throw error;
    }
  });
}

async function ask(path, secret = token) {
  const answer = await fetch(`${chain.url}/office/v1${path}`, { headers: { Authorization: `Bearer ${secret}` } });
  return answer.json();
}

/** Waits for what a store or head office comes to say. */
async function until(what, holds) {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(200)) {
    const value = await holds();
    if (value) return value;
  }
  throw new Error(`in vain: ${what}`);
}

const unitOf = async (name) => (await ask("/units")).find((unit) => unit.name === name);

before(async () => {
  demoMenu = await readFile(resolve(import.meta.dirname, "../../demo/menu.csv"), "utf8");
  chain = await Chain.open();
  codes = [await chain.addStore(STORES[0], NAMES[0]), await chain.addStore(STORES[1], NAMES[1])];
  brand = JSON.parse(await chain.cloud("brand", "--name", "老王面馆")).brand;
  for (const store of [...STORES, BOX]) await chain.cloud("assign", "--store", store, "--brand", brand);
  token = await chain.cloud("office-token", "--unit", brand, "--name", "林总监");
  await chain.serve();
  await chain.openBox();
  browser = await openBrowser();
}, limit);

after(async () => {
  await browser?.close();
  if (chain) assert.deepEqual(await chain.close(), []);
}, limit);

walk("whoever has no good token sees nothing; with one, an empty brand", async () => {
  lin = await Officer.come("林总监", DESK);
  await lin.page.goto(`${chain.url}/office/`);
  await lin.signIn("dho_made-up");
  await lin.page.getByText("口令不对").waitFor();
  await lin.signIn(token);
  await lin.reads(".treelink", "老王面馆");
  await lin.reads(".empty", "这里还没有门店");
  const kept = await lin.page.evaluate(() => [Object.values(sessionStorage), JSON.stringify(localStorage)]);
  assert.ok(kept[0].includes(token) && !kept[1].includes(token), "the token lives as long as the tab");
});

walk("the tree is built on the page, and says how each store stands", async () => {
  await lin.press("加区域");
  await lin.page.getByLabel("名称").fill("华东");
  await lin.press("保存");
  await lin.page.locator(".treelink").filter({ hasText: "华东" }).click();
  for (const [name, store] of [[NAMES[0], STORES[0]], [NAMES[1], STORES[1]], [BOX_NAME, BOX]]) {
    await lin.press("加门店");
    await lin.page.getByLabel("名称").fill(name);
    await lin.page.getByLabel("门店编号").fill(store);
    await lin.press("下一步");
    await lin.page.getByRole("dialog").getByText(store).waitFor();
    await lin.press("保存");
    await lin.reads(".treelink", name);
  }
  for (const name of [...NAMES, BOX_NAME]) await lin.page.locator(".treelink").filter({ hasText: name }).getByText("在线").waitFor();
  await chain.cutOff();
  await lin.page.locator(".treelink").filter({ hasText: BOX_NAME }).getByText("起断开").waitFor({ timeout: CUT_OFF_MS });
});

walk("a faulty menu is refused row by row; a good one becomes a version", async () => {
  await lin.page.locator(".bar nav").getByText("菜单库").click();
  await lin.press("上传菜单");
  const file = lin.page.locator('input[type="file"]');
  const faulty = demoMenu.replace(/^(dish,(?:[^,\n]*,){6})\d+,/m, (_, before) => `${before}38.005,`);
  assert.notEqual(faulty, demoMenu);
  await file.setInputFiles({ name: "菜单.csv", mimeType: "text/csv", buffer: Buffer.from(faulty) });
  await lin.press("检查并保存");
  await lin.page.locator(".faults").getByText("38.005").waitFor();
  await lin.page.locator(".faults").getByText(/第 \d+ 行/).first().waitFor();
  await file.setInputFiles({ name: "菜单.csv", mimeType: "text/csv", buffer: Buffer.from(demoMenu) });
  await lin.page.getByLabel("说明").fill("冬季菜单");
  await lin.press("检查并保存");
  await lin.page.getByRole("dialog").waitFor({ state: "detached" });
  await lin.page.locator(".list a.row").filter({ hasText: "冬季菜单" }).click();
  await lin.reads("h1", "第 1 版");
  await lin.reads(".dishes li", /¥\d/);
});

walk("published to a region it reaches the stores that are there; the one cut off is told about", async () => {
  await lin.page.locator(".bar nav").getByText("门店").click();
  await lin.show("华东", "菜单");
  await lin.press("发布菜单");
  await lin.page.getByLabel("允许门店改价格").check();
  await lin.press("下一步");
  await lin.page.getByText("其中 1 家现在断开").waitFor();
  await lin.confirm("确定发布", 3);
  await lin.reads(".list .row", "第 1 版");
  for (const [i, store] of STORES.entries()) {
    await until(`${store} follows`, async () => (await unitOf(NAMES[i])).state.directive.followed >= 1);
    const device = (await chain.call(store, "POST", "/devices/pair", null, { code: codes[i], name: "walk" })).body.token;
    codes[i] = device;
  }
  await lin.show("华东", "概况");
  await lin.page.locator(".storelist li").filter({ hasText: NAMES[0] }).getByText("已跟上总部").waitFor();
  await lin.page.locator(".storelist li").filter({ hasText: BOX_NAME }).getByText("还没送到").waitFor();
  await lin.page.locator(".notices button").click();
  await lin.page.setViewportSize({ width: 1280, height: 800 });
  await lin.isAsWideAsItsWindow();
  await lin.picture("office");
  await lin.page.setViewportSize(DESK.viewport);
});

walk("a planned menu shows the store's time and can be taken back", async () => {
  await lin.show("华东", "菜单");
  await lin.press("发布菜单");
  await lin.press("定时");
  const when = lin.page.getByLabel("什么时候上架");
  await when.fill("2020-01-01T08:00");
  await lin.page.getByText("时间已过").waitFor();
  assert.ok(await lin.button("下一步").isDisabled());
  await when.fill("2099-12-01T09:30");
  await lin.press("下一步");
  await lin.page.getByText("2099-12-01 09:30（UTC+8）上架第 1 版？").waitFor();
  await lin.confirm("确定发布", 3);
  await lin.reads(".list .row", "2099-12-01 09:30");
  await lin.press("撤回计划");
  await lin.confirm("确定撤回", 3);
  await lin.reads(".empty", "没有计划中的菜单");
});

walk("somebody put at the region signs in at its stores, until they have left", async () => {
  await lin.show("华东", "员工");
  await lin.press("加员工");
  await lin.page.getByLabel("姓名").fill("陈督导");
  await lin.press("经理");
  await lin.page.getByLabel("密码（4 到 8 位数字）").fill("2468");
  await lin.page.getByLabel("再输一遍").fill("2469");
  await lin.page.getByText("两次输入不一样").waitFor();
  await lin.page.getByLabel("再输一遍").fill("2468");
  await lin.press("下一步");
  await lin.confirm("确定", 3);
  await lin.reads(".list .row", "陈督导");
  const [chen] = await ask(`/units/${(await unitOf("华东")).id}/people`);
  const signIn = (i) => chain.call(STORES[i], "POST", "/staff/sign-in", codes[i], { staff: chen.id, pin: "2468" });
  for (const i of STORES.keys()) await until(`陈督导 signs in at ${NAMES[i]}`, async () => (await signIn(i)).status === 200);
  await lin.press("修改 陈督导");
  await lin.press("离职");
  await lin.confirm("确定离职", 3);
  await lin.reads(".empty", "总部没有在这里安排员工");
  await until("陈督导 is let in no more", async () => (await signIn(0)).status === 401);
});

walk("a device's key is shown once", async () => {
  await lin.show("华东", "设备");
  await lin.press("加设备");
  await lin.page.getByLabel("设备名称").fill("巡店平板 1");
  await lin.press("下一步");
  await lin.page.getByRole("dialog").getByRole("button", { name: "确定", exact: true }).click();
  const key = JSON.parse(await lin.page.locator(".key").textContent()).key;
  assert.match(key, /^dhd_/);
  await lin.press("我已保存");
  await lin.reads(".list .row", "巡店平板 1");
  assert.ok(!(await lin.page.content()).includes(key));
  await lin.press("停用 巡店平板 1");
  await lin.confirm("确定停用", 3);
});

walk("stores are compared, and what was done stands in sentences", async () => {
  await lin.show("老王面馆", "对比");
  await lin.press("近 7 天");
  await lin.page.locator(".compare, .empty").first().waitFor();
  await lin.show("华东", "操作记录");
  for (const sentence of ["发布第 1 版", "撤回原定 2099-12-01 09:30 上架的第 1 版", "设置经理“陈督导”，换了密码", "“陈督导”离职", "停用设备“巡店平板 1”"]) await lin.reads(".actlist li", sentence);
});

walk("a region's own token sees its region, and may upload nothing", async () => {
  const region = (await unitOf("华东")).id;
  const zhou = await Officer.come("周区域", PHONE);
  await zhou.page.goto(`${chain.url}/office/`);
  await zhou.signIn(await chain.cloud("office-token", "--unit", region, "--name", "周区域"));
  await zhou.reads(".treelink", "华东");
  assert.equal(await zhou.page.locator(".treelink-brand").count(), 0);
  await zhou.isAsWideAsItsWindow();
  await zhou.show("华东", "菜单");
  await zhou.isAsWideAsItsWindow();
  await zhou.page.locator(".bar nav").getByText("菜单库").click();
  await zhou.reads("p", "上传由品牌总部做");
  assert.equal(await zhou.button("上传菜单").count(), 0);
  await zhou.press("English");
  await zhou.reads("h1", "Menus");
  await zhou.context.close();
});

walk("while the node is away the page shows what it read, and since when", async () => {
  await lin.show("华东", "概况");
  await chain.stopNode();
  await lin.reads(".warnline", /连不上节点。下面是 \d\d:\d\d 读到的/);
  await lin.reads(".storelist li", NAMES[0]);
});
