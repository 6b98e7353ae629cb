// Shows the printers and presses their buttons. What jobs say goes in as text, never as markup.
"use strict";

/** Faults with a button that is on or off; a number is what the button sets. */
const FAULTS = [
  ["paper_out", "缺纸", true],
  ["paper_near_end", "纸将尽", true],
  ["paper_out_after_rows", "再走 200 行缺纸", 200],
  ["cover_open", "开盖", true],
  ["offline", "脱机", true],
  ["unplugged", "断电", true],
  ["silent", "不应答", true],
  ["reply_lost", "回执丢失", true],
  ["half_job", "收 300 字节断开", 300],
  ["slow_ms_per_row", "慢（每行 5 毫秒）", 5],
  ["garbage", "乱应答", true],
];
/** Slips shown of each printer, the newest first. */
const SHOWN = 20;
const REFRESH_MS = 1000;

const cards = new Map();
const line = document.getElementById("line");

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function button(text, press) {
  const made = make("button", "", text);
  made.type = "button";
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await press(made);
      await refresh();
    } catch (error) {
      lost(error);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

async function call(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `HTTP ${answer.status}`);
  return body;
}

const path = (name, rest) => `printers/${encodeURIComponent(name)}/${rest}`;

function setFault(name, fault, value) {
  const headers = { "content-type": "application/json" };
  return call(path(name, "faults"), { method: "POST", headers, body: JSON.stringify({ [fault]: value }) });
}

function card(name) {
  const root = make("section", "card");
  const head = make("div", "head");
  const [where, state] = [make("span", "where"), make("span", "state")];
  head.append(make("h2", "", name), where, state);
  const faults = make("div", "faults");
  const buttons = FAULTS.map(([fault, label, on]) => {
    const off = typeof on === "boolean" ? false : fault === "slow_ms_per_row" ? 0 : null;
    const made = button(label, (pressed) => setFault(name, fault, pressed.ariaPressed === "true" ? off : on));
    faults.append(made);
    return made;
  });
  for (const [label, rest, method] of [["装纸", "paper", "POST"], ["关钱箱", "drawer", "POST"], ["清空小票", "slips", "DELETE"]]) {
    const made = button(label, () => call(path(name, rest), { method }));
    made.className = "act";
    faults.append(made);
  }
  const slips = make("div", "slips");
  root.append(head, faults, slips);
  document.getElementById("printers").append(root);
  return { where, state, buttons, slips, seen: "" };
}

function words(printer) {
  const { state, faults, waiting } = printer;
  const said = [];
  if (faults.unplugged) said.push("断电");
  if (state.paper_out) said.push("缺纸");
  else if (state.paper_near_end) said.push("纸将尽");
  if (state.cover_open) said.push("开盖");
  if (faults.offline) said.push("脱机");
  if (state.drawer_open) said.push("钱箱开着");
  if (waiting) said.push(state.online ? "打印中" : "有任务在等");
  return said.length > 0 ? said.join(" · ") : "正常";
}

function figure(source, caption, alt, warning) {
  const root = make("figure");
  const image = make("img");
  image.src = source;
  image.alt = alt;
  const under = make("figcaption", "", caption);
  if (warning) under.append(make("b", "", ` ${warning}`));
  root.append(under, image);
  return root;
}

async function show(printer) {
  const name = printer.name;
  if (!cards.has(name)) cards.set(name, card(name));
  const shown = cards.get(name);
  shown.where.textContent = `端口 ${printer.port} · ${printer.width === "58mm" ? "58 毫米" : "80 毫米"}`;
  shown.state.textContent = words(printer);
  shown.state.classList.toggle("bad", !printer.state.online);
  FAULTS.forEach(([fault], place) => {
    shown.buttons[place].ariaPressed = String(Boolean(printer.faults[fault]));
  });
  const seen = JSON.stringify([printer.slips, printer.cut_slips, printer.uncut]);
  if (seen === shown.seen) return;
  const slips = await call(path(name, "slips"));
  shown.seen = seen;
  const figures = slips.slice(-SHOWN).reverse().map((slip) => {
    const did = [slip.drawer > 0 ? "开钱箱" : "", slip.buzzer > 0 ? "蜂鸣" : ""].filter(Boolean).map((word) => ` · ${word}`).join("");
    const unknown = slip.unknown.length > 0 ? `未知指令 ${slip.unknown.length} 条` : "";
    const at = new Date(slip.at).toLocaleTimeString("zh-CN");
    return figure(path(name, `slips/${slip.number}.png?at=${encodeURIComponent(slip.at)}`), `第 ${slip.number} 张 · ${at}${did}`, slip.text, unknown);
  });
  if (printer.uncut !== "") {
    figures.unshift(figure(path(name, `slips/uncut.png?t=${Date.now()}`), "还没切的纸", printer.uncut, ""));
  }
  shown.slips.replaceChildren(...(figures.length > 0 ? figures : [make("p", "", "还没有小票")]));
}

function lost(error) {
  line.textContent = `连不上模拟打印机：${error.message}`;
  line.className = "lost";
}

async function refresh() {
  const printers = await call("printers");
  await Promise.all(printers.map(show));
  line.textContent = `${printers.length} 台`;
  line.className = "";
}

async function run() {
  try {
    await refresh();
  } catch (error) {
    lost(error);
  }
  setTimeout(run, REFRESH_MS);
}
run();
