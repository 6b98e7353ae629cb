/** What the house can do beyond plain ordering, in the Node runtime: a hot pot, a nod, a scale, a merge with the app killed. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { boot } from "../../../../tools/mini-runtime/sim.mjs";
import { startFixture } from "../fixture/server.mjs";
import { builtOrigin, dist, link, platform } from "./flow.mjs";

const began = Date.now();
const fixture = await startFixture();
const { control, view } = fixture;
const resolve = (url) => url.replace(builtOrigin, `http://127.0.0.1:${fixture.port}`).replace(builtOrigin.replace(/^http/, "ws"), `ws://127.0.0.1:${fixture.port}`);
const hooks = { scanCode: () => link, requestPayment: () => "cancel", tradePay: () => "6001" };
const store = {};
const orders = () => fixture.posts(/\/orders$/);
Object.assign(view, { hot_pot: true, per_head: ["dip", "cj"], nod: { why: "hours" }, behind_min: 12 });

// The soup base is led to; what every guest has is filled in; the nod is told before.
let app = boot(dist, { store, resolve, hooks, WebSocket });
await app.tap("scan");
await app.tap("covers-3");
await app.until(() => app.find("soup-first") && app.has("现在下单需服务员确认"));
await app.tap("step-fnr-add");
await app.until(() => view.cart.length === 1);
await app.tap("to-review");
await app.until(() => app.find("to-soup") && app.has("约多等 12 分钟") && app.has("这个时段由服务员接单"));
await app.tap("to-soup");
await app.until(() => app.page().route === "pages/menu/index" && app.find("step-nypot-add"));
await app.tap("step-nypot-add");
await app.until(() => view.cart.length === 2 && !app.find("soup-first"));
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥159.00") && app.has("餐具（位） × 3"));
await app.tap("submit");
await app.until(() => app.page().route === "pages/status/index" && app.has("已送出，等服务员确认"));
assert.equal(orders().length, 1, "nothing was refused on the way");

// Declined: the reason, and every dish back in the cart, once.
fixture.answerNod(view.orders[0].id, "打烊前不接火锅了");
await app.until(() => app.has("打烊前不接火锅了") && app.find("put-back"));
await app.doubleTap("put-back");
await app.until(() => view.cart.length === 4 && app.page().route === "pages/menu/index");
view.nod = null;
view.per_head = ["dip", "cj"];
fixture.tell("nod", "per_head");
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥159.00"));
assert.equal(app.find("heads"), null, "what came back is not filled in twice");
await app.tap("submit");
await app.until(() => app.page().route === "pages/status/index" && app.has("锅底先下 · 随后就上"));

// A fish that is not weighed: the server takes no money, the page says why and opens again by itself.
const fish = { ...view.orders[1].lines[0], line: "d".repeat(32), dish: "qzly", name: { zh: "清蒸鲈鱼", en: "Steamed sea bass" }, weight_g: 550, amount: 7_480, needs_weight: true, state: "sent", held: null };
view.orders[1].lines.push(fish);
control.weighs = true;
control.fees = { seat_fee: 600, shortfall: 1_000, discount: 500 };
fixture.recount();
fixture.tell("orders", "check");
await app.until(() => app.has("约 ¥74.80") && app.has("茶位费") && app.has("低消差额") && app.has("优惠"));
await app.tap("pay");
await app.tap(`way-${platform.way}`);
await app.until(() => app.find("weight-open") && app.has("1 道菜还没称重"));
assert.equal(app.find(`way-${platform.way}`), null);
Object.assign(fish, { needs_weight: false, weight_g: 590, amount: 8_024 });
fixture.recount();
fixture.tell("orders", "check");
await app.until(() => app.find(`way-${platform.way}`) && !app.find("weight-open"));

// Put on another table's check while the app is closed: the phone goes along when it is opened again.
await app.tap("later");
app.kill();
fixture.merge();
app = boot(dist, { store, resolve, hooks, WebSocket });
await app.until(() => app.has("已与 A2 并台") && app.has("A2+A12 桌"));
assert.equal(store["dandan.member"].session, view.id);
assert.equal(fixture.posts(/join$/).at(-1).body.covers, 0, "going along opens no table");
await app.tap("add-more");
await app.tap("step-gbss-add");
await app.until(() => view.cart.some((l) => l.dish === "gbss"));

assert.deepEqual(app.errors, []);
app.kill();
await fixture.close();
console.log(`${platform.name} in the house, in node: ok in ${Date.now() - began} ms`);
process.exit(0);
