/** The whole order in the Node runtime, with a nervous thumb, a cancelled payment, a lost network and a killed app. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { boot } from "../../../../tools/mini-runtime/sim.mjs";
import { startFixture } from "../fixture/server.mjs";
import { builtOrigin, dist, link, MAIN_PACKAGE_LIMIT, mainPackageBytes, platform } from "./flow.mjs";

const began = Date.now();
const bytes = mainPackageBytes();
assert.ok(bytes < MAIN_PACKAGE_LIMIT, `main package is ${bytes} bytes`);

const fixture = await startFixture();
const resolve = (url) => url.replace(builtOrigin, `http://127.0.0.1:${fixture.port}`).replace(builtOrigin.replace(/^http/, "ws"), `ws://127.0.0.1:${fixture.port}`);
const orders = () => fixture.posts(/\/orders$/);
const storedFirst = [];
const pays = ["cancel", "ok"];
const hooks = {
  beforeRequest: (r) => {
    if (r.method === "POST" && r.url.endsWith("/orders")) storedFirst.push(store["dandan.order"]?.request.order === r.header["idempotency-key"] && JSON.parse(r.data).order === r.header["idempotency-key"]);
  },
  requestPayment: () => pays.shift(),
  tradePay: () => (pays.shift() === "ok" ? "9000" : "6001"),
  scanCode: () => link,
};
const store = {};

// Enter by scanning, choose, review.
let app = boot(dist, { store, resolve, hooks, WebSocket });
await app.tap("scan");
await app.tap("covers-3");
await app.until(() => app.page().route === "pages/menu/index" && app.find("dish-gbjd"));
await app.until(() => fixture.control.wsSeen > 0);
await app.tap("choose-gbjd");
await app.until(() => app.text(app.find("add")).includes("请选择"));
await assert.rejects(app.tap("add"), /no bindtap/); // Off: it binds no tap at all.
await app.tap("option-mild");
await app.tap("option-egg-add");
await app.until(() => app.has("加入 ¥35.00"));
assert.ok(app.has("小份 / 微辣 / 煎蛋"));
await app.tap("add");
await app.until(() => fixture.view.cart.length === 1 && app.find("cart-count") && app.text(app.find("cart-count")) === "1");
await app.tap("to-review");
await app.until(() => app.page().route === "pages/review/index" && app.has("确认下单 ¥35.00"));
assert.ok(app.has("A12 桌") && app.has("3 人"));

// Two taps in one frame: one order.
await app.doubleTap("submit");
await app.until(() => app.page().route === "pages/status/index" && app.has("已送厨房"));
assert.equal(orders().length, 1, "a double tap posts once");
assert.deepEqual(storedFirst, [true], "the id is stored before the send, and is the key");
assert.equal(fixture.view.orders.length, 1);
assert.match(orders()[0].key, /^[0-9a-f]{32}$/);

// Live: the kitchen starts; the diner rushes.
const line = fixture.view.orders[0].lines[0].line;
fixture.setLine(line, { state: "started" });
await app.until(() => app.has("制作中"));
await app.tap(`rush-${line}`);
await app.until(() => app.has("已催，等厨房答复"));

// Pay: closed by the person the first time; the server is asked all the same. Then paid.
fixture.control.payOutcome = "failed";
await app.tap("pay");
await app.tap(`way-${platform.way}`);
await app.until(() => app.has("没有付成，可以放心再付"));
fixture.control.payOutcome = "paid";
await app.tap("again");
await app.tap(`way-${platform.way}`);
await app.until(() => app.has("已付款"));
assert.equal(app.log.filter((e) => e.api === platform.api).length, 2);
assert.equal(fixture.posts(platform.login).length, 2);
assert.equal(new Set(fixture.posts(/\/payments$/).map((p) => p.key)).size, 2);

// Another round: the order is sent, no answer comes, the app is killed.
await app.tap("to-status");
await app.tap("add-more");
await app.tap("step-hgr-add");
await app.until(() => fixture.view.cart.length === 1);
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥42.00"));
fixture.control.drop = /\/orders$/;
await app.doubleTap("submit");
await app.until(() => orders().length >= 2 && app.has("正在下单"));
app.kill();
const intended = store["dandan.order"].request.order;
assert.equal(fixture.view.orders.length, 1);

// Reopened on the same storage: the same id goes out, and there is one order more.
fixture.control.drop = null;
app = boot(dist, { store, resolve, hooks, WebSocket });
await app.until(() => fixture.view.orders.length === 2);
await app.until(() => app.page().route === "pages/status/index" && app.has("第 2 轮"));
assert.deepEqual([...new Set(orders().slice(1).map((p) => p.key))], [intended], "every try carries the same id");
assert.equal(fixture.view.orders[1].id, intended);
assert.equal(store["dandan.order"], undefined, "nothing is left to send");

// Offline: the dish is shown as unsent, and goes out once when the network is back.
await app.tap("add-more");
await app.until(() => app.find("step-gbss-add"));
fixture.goDown();
await app.tap("step-gbss-add");
await app.until(() => app.has("未发送"));
fixture.goUp();
app.setNetwork(true);
await app.until(() => fixture.view.cart.length === 1 && !app.has("未发送"), 20_000);
const adds = fixture.posts(/cart\/lines$/).filter((p) => p.body.line.dish === "gbss");
assert.equal(new Set(adds.map((p) => p.key)).size, 1, "one id for every try");

// Prices change while the order is under way: old and new are shown, and the accepted one is another order.
fixture.control.differOnce = true;
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥24.00"));
await app.tap("submit");
await app.until(() => app.find("differs") && app.has("原 ¥24.00") && app.has("现 ¥28.00"));
await app.tap("differs-accept");
await app.until(() => fixture.view.orders.length === 3);
const [refused, taken] = orders().slice(-2);
assert.notEqual(refused.key, taken.key, "changed content is a new order");
assert.equal(taken.body.total, 2800);

// The table is closed.
fixture.view.state = "closed";
fixture.tell("state");
await app.until(() => app.has("这桌已结束用餐"));

assert.deepEqual(app.errors, []);
const posts = fixture.log.filter((e) => e.method === "POST" && !e.path.endsWith("/quote"));
assert.ok(posts.every((p) => /^[0-9a-f]{32}$/.test(p.key ?? "")), "every POST that changes something has its key");
app.kill();
await fixture.close();
console.log(`${platform.name} in node: ok in ${Date.now() - began} ms; main package ${Math.round(bytes / 1024)} KB; setData ${JSON.stringify(app.stats())}; not simulated: ${[...app.missing].join(" ") || "none"}`);
process.exit(0);
