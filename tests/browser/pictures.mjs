/**
 * Takes the guide's pictures: a demo house, a busy evening over HTTP, and the staff's real pages at their real sizes. Not a test.
 *
 *     cd tests/browser && npm ci && node pictures.mjs            # all of them, about fifteen minutes: dishes grow late in real time
 *     cd tests/browser && MINUTES=0 node pictures.mjs expo till  # only pictures whose name contains one of the words, without the wait
 *
 * It needs the built program (target/debug/dandan, or the one DANDAN names) and the built staff app (apps/staff/dist). The pictures go to
 * docs/screenshots/guide-*.png, with a palette of 256 colours. Look at each before it is committed.
 */
import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Evening } from "./evening.mjs";
import { openHouse } from "./house.mjs";
import { shrink } from "./palette.mjs";
import { Person, Screen, listen, openBrowser } from "./people.mjs";
import { Till } from "./till.mjs";
import { Waiter } from "./waiter.mjs";

const folder = resolve(import.meta.dirname, "../../docs/screenshots");
const words = process.argv.slice(2);
const wanted = (name) => words.length === 0 || words.some((w) => name.includes(w));
const MINUTES = Number(process.env.MINUTES ?? 10);
const PHONE = { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2 };
const DESK = { viewport: { width: 1280, height: 800 } };
const WALL = { viewport: { width: 1920, height: 1080 } };

const house = await openHouse();
const browser = await openBrowser();
const errors = [];
try {
  await takeAll(await Evening.begin(house));
} finally {
  await browser.close();
  await house.close();
}
if (errors.length > 0) throw new Error(`${errors.length} pictures are missing:\n${errors.join("\n")}`);

async function takeAll(evening) {
  await evening.early();
  await sleep(Math.max(0, MINUTES - 4) * 60_000);
  await series(["waiter-trouble"], () => trouble(evening));
  await evening.late();
  await evening.askApproval();
  for (const [names, take] of [
    [["kitchen", "kitchen-batch", "kitchen-remake", "kitchen-stations"], kitchen],
    [["pickup"], pickup],
    [["waiter-plan", "waiter-plan-en", "waiter-urgent", "waiter-table", "waiter-line", "waiter-order", "waiter-list", "waiter-approve", "waiter-unsent"], waiter],
    [["expo", "expo-remake"], expo],
    [["till-floor", "till-cash", "shift", "shift-cash"], till],
    [["queue", "queue-take", "queue-seat"], queue],
    [["approvals", "day", "sign", "timeline"], lead],
    [["manage-printers", "manage-slips", "manage-people", "manage-roles", "manage-devices", "manage-stations", "manage-audit", "manage-device"], manage],
    [["pair", "sign-in", "pin"], devices],
    [["shift-count", "shift-result"], closing],
  ])
    await series(names, () => take(evening));
}

/** One page's pictures; when one fails the others are still taken. */
async function series(names, take) {
  if (words.length > 0 && !names.some(wanted)) return;
  try {
    await take();
  } catch (error) {
    errors.push(`${names.join(", ")}: ${error.message.split("\n").slice(0, 6).join("\n")}`);
  }
}

async function shoot(person, name) {
  if (!wanted(name)) return;
  mkdirSync(folder, { recursive: true });
  await person.page.waitForTimeout(700);
  const small = shrink(await person.page.screenshot());
  await writeFile(`${folder}/guide-${name}.png`, small);
  console.log(`guide-${name}.png ${Math.round(small.length / 1024)} kB`);
}

/** A paired device with somebody signed in, as if both had happened before. */
async function enter(evening, Kind, options, device, name, page, settings = {}) {
  const card = house.facts.staff.find((s) => s.name === name);
  const paired = await evening.device(device);
  const signed = await house.call("POST", "/staff/sign-in", paired.token, { staff: card.id, pin: card.pin });
  const kept = { store: house.facts.store, device: { id: paired.device, token: paired.token, name: paired.name }, staff: { token: signed.token, card: signed.staff, expiresAt: signed.expires_at }, ...settings };
  const person = await Person.come.call(Kind, browser, device, options);
  await listen(person);
  await person.context.addInitScript((text) => localStorage.getItem("dandan.staff") ?? localStorage.setItem("dandan.staff", text), JSON.stringify(kept));
  await person.page.goto(`${house.url}/staff/#/${page}`);
  await person.page.locator(".voice-enable").click({ timeout: 2_000 }).catch(() => undefined);
  return person;
}

/** A station whose screen is off. */
async function trouble(evening) {
  await evening.darken();
  await evening.isStopped();
  const family = await evening.scan("B4", "周女士", 6);
  await evening.order(family.session, ["206", "402", ["801", { quantity: 3 }]], family.token);
  const wang = await enter(evening, Waiter, PHONE, "小王的手机", "小王", "floor");
  await wang.page.locator(".banner").first().waitFor();
  await shoot(wang, "waiter-trouble");
  await wang.context.close();
}

