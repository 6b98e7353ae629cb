/** A busy evening over HTTP, as phones and screens would make it: tables in every state, a hot pot, courses, a queue, a shift. For pictures. */
import { until } from "./busy.mjs";
import { newId } from "./house.mjs";
import { printerFault } from "./paper.mjs";

const MINUTE_MS = 60_000;

export class Evening {
  #house;
  #devices = new Map();

  /** Pairs a device for HTTP and signs in one person of each role that does something. */
  static async begin(house) {
    const evening = new Evening();
    evening.#house = house;
    const first = await house.call("POST", "/devices/pair", null, { code: house.pairingCode(), name: "经理室" });
    const sign = async (name, device = first) => house.staffToken(device.token, house.facts.staff.find((s) => s.name === name));
    evening.manager = await sign("周经理");
    evening.waiter = await sign("小王");
    evening.lead = await sign("孙领班");
    evening.cook = await sign("陈师傅");
        evening.cashier = await sign("赵姐", await evening.device("收银台"));
    evening.menu = await evening.get("/menu");
    evening.tables = new Map((await evening.get("/floor")).tables.map((t) => [t.name, t]));
    return evening;
  }

  get = (path, token = this.manager) => this.#house.call("GET", path, token);
  post = (path, body = {}, token = this.manager, key = newId()) => this.#house.call("POST", path, token, body, key);

  /** A device of the house, paired when it is first needed. */
  async device(name) {
    if (!this.#devices.has(name)) {
      const { code } = await this.post("/devices/pairing-codes");
      this.#devices.set(name, await this.#house.call("POST", "/devices/pair", null, { code, name }));
    }
    return this.#devices.get(name);
  }

  async open(table, covers, more = {}) {
    const session = newId();
    await this.post(`/tables/${this.tables.get(table).id}/open`, { session, covers, ...more }, this.waiter);
    return session;
  }

  /** A guest's phone at a table; the first one opens it. */
  async scan(table, name, covers) {
    const { code } = this.#house.linkOf(this.tables.get(table));
    return this.#house.call("POST", "/sessions/join", null, { code, guest: newId(), name, covers, session: newId() });
  }

  /** `wants`: `["201", { quantity, grams, course, seat, hold, options: ["微辣"], note }]`, or only the dish's number. */
  async order(session, wants, token = this.waiter, note = null) {
    const byStaff = token === this.waiter;
    const lines = wants.map((want) => (Array.isArray(want) ? want : [want])).map(([code, how = {}]) => this.#selection(code, how, byStaff));
    // What is said to the kitchen only has no price.
    const plain = lines.map(({ course, seat, hold, ...line }) => line);
    const quote = await this.post(`/sessions/${session}/quote`, { lines: plain }, token);
    const bad = quote.lines.find((l) => l.problem !== null);
    if (bad) throw new Error(`${wants[quote.lines.indexOf(bad)]}: ${JSON.stringify(bad.problem)}`);
    const priced = quote.lines.map((l) => ({ ...lines.find((x) => x.line === l.line), unit_price: l.unit_price, amount: l.amount }));
    const order = newId();
    const total = priced.reduce((sum, l) => sum + l.amount, 0);
    const placed = await this.post(`/sessions/${session}/orders`, { order, menu_version: quote.menu_version, total, lines: priced, note }, token, order);
    return { session, order, total, lines: priced.map((l) => l.line), placed };
  }

  #selection(code, { quantity = 1, grams = 600, course, seat, hold, options = [], note = null }, byStaff) {
    const dish = this.menu.dishes.find((d) => d.code === code);
    if (!dish) throw new Error(`the menu has no ${code}`);
    const chosen = dish.groups.flatMap((g) => {
      const named = g.options.filter((o) => options.includes(o.name.zh));
      return (named.length > 0 ? named : g.options.slice(0, g.min)).map((o) => ({ option: o.id, quantity: 1 }));
    });
    const of = { line: newId(), dish: dish.id, variant: dish.variants[0].id, quantity, weight_g: dish.charge === "weight" ? grams : null, options: chosen, set: [], note };
    return byStaff ? { ...of, ...(course ? { course } : {}), ...(seat ? { seat } : {}), ...(hold ? { hold } : {}) } : of;
  }

  async itemsOf(order, lines = null) {
    const { tickets } = await this.get("/kitchen");
    return tickets.filter((t) => t.order === order).flatMap((t) => t.items.map((i) => i.key)).filter((key) => lines === null || lines.some((l) => key.startsWith(`${l}.`)));
  }

