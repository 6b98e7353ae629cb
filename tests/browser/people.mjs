/** The people of the walk: diners with phones, a cook, the screen at the pick-up counter. Each is one browser context. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
const pictures = process.env.UPDATE_SCREENSHOTS === "1" ? resolve(root, "docs/screenshots") : null;
const failures = resolve(root, "target/browser-failures");
/** Long enough for a slow machine, short enough to fail while somebody looks. */
const PATIENCE_MS = 15_000;

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"],
  });
}

/** A page with a name; page errors fail the test that asks for them. */
export class Person {
  errors = [];

  static async come(browser, name, options) {
    const person = new this();
    person.name = name;
    person.context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", ...options });
    await person.open();
    return person;
  }

  /** A new window of the same device: what it remembers, it still remembers. */
  async open() {
    await this.page?.close();
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.page.on("pageerror", (error) => this.errors.push(`${this.name}: ${error.message}`));
  }

  /** Old pages of a stack stay in the document, hidden: only what can be seen counts. */
  see(selector) {
    return this.page.locator(`${selector}:visible`).first();
  }

  async tap(selector) {
    await this.see(selector).click();
  }

  /** Keeps a button pressed until it is gone, as one signs. */
  async hold(selector) {
    const button = this.see(selector);
    await button.hover();
    await this.page.mouse.down();
    await button.waitFor({ state: "detached" });
    await this.page.mouse.up();
  }

  /** Waits until something visible reads like this. */
  async reads(selector, pattern) {
    await this.page.locator(`${selector}:visible`).filter({ hasText: pattern }).first().waitFor();
  }

  async picture(name) {
    if (pictures === null) return;
    mkdirSync(pictures, { recursive: true });
    await this.page.waitForTimeout(400);
    await this.page.screenshot({ path: `${pictures}/${name}.png` });
  }

  async keepPicture() {
    mkdirSync(failures, { recursive: true });
    await this.page.screenshot({ path: `${failures}/${this.name}.png` }).catch(() => undefined);
  }
}