async function kitchen(evening) {
  const screen = await enter(evening, Screen, WALL, "热菜屏", "陈师傅", "kitchen");
  await screen.page.locator("[data-ticket]").first().waitFor();
  await shoot(screen, "kitchen");
  await screen.page.getByRole("button", { name: "同菜合并" }).click();
  await shoot(screen, "kitchen-batch");
  await screen.page.getByRole("button", { name: "按单" }).click();
  await screen.page.getByRole("button", { name: /刚出的菜/ }).click();
  await screen.page.locator(".side").getByRole("button", { name: "重做" }).first().click();
  await shoot(screen, "kitchen-remake");
  await evening.post("/stations/bar/close", {}, evening.cook).catch(() => undefined);
  await screen.page.reload();
  await screen.page.locator(".ksub").getByRole("button", { name: /档口/ }).click();
  await shoot(screen, "kitchen-stations");
  await evening.post("/stations/bar/open", {}, evening.cook).catch(() => undefined);
  await screen.context.close();
}

async function pickup(evening) {
  const wall = await enter(evening, Screen, WALL, "取餐屏", "赵姐", "pickup");
  await wall.page.locator(".pcol-ready").waitFor();
  await shoot(wall, "pickup");
  await wall.context.close();
}

async function waiter(evening) {
  const li = await enter(evening, Waiter, PHONE, "小李的手机", "小李", "floor");
  await li.page.locator(".table").first().waitFor();
  await shoot(li, "waiter-plan");
  await li.page.getByRole("button", { name: "English" }).first().click();
  await shoot(li, "waiter-plan-en");
  await li.page.getByRole("button", { name: "中文" }).first().click();
  await li.page.getByRole("button", { name: "急的在前" }).click();
  await li.page.locator(".planbar").evaluate((bar) => {
    const list = bar.closest(".flist");
    list.scrollTo(0, bar.offsetTop - list.offsetTop);
  });
  await shoot(li, "waiter-urgent");
  await li.context.close();
  const wang = await enter(evening, Waiter, PHONE, "小王的手机", "小王", "floor");
  await wang.atTable("B1");
  await wang.page.locator(".firebar").waitFor();
  await shoot(wang, "waiter-table");
  await wang.line("椒盐鱿鱼须").first().locator(".lopen").click();
  await shoot(wang, "waiter-line");
  await wang.page.keyboard.press("Escape");
  await wang.page.reload();
  await wang.startOrder("A3");
  await wang.dish("201");
  const chooser = wang.page.locator(".sheet");
  if (await chooser.isVisible().catch(() => false)) await wang.choose();
  await wang.page.keyboard.type("yxr");
  await shoot(wang, "waiter-order");
  for (let i = 0; i < 3; i++) await wang.page.keyboard.press("Backspace");
  for (const code of ["101", "409"]) await wang.dish(code);
  await wang.showList();
  // From here on everything belongs to the second course; it is held.
  await wang.page.locator(".dfor .dpick").first().getByRole("button", { name: "2", exact: true }).click();
  await wang.page.locator(".tswitch").click();
  for (const code of ["305", "810"]) await wang.dish(code);
  await wang.showList();
  const open = wang.page.locator(".dline-open .dhead");
  if (await open.isVisible()) await open.click();
  await wang.page.locator(".dall .ghost").filter({ hasText: "2" }).first().click();
  await wang.page.locator(".dlist").evaluate((list) => list.scrollTo(0, 0));
  await shoot(wang, "waiter-list");
  await wang.page.locator(".till-close").click();
  await wang.page.reload();
  await wang.atTable("A2");
  await wang.lineAct("麻婆豆腐", "退菜");
  await wang.because("等太久");
  await wang.page.locator(".approve-person").first().waitFor();
  await shoot(wang, "waiter-approve");
  await wang.page.reload();
  await wang.atTable("B1");
  await wang.page.locator(".firebar").waitFor();
  await wang.context.setOffline(true);
  await wang.page.locator(".firebar .fire").first().click();
  await wang.page.locator(".unsent-bar").waitFor();
  await wang.tap(".unsent-bar");
  await shoot(wang, "waiter-unsent");
  await wang.context.close();
}

async function expo(evening) {
  const pass = await enter(evening, Screen, DESK, "传菜台", "孙领班", "expo");
  await pass.page.locator(".etable").first().waitFor();
  await shoot(pass, "expo");
  await pass.page.locator(".etable").getByRole("button", { name: "重做" }).first().click();
  await shoot(pass, "expo-remake");
  await pass.context.close();
}

