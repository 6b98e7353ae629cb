/** A waiter with a phone: opens tables, takes orders, and does for a dish whatever a dish may need. */
import { Screen } from "./people.mjs";

/** A table on the plan. By its id, the name in small letters: where parties were merged a tile has both names. */
export const tile = (name) => `.table[data-table="${name.toLowerCase()}"]`;

export class Waiter extends Screen {
  static come(browser, name, width = 360, height = 780) {
    return super.come(browser, name, width, height);
  }

  /** On a phone a table's panel lies over the plan. */
  async atTable(name) {
    const back = this.page.locator(".phead .ghost:visible");
    if (await back.isVisible()) await back.click();
    await this.page.locator(tile(name)).click();
  }

  async openTable(name, covers) {
    await this.atTable(name);
    await this.page.locator(".opener .covers button").nth(covers - 1).click();
    await this.tap(".opener > .primary.big");
    await this.see(".ptake").waitFor();
  }

  /** Types a dish's number as on the page's own keys; Enter adds it. */
  async dish(code) {
    await this.page.keyboard.type(code);
    await this.see(".kenter:enabled").click();
  }

  async startOrder(name) {
    await this.atTable(name);
    await this.tap(".ptake");
    await this.see(".taking .finder").waitFor();
  }

  /** Chooses in the open chooser by what the buttons say, then adds. */
  async choose(...words) {
    for (const word of words) await this.page.locator(".sheet .oopts button").filter({ hasText: word }).first().click();
    await this.tap(".ochosen:enabled");
    await this.page.locator(".sheet").waitFor({ state: "detached" });
  }

  /** On a phone the list is the other side of the order. */
  async showList() {
    const pressed = await this.page.locator(".tswitch").getAttribute("aria-pressed");
    if ((await this.page.locator(".tswitch").isVisible()) && pressed !== "true") await this.tap(".tswitch");
    await this.see(".dlist").waitFor();
  }

  /** Opens a written line; `tap` names buttons in it. */
  async editLine(dish, ...buttons) {
    const line = this.page.locator(".dline").filter({ hasText: dish });
    if (!(await line.evaluate((e) => e.classList.contains("dline-open")))) await line.locator(".dhead").click();
    for (const [group, button] of buttons) {
      const place = group === null ? line.locator(".drow") : line.locator(`.dpick[aria-label="${group}"]`);
      await place.getByRole("button", { name: button, exact: true }).click();
    }
  }

  async send() {
    await this.tap(".tsend:enabled");
    await this.page.locator(".taking").waitFor({ state: "detached" });
  }

  line(dish) {
    return this.page.locator(".order .line").filter({ hasText: dish });
  }

  /** Opens a dish of the party and taps one of the things that can be done with it. */
  async lineAct(dish, act) {
    await this.line(dish).first().locator(".lopen").click();
    await this.page.locator(".lineacts").getByRole("button", { name: act, exact: true }).click();
  }

  /** Gives a reason and goes on. */
  async because(reason) {
    const sheet = this.page.locator(".sheet").last();
    await sheet.locator(".reasons").last().getByRole("button", { name: reason, exact: true }).click();
    await sheet.locator("button.big").click();
  }

  /** Somebody else signs on this device. */
  async secondPerson(card) {
    await this.page.locator(".approve-person").filter({ hasText: card.name }).click();
    for (const digit of card.pin) await this.page.locator(".sheet .pad").getByRole("button", { name: digit, exact: true }).click();
    await this.page.locator(".sheet .pad").getByRole("button", { name: "确定" }).click();
  }

  async menuAct(act) {
    await this.page.locator(".pbuttons").getByRole("button", { name: "更多", exact: true }).click();
    await this.page.locator(".tmenu").getByRole("button", { name: act, exact: true }).click();
  }

  async pickTable(name) {
    await this.page.locator(".picktables button").filter({ has: this.page.locator(`b:text-is("${name}")`) }).click();
    await this.page.locator(".sheet .primary.big").click();
  }

  async sheetGone() {
    await this.page.locator(".sheet").waitFor({ state: "detached" });
  }
}
