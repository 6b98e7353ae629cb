/** What every walk has: a house, a browser, people who come in, and pictures of what they saw when something goes wrong. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openHouse } from "./house.mjs";
import { openBrowser } from "./people.mjs";

const limit = { timeout: 120_000 };

/** `setUp` runs once the house is open. */
export function openStage(setUp) {
  const stage = new Stage();
  before(async () => {
    stage.house = await openHouse();
    stage.browser = await openBrowser();
    stage.device = await stage.house.deviceToken();
    stage.manager = await stage.tokenOf("manager");
    stage.menu = await stage.house.call("GET", "/menu", stage.manager);
    await setUp?.(stage);
  }, limit);
  after(async () => {
    await stage.browser?.close();
    await stage.house?.close();
  }, limit);
  return stage;
}

class Stage {
  #people = [];

  /** A part of the evening; page errors fail it. What everybody saw then stays in target/browser-failures. */
  walk(name, steps) {
    test(name, limit, async () => {
      try {
        await steps();
        assert.deepEqual(this.#people.flatMap((p) => p.errors), []);
      } catch (error) {
        for (const person of this.#people) await person.keepPicture();
        throw error;
      }
    });
  }

  async join(coming) {
    const person = await coming;
    this.#people.push(person);
    return person;
  }

  /** A screen that is paired and signed in. */
  async enter(coming, card, page = null) {
    const person = await this.join(coming);
    await person.pair(this.house);
    if (page !== null) await person.chooses(page);
    await person.signIn(card);
    return person;
  }

  /** What somebody may do over HTTP. */
  tokenOf(role) {
    return this.house.staffToken(this.device, this.house.staff(role));
  }

  get(path, token = this.manager) {
    return this.house.call("GET", path, token);
  }

  post(path, body = {}, token = this.manager) {
    return this.house.call("POST", path, token, body);
  }

  /** The table as the floor shows it now. */
  async table(name) {
    return (await this.get("/floor")).tables.find((t) => t.name === name);
  }

  /** The party that sits there. */
  async party(name) {
    const [seated] = (await this.table(name)).sessions;
    if (!seated) throw new Error(`nobody sits at ${name}`);
    return this.get(`/sessions/${seated.id}`);
  }

  dish(code) {
    const dish = this.menu.dishes.find((d) => d.code === code);
    if (!dish) throw new Error(`the menu has no ${code}`);
    return dish;
  }
}
