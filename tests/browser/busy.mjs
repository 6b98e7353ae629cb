/** Fills the house with other parties' orders, through the same API as everybody: for pictures that look like an evening. */
import { newId } from "./house.mjs";
import { isAlone, tablesOf } from "./menu.mjs";

const NAMES = ["小王", "阿May", "老李", "小赵", "Anna", "阿强", "小孙", "小周"];

/** Parties at `count` tables of the hall and `queue` at the counter; every second counter order is cooked. */
export async function fillHouse(house, menu, floor, staffToken, { count = 3, queue = 3 } = {}) {
  const hall = tablesOf(floor, "pay_later").slice(2, 2 + count);
  for (const [i, table] of hall.entries()) await orderAt(house, menu, table, { covers: 2 + (i % 4), from: i * 5, dishes: 3 + (i % 3), name: NAMES[i % NAMES.length] });
  const [counter] = tablesOf(floor, "pay_first");
  for (let i = 0; i < queue; i++) {
    const placed = await orderAt(house, menu, counter, { covers: 1, from: 40 + i * 3, dishes: 1 + (i % 2), name: NAMES[(i + 3) % NAMES.length] });
    await payInWallet(house, placed);
    if (i % 2 === 0) await cook(house, staffToken, placed.order);
  }
}

/** One party's order at a table, as a phone would place it; `grams` is what a dish sold by weight weighs. */
export async function orderAt(house, menu, table, { covers, from, dishes, name, grams = 600, only = () => true }) {
  const joined = await house.call("POST", "/sessions/join", null, { code: house.linkOf(table).code, guest: newId(), name, covers, session: newId() });
  const sold = menu.dishes.filter((d) => isAlone(d) && d.hours === null && d.charge !== "cover" && d.set_groups.length === 0 && only(d));
  const lines = Array.from({ length: dishes }, (_, i) => selection(sold[(from + i * 7) % sold.length], 1 + Number((from + i) % 3 === 0), grams));
  const quote = await house.call("POST", `/sessions/${joined.session}/quote`, joined.token, { lines });
  const good = quote.lines.filter((l) => l.problem === null).map((l) => ({ ...lines.find((x) => x.line === l.line), unit_price: l.unit_price, amount: l.amount }));
  const order = newId();
  const total = good.reduce((sum, l) => sum + l.amount, 0);
  await house.call("POST", `/sessions/${joined.session}/orders`, joined.token, { order, menu_version: quote.menu_version, total, lines: good, note: null }, order);
  return { ...joined, order, total };
}

/** The dish with the least that must be chosen; some people want something left out. */
function selection(dish, quantity, grams) {
  const options = dish.groups.filter((g) => g.min > 0).flatMap((g) => g.options.slice(0, g.min).map((o) => ({ option: o.id, quantity: 1 })));
  const extra = dish.groups.find((g) => g.min === 0 && g.kind === "avoid")?.options[0];
  if (extra && quantity === 2) options.push({ option: extra.id, quantity: 1 });
  return { line: newId(), dish: dish.id, variant: dish.variants[0].id, quantity, weight_g: dish.charge === "weight" ? grams : null, options, set: [], note: null };
}

/** Pays an order on the simulator's page, as the phone that placed it would. */
export async function payInWallet(house, { session, token, order, total }) {
  const ask = newId();
  await house.call("POST", `/sessions/${session}/payments`, token, { ask, way: "wechat_native", amount: total, order });
  const opened = await until(async () => {
    const payment = await house.call("GET", `/sessions/${session}/payments/${ask}`, token);
    return payment.demo_wallet_url ? payment : null;
  });
  const url = new URL(opened.demo_wallet_url, house.facts.sim_url);
  const form = new URLSearchParams({ code: url.searchParams.get("code"), action: "pay", lang: "zh" });
  const paid = await fetch(new URL("/wallet/pay", url), { method: "POST", body: form });
  if (!paid.ok) throw new Error(`the wallet said ${paid.status}`);
  await until(async () => (await house.call("GET", `/sessions/${session}/payments/${ask}`, token)).state === "paid");
}

async function cook(house, staffToken, order) {
  const items = await until(async () => {
    const view = await house.call("GET", "/kitchen", staffToken);
    const mine = view.tickets.filter((t) => t.order === order).flatMap((t) => t.items);
    return mine.length > 0 ? mine : null;
  });
  for (const item of items) for (const step of ["start", "ready"]) await house.call("POST", `/kitchen/items/${encodeURIComponent(item.key)}/${step}`, staffToken, {});
}

/** Asks again and again until the answer is something. */
export async function until(ask, forMs = 15_000) {
  for (const end = Date.now() + forMs; Date.now() < end; ) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 150));
  }
  throw new Error("it did not happen in time");
}

/** Puts what is sold by weight on the scale: exactly as heavy as it was ordered, or by so many grams more. */
export async function weighAll(house, token, session, more = 0) {
  const { orders } = await house.call("GET", `/sessions/${session}`, token);
  const open = orders.flatMap((o) => o.lines).filter((l) => l.needs_weight && l.state !== "voided");
  for (const line of open) await house.call("POST", `/sessions/${session}/lines/${line.line}/weigh`, token, { weight_g: line.weight_g + more });
}
