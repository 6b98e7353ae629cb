/** Everything about money in the Node runtime: three answers, a channel that rests, another way, shares, tips, refunds. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { boot } from "../../../../tools/mini-runtime/sim.mjs";
import { startFixture } from "../fixture/server.mjs";
import { builtOrigin, dist, link, platform } from "./flow.mjs";

const began = Date.now();
const fixture = await startFixture();
const { control, view } = fixture;
const resolve = (url) => url.replace(builtOrigin, `http://127.0.0.1:${fixture.port}`).replace(builtOrigin.replace(/^http/, "ws"), `ws://127.0.0.1:${fixture.port}`);
const weapp = platform.name === "weapp";
const own = weapp ? ["wechat_jsapi", "wechat_native", "wechat_h5"] : ["alipay_app", "alipay_qr", "alipay_wap"];
const other = weapp ? "alipay" : "wechat";
const mine = `way-${platform.way}`;
const names = { wechat: "微信支付", alipay: "支付宝" };
/** What the wallet's window closes with, call after call; the last goes on for ever. */
let closes = ["left"];
const wallet = () => (closes.length > 1 ? closes.shift() : closes[0]);
const hooks = {
  scanCode: () => link,
  requestPayment: () => (wallet() === "paid" ? "ok" : "cancel"),
  tradePay: () => ({ paid: "9000", left: "6001", unclear: "8000" })[wallet()],
};
const store = {};
const asks = () => fixture.posts(/\/payments$/);
const windows = () => app.log.filter((e) => e.api === platform.api).length;

let app = boot(dist, { store, resolve, hooks, WebSocket });
await app.tap("scan");
await app.tap("covers-3");
for (const dish of ["hgr", "gbss"]) await app.tap(`step-${dish}-add`);
await app.until(() => view.cart.length === 2);
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥66.00"));
await app.tap("submit");
await app.until(() => app.page().route === "pages/status/index" && view.check.due === 6_600);

// The sheet: dishes and service spelled out, tips, only this platform's own wallet.
control.serviceBp = 1_000;
control.tips_bp = [1_000];
fixture.recount();
fixture.tell("check");
await app.tap("pay");
await app.until(() => app.has("服务费") && app.has("¥6.60") && app.find(mine));
assert.equal(app.find(`way-${other}`), null);
await app.tap("tip-1000");
await app.until(() => app.text(app.find("pay-amount")) === "¥79.86" && app.has("含小费 ¥7.26"));

// The wallet is left unpaid: the server is asked all the same, and the same payment goes on.
control.payOutcome = "waiting";
await app.tap(mine);
await app.until(() => app.find("verdict-checking") && app.has("请只付这一次") && fixture.posts(/\/check$/).length === 1);
assert.deepEqual([asks()[0].body.way, asks()[0].body.amount, asks()[0].body.tip, asks()[0].body.payer !== null], [platform.paidBy, 7_260, 726, true]);
assert.equal(windows(), 1, "the wallet opens once by itself");
assert.ok(!app.find(mine), "nothing offers a second payment meanwhile");
await app.until(() => /[1-9] 秒/.test(app.text(app.find("pay-seconds"))));

// The wallet says "paid", the server does not know yet: checking, with seconds, and nothing to pay with.
closes = ["paid"];
await app.tap("continue");
await app.until(() => app.has("正在确认，请不要再付一次"));
assert.equal(windows(), 2);
assert.ok(!app.has("已付款"), "paid on the server's word only");

// Killed and reopened: the payment is found again, and no window opens by itself.
app.kill();
app = boot(dist, { store, resolve, hooks, WebSocket });
await app.until(() => app.page().route === "pages/pay/index" && app.has("正在确认，请不要再付一次"));
assert.equal(windows(), 0);
fixture.setPayment(view.payments[0].ask, "failed");
await app.until(() => app.find("verdict-failed") && app.has("没有付成，可以放心再付"));