  async paint(order) {
    const items = await until(async () => ((await this.itemsOf(order)).length > 0 ? this.itemsOf(order) : null));
    await this.post("/kitchen/painted", { screen: "热菜屏", items }, this.cook);
  }

  /** Some or all lines of an order go so far: `start`, `ready`, `serve`. */
  async cookTo(placed, steps, lines = null) {
    for (const key of await this.itemsOf(placed.order, lines)) for (const step of steps) await this.post(`/kitchen/items/${encodeURIComponent(key)}/${step}`, {}, step === "serve" ? this.waiter : this.cook);
  }

  async done(placed, lines = null) {
    await this.cookTo(placed, ["start", "ready", "serve"], lines);
  }

  async payCash(session, order = undefined) {
    const view = await this.get(`/sessions/${session}`);
    const amount = order === undefined ? view.check.due : view.orders.find((o) => o.id === order).total;
    await this.post(`/sessions/${session}/cash`, { tender: newId(), amount, received: Math.ceil(amount / 10_000) * 10_000, ...(order ? { order } : {}) }, this.cashier);
  }

  /** What has been going on for a while when the pictures are taken. */
  async early() {
    const shift = (this.shift = newId());
    await this.post("/shifts", { shift, float: 50_000 }, this.cashier);
    await this.post(`/shifts/${shift}/cash`, { entry: newId(), direction: "in", amount: 20_000, reason: "加零钱" }, this.cashier);

    const couple = await this.scan("A1", "林女士", 2);
    const eaten = await this.order(couple.session, ["103", "201", "401", ["801", { quantity: 2 }]], couple.token);
    await this.paint(eaten.order);
    await this.done(eaten);
    this.couple = couple;

    const three = await this.scan("A2", "小陈", 3);
    const cooking = await this.order(three.session, ["202", ["203", { options: ["微辣", "不要香菜"] }], "206", "501", ["804", { quantity: 2 }], ["1001", { quantity: 3 }]], three.token, "孩子吃，少放盐");
    await this.paint(cooking.order);
    await this.cookTo(cooking, ["start"], cooking.lines.slice(0, 3));
    this.three = { ...three, cooking };

    const paid = await this.open("A4", 4);
    const theirs = await this.order(paid, ["101", "204", "212", "405", ["801", { quantity: 4 }]]);
    await this.paint(theirs.order);
    await this.done(theirs);
    await this.payCash(paid);

    const left = await this.open("A5", 2);
    const little = await this.order(left, ["803", "804"]);
    await this.paint(little.order);
    await this.done(little);
    await this.payCash(left);
    await this.post(`/sessions/${left}/close`, {}, this.waiter);
    await this.post(`/tables/${this.tables.get("A6").id}/lock`, { reason: "桌椅坏了" }, this.waiter);

    // Courses: the cold ones are eaten, the hot ones on the pass or the stove, what follows waits to be fired.
    const feast = (this.feast = await this.open("B1", 6));
    await this.post(`/sessions/${feast}/vip`, { vip: true }, this.waiter);
    const courses = await this.order(feast, [
      ["104", { course: 1 }], ["107", { course: 1 }], ["105", { course: 1 }],
      ["208", { course: 2, options: ["中辣"] }], ["310", { course: 2 }], ["211", { course: 2 }],
      ["305", { course: 3, hold: true }], ["409", { course: 3, hold: true }], ["810", { quantity: 2, course: 4, hold: true }], ["1004", { quantity: 6, course: 4, hold: true }],
    ]);
    await this.paint(courses.order);
    await this.done(courses, courses.lines.slice(0, 3));
    await this.cookTo(courses, ["start", "ready"], courses.lines.slice(3, 5));
    await this.cookTo(courses, ["start"], courses.lines.slice(5, 6));
    this.courses = courses;

    // Weighed, and two guests with their own seats.
    const fish = (this.fish = await this.open("B3", 5));
    const weighed = await this.order(fish, [["302", { grams: 800, options: ["清蒸"] }], ["304", { grams: 500 }], ["207", { seat: 1 }], ["403", { seat: 2 }], ["809", { seat: 2 }]]);
    await this.paint(weighed.order);
    await this.cookTo(weighed, ["start"], weighed.lines.slice(0, 1));
    this.weighed = weighed;

    const pot = (this.pot = await this.scan("H1", "老李", 4));
    const boiling = await this.order(pot.session, ["601", ["605", { quantity: 4 }], ["606", { quantity: 4 }], ["701", { quantity: 2 }], "702", "703", "714", "710"], pot.token);
    await this.paint(boiling.order);
    this.boiling = boiling;

    const room = (this.room = await this.open("R1", 8));
    const dinner = await this.order(room, ["306", "214", "209", ["1009", {}]]);
    await this.paint(dinner.order);
    await this.cookTo(dinner, ["start"], dinner.lines.slice(1, 2));
    this.dinner = dinner;

    for (const [i, want] of [["803"], ["802", "1007"], ["804"], ["808"], ["803", "1005"]].entries()) {
      const guest = await this.scan("K1", ["小吴", "Anna", "阿强", "小孙", "小周"][i], 1);
      const number = await this.order(guest.session, want, guest.token);
      await this.payCash(guest.session, number.order);
      await this.paint(number.order);
      if (i < 3) await this.cookTo(number, ["start", "ready"]);
    }
    for (const [covers, name] of [[2, "王女士"], [3, null], [6, "张先生"], [9, "公司聚餐"], [4, null]]) await this.post("/queue", { entry: newId(), covers, name }, this.waiter);
    const now = Date.now();
    for (const [name, phone_tail, covers, minutes, table, note] of [["何先生", "6621", 4, 40, "A7", "靠窗"], ["刘女士", "0312", 10, 55, "R2", "生日，自带蛋糕"], ["钱先生", "9087", 2, 24 * 60, null, null]])
      await this.post("/reservations", { reservation: newId(), name, phone_tail, covers, for_when: now + minutes * MINUTE_MS, ...(table ? { table: this.tables.get(table).id } : {}), note }, this.waiter);
    await this.post("/stock/" + this.menu.dishes.find((d) => d.code === "303").id, { sold_out: true }, this.cook);
    await this.post("/stock/" + this.menu.dishes.find((d) => d.code === "507").id, { sold_out: false, remaining: 3 }, this.cook);
  }