/** A diner with a small phone. */
export class Diner extends Person {
  static come(browser, name) {
    return super.come(browser, name, { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  }

  async sitDown(url, covers) {
    await this.page.goto(url);
    await this.see("#guest-name").locator("input").fill(this.name);
    await this.tap(`#covers-${covers}`);
    await this.see("#cart").waitFor();
  }

  async addPlain(dish) {
    await this.tap(`#step-${dish.id}-add`);
  }

  /** Opens the chooser, takes the first way to fulfil every required group, and adds. */
  async addChosen(dish) {
    await this.tap(`#choose-${dish.id}`);
    await this.see("#chooser").waitFor();
    for (const group of dish.groups.filter((g) => g.min > 0)) {
      for (const option of group.options.slice(0, group.min)) await this.tap(`#option-${option.id}`);
    }
    await this.picture("diner-chooser");
    await this.tap("#add");
    await this.see("#chooser").waitFor({ state: "detached" });
  }

  async review() {
    await this.tap("#to-review");
    await this.page.locator("#submit:visible:not(.is-off)").waitFor();
  }

  async scrollToTop() {
    await this.see("#dishes").evaluate((list) => list.scrollTo({ top: 0 }));
  }

  /** Two taps in a row, as impatient people do. */
  async submitTwice() {
    await this.see("#submit").dblclick();
  }

  /** Pays on the simulator's page, to which the phone goes and from which it comes back. */
  async payInWallet(way, picture = null) {
    const home = this.page.url();
    await this.tap(`#way-${way}`);
    const pay = this.page.locator("button[name=action][value=pay], form[action*=cashier] button").first();
    await pay.waitFor();
    if (picture) await this.picture(picture);
    // Alipay's page asks once more; both lead back to where the diner came from.
    const isBack = () => new URL(this.page.url()).pathname.startsWith("/m/");
    for (let step = 0; step < 3 && !isBack(); step++) {
      await pay.click();
      await this.page.waitForURL((url) => url.pathname.startsWith("/m/"), { timeout: 2_500 }).catch(() => undefined);
    }
    if (!isBack()) await this.page.goto(home);
  }
}

/** A staff screen: paired by its link, then signed in with a PIN. */
export class Screen extends Person {
  static come(browser, name, width = 1280, height = 800) {
    return super.come(browser, name, { viewport: { width, height } });
  }

  async pair(house) {
    await this.page.goto(`${staffUrl(house)}#/pair?store=${house.facts.store}&code=${encodeURIComponent(house.pairingCode())}`);
    await this.page.getByRole("button", { name: "绑定", exact: true }).click();
    await this.page.getByText("你是谁？").waitFor();
  }

  async signIn(card) {
    await this.page.getByRole("button", { name: card.name }).click();
    for (const digit of card.pin) await this.page.getByRole("button", { name: digit, exact: true }).click();
    await this.page.getByRole("button", { name: "确定" }).click();
  }

  /** Which page opens after signing in, where it isn't the role's own. */
  async chooses(page) {
    await this.page.getByRole("button", { name: page, exact: true }).click();
  }

  /** Taps a button until it is gone: right after the board moved a tap is refused, on purpose. */
  async press(selector) {
    const button = typeof selector === "string" ? this.see(selector) : selector;
    await button.waitFor();
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
      await button.click({ timeout: 2_000 }).catch(() => undefined);
      if (await button.waitFor({ state: "detached", timeout: 1_000 }).then(() => true, () => false)) return;
    }
    throw new Error(`${selector} is still there`);
  }

  /** As a USB scanner does: the whole code within a moment, however busy the machine is, then Enter. */
  async scan(code) {
    await this.page.evaluate((keys) => {
      const at = document.activeElement ?? document.body;
      for (const key of keys) at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }, [...code, "Enter"]);
  }

  /** Signs the business day off: nothing is left over, so there is nothing to read. */
  async closeDay(picture = null) {
    await this.page.locator(".fbar nav button").filter({ hasText: "营业日" }).click();
    await this.reads(".allgood", "0 项不平");
    if (picture) await this.picture(picture);
    await this.page.getByRole("button", { name: "结束营业", exact: true }).click();
    await this.hold(".hold");
    await this.reads(".dayhead", "还没有开始营业");
  }

  ticketOf(text) {
    return this.page.locator("[data-ticket]").filter({ hasText: text });
  }

  /** Taps the button of one kind on all items of a ticket, one after the other, until none is left. */
  async tapAll(ticket, verb) {
    const wanted = ticket.locator(`.step-${verb}`);
    const open = ticket.locator(`.step-${verb}:enabled`);
    const until = Date.now() + PATIENCE_MS;
    await wanted.first().waitFor();
    for (let left = await wanted.count(); left > 0; left = await wanted.count()) {
      if (Date.now() > until) throw new Error(`${left} buttons to ${verb} are still there`);
      if ((await open.count()) > 0) await open.first().click({ timeout: 2_000 }).catch(() => undefined);
      // Gone once the server has it. A tap right after the board moved is refused, on purpose; then it is made again.
      await wanted.nth(left - 1).waitFor({ state: "detached", timeout: 1_000 }).catch(() => undefined);
    }
  }
}

const staffUrl = (house) => house.facts.staff_url ?? `${house.url}/staff/`;

/** Gives a page a Chinese voice that writes down what it says: headless browsers have none. `ms`: how long a sentence takes. */
export async function listen(person, ms = 300) {
  await person.context.addInitScript((ms) => {
    const spoken = [];
    Object.defineProperty(globalThis, "spokenWords", { value: spoken });
    class Utterance {
      constructor(text) {
        this.text = text;
      }
    }
    const synthesis = {
      getVoices: () => [{ lang: "zh-CN", name: "test", default: true, localService: true, voiceURI: "test" }],
      cancel: () => undefined,
      speak: (utterance) => {
        spoken.push(utterance.text);
        setTimeout(() => utterance.onend?.(), ms);
      },
    };
    Object.defineProperty(globalThis, "SpeechSynthesisUtterance", { value: Utterance });
    Object.defineProperty(globalThis, "speechSynthesis", { value: synthesis });
  }, ms);
}

/** What has been spoken so far. Numbers are read digit by digit, 零 一 二: written here as digits again. */
export async function heard(person) {
  const spoken = await person.page.evaluate(() => [...globalThis.spokenWords]);
  return spoken.map((words) => words.replace(/[零一二三四五六七八九]/g, (digit) => "零一二三四五六七八九".indexOf(digit)).replaceAll(" ", ""));
}