async function till(evening) {
  const zhao = await desk(evening, "赵姐", "floor");
  await zhao.openTable({ name: "A1" });
  await zhao.page.locator(".open-till").waitFor();
  await shoot(zhao, "till-floor");
  await zhao.tap(".open-till");
  await zhao.see(".till").waitFor();
  await zhao.pays("cash");
  await shoot(zhao, "till-cash");
  await zhao.page.reload();
  await zhao.tab("班次");
  await zhao.page.locator(".shiftcard").waitFor();
  await shoot(zhao, "shift");
  await zhao.page.getByRole("button", { name: "取出现金" }).click();
  await shoot(zhao, "shift-cash");
  await zhao.context.close();
}

/** At the till, whose shift is open. */
async function desk(evening, name, page) {
  return enter(evening, Till, DESK, "收银台", name, page);
}

async function queue(evening) {
  const host = await enter(evening, Waiter, { viewport: { width: 1024, height: 768 } }, "门口平板", "小李", "floor");
  await host.page.locator(".fbar nav button").filter({ hasText: "排队" }).click();
  await host.page.locator(".waitrow").first().waitFor();
  await shoot(host, "queue");
  await host.page.locator(".qcol-queue header .primary").click();
  await shoot(host, "queue-take");
  await host.page.reload();
  await host.page.locator(".fbar nav button").filter({ hasText: "排队" }).click();
  await host.page.locator(".waitrow").first().getByRole("button", { name: "入座" }).click();
  await shoot(host, "queue-seat");
  await host.context.close();
}

async function lead(evening) {
  const zhou = await desk(evening, "周经理", "floor");
  await zhou.page.locator(".banner-approve").waitFor();
  await shoot(zhou, "approvals");
  await zhou.openTable({ name: "B1" });
  await zhou.page.locator(".pbuttons").getByRole("button", { name: "更多", exact: true }).click();
  await zhou.page.locator(".tmenu").getByRole("button", { name: "经过", exact: true }).click();
  await shoot(zhou, "timeline");
  await zhou.page.reload();
  await zhou.tab("营业日");
  await zhou.page.locator(".daycols").waitFor();
  await shoot(zhou, "day");
  await zhou.page.locator(".dayhead .danger").click();
  await zhou.page.locator(".signlist").waitFor();
  await shoot(zhou, "sign");
  await zhou.context.close();
}

async function manage(evening) {
  await evening.paperOut();
  await sleep(8_000);
  const zhou = await desk(evening, "周经理", "manage");
  for (const [name, part] of [["printers", "打印机"], ["slips", "打印单"], ["stations", "档口"], ["people", "员工"], ["roles", "权限"], ["audit", "操作记录"], ["device", "本机"], ["devices", "设备"]]) {
    await zhou.page.locator(".mnav").getByRole("button", { name: part, exact: true }).click();
    if (part === "打印单") {
      await evening.coverOpen();
      await sleep(9_000);
    }
    if (part === "设备") await zhou.page.getByRole("button", { name: "配对新设备" }).click();
    await zhou.page.waitForTimeout(600);
    await shoot(zhou, `manage-${name}`);
  }
  await zhou.context.close();
}

async function devices(evening) {
  const { code } = await evening.post("/devices/pairing-codes");
  const phone = await Person.come.call(Screen, browser, "新手机", PHONE);
  await phone.page.goto(`${house.url}/staff/#/pair?store=${house.facts.store}&code=${encodeURIComponent(code)}`);
  await phone.page.locator(".code-input").waitFor();
  await phone.page.getByPlaceholder("例如：热菜屏 1").fill("小李的手机");
  await shoot(phone, "pair");
  await phone.page.getByRole("button", { name: "绑定", exact: true }).click();
  await phone.page.locator(".name-card").first().waitFor();
  await shoot(phone, "sign-in");
  await phone.page.getByRole("button", { name: "小李" }).click();
  await shoot(phone, "pin");
  await phone.context.close();
}

/** Last, because it ends the shift. */
async function closing(evening) {
  const zhao = await desk(evening, "赵姐", "floor");
  await zhao.tab("班次");
  await zhao.page.getByRole("button", { name: "盘点交班" }).click();
  const rows = zhao.page.locator(".countrow");
  for (const [i, count] of [[0, "8"], [1, "3"], [3, "4"], [4, "6"]]) {
    await rows.nth(i).click();
    await zhao.page.keyboard.type(count);
  }
  await shoot(zhao, "shift-count");
  await zhao.page.locator(".sheet .primary.big").click();
  await zhao.page.locator(".sheet .danger.big").click();
  await zhao.page.getByRole("button", { name: "打交班单" }).waitFor();
  await shoot(zhao, "shift-result");
  await zhao.context.close();
}