  /** The noodle station's screen is off and no printer prints: what nobody sees climbs, and guests' new orders begin to wait. */
  async darken() {
    for (const printer of ["kitchen", "till"]) await printerFault(this.#house, printer, { cover_open: true });
    const pair = await this.open("B2", 2);
    await this.order(pair, ["803", ["813", {}]]);
  }

  async isStopped() {
    return until(async () => (await this.get("/floor")).house.stopped, 6 * MINUTE_MS);
  }

  /** What happens in the last minutes. */
  async late() {
    for (const printer of ["kitchen", "till"]) await printerFault(this.#house, printer, { cover_open: false });
    await this.post(`/sessions/${this.couple.session}/calls`, { call: newId(), reason: "bill" }, this.couple.token);
    await this.post(`/sessions/${this.three.session}/calls`, { call: newId(), reason: "water" }, this.three.token);
    await this.post(`/sessions/${this.three.session}/lines/${this.three.cooking.lines[2]}/rush`, {}, this.three.token);
    const family = await this.scan("A8", "何太太", 4);
    await this.order(family.session, ["205", "404", ["801", { quantity: 4 }]], family.token);
    await this.open("A3", 3);
    const [first] = (await this.get("/floor")).house.waiting;
    await this.post(`/queue/${first.entry}/call`, {}, this.waiter);
  }

  async paperOut() {
    await printerFault(this.#house, "till", { paper_near_end: true });
    await printerFault(this.#house, "kitchen", { paper_out: true });
    const late = await this.open("H2", 3);
    await this.order(late, ["604", ["605", { quantity: 3 }], ["606", { quantity: 3 }], "705", "711"]);
    await this.post("/print", { job: newId(), slip: { slip: "pre_bill", session: this.room } }, this.waiter);
    const items = await this.itemsOf(this.boiling.order);
    await this.post(`/kitchen/items/${encodeURIComponent(items[0])}/remake`, { cause: "dropped", note: "锅底洒了" }, this.cook);
  }

  /** Now neither can print: slips wait. */
  async coverOpen() {
    await printerFault(this.#house, "till", { cover_open: true });
    await this.post("/print", { job: newId(), slip: { slip: "pre_bill", session: this.fish } }, this.waiter);
    await this.post("/print", { job: newId(), slip: { slip: "table_code", session: this.feast } }, this.waiter);
  }

  /** A waiter wants to give a dish away, and asks the lead's device. */
  async askApproval() {
    await this.post("/approvals", { approval: newId(), act: { act: "comp", session: this.room, line: this.dinner.lines[0] }, reason: "上菜太慢" }, this.waiter);
  }
}