// The channel rests: its button is gone before anybody chooses, a quiet line names the others.
closes = ["left"];
await app.tap("again");
await app.until(() => app.find(mine));
control.resting = own;
await app.until(() => app.find("resting") && !app.find(mine), 12_000);
assert.ok(app.text(app.find("resting")).includes(`${names[platform.way]}暂时用不了，可用${names[other]}或现金`));
control.resting = [];
await app.until(() => !app.find("resting") && app.find(mine), 12_000);

// Another way: the first can't be proved closed, and no second opens.
await app.tap(mine);
await app.until(() => app.find("change-way"));
const first = view.payments.at(-1).ask;
control.resting = own;
control.endFirst = "open";
await app.tap("change-way");
await app.until(() => app.find("changing") && app.has("确认它不会再扣款，才开新的"));
await app.tap(`way-${other}`);
await app.until(() => app.has("原来那笔还在确认，没有开新的"));
await app.until(() => app.find("verdict-checking") || app.find("changing"));
assert.equal(view.payments.filter((p) => ["waiting", "checking"].includes(p.state)).length, 1);

// Proved closed: until then the page says that the first is being closed; then the other opens, with its code.
control.endFirst = "closed";
control.endFirstMs = 400;
if (!app.find("changing")) await app.tap("change-way");
await app.tap(`way-${other}`);
await app.until(() => app.has("正在关闭上一笔"));
await app.until(() => app.find("qr") && app.find("verdict-checking"));
assert.equal(view.payments.find((p) => p.ask === first).state, "closed");
assert.equal(asks().at(-1).body.instead_of, first);

// Changed back, and meanwhile the first was paid: nothing new is begun, and the page says paid.
control.resting = [];
control.endFirst = "paid";
await app.tap("change-way");
await app.tap(mine);
await app.until(() => app.find("verdict-paid") || view.check.state === "settled");
await app.until(() => app.has("已付款"));
const [tender] = view.check.tenders;
assert.equal(tender.tip, 0);

// The receipt names service, the payment, and what goes back.
await app.tap("to-status");
fixture.refund(tender.tender, 2_400);
await app.until(() => app.has("退回中") && app.has("已减免"));
fixture.refund(tender.tender, 2_400, "returned");
await app.until(() => app.has("已退回"));

// A second round is split in three; two phones pay their shares at once.
await app.tap("add-more");
await app.tap("step-hgr-add");
await app.until(() => view.cart.length === 1);
await app.tap("to-review");
await app.until(() => app.has("确认下单 ¥42.00"));
await app.tap("submit");
await app.until(() => app.page().route === "pages/status/index" && view.orders.length === 2);
await app.tap("pay");
await app.tap("split");
await app.until(() => app.find("split-evenly") && app.has("分成 3 份"));
await app.tap("split-evenly");
await app.until(() => view.check.shares.length === 3 && app.find("share-2") && app.has("请选你要付的一份"));
await app.tap("share-1");
await app.until(() => app.find(mine));
const [a, b] = view.check.shares;
view.payments.push({ ...view.payments[0], ask: "c".repeat(32), share: a.share, amount: a.amount, tip: 0, state: "waiting" });
fixture.tell("payments");
await app.until(() => app.has("付款中"));
control.payOutcome = "paid";
closes = ["paid"];
await app.tap(mine);
await app.until(() => app.find("verdict-paid") && app.has("这桌还有"));
assert.equal(view.check.tenders.at(-1).share, b.share);
fixture.setPayment("c".repeat(32), "paid");
await app.tap("pay-rest");
await app.until(() => app.find("share-2") && app.has("已付"));
await app.tap("share-2");
await app.tap(mine);
await app.until(() => app.find("verdict-paid") && view.check.state === "settled");

assert.deepEqual(app.errors, []);
assert.equal(new Set(asks().map((p) => p.key)).size, asks().length, "every payment has its own id");
app.kill();
await fixture.close();
console.log(`${platform.name} pays in node: ok in ${Date.now() - began} ms`);
process.exit(0);
