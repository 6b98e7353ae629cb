/**
 * Loads a built mini-program in a Node `vm` that has no DOM: the production bundle, its own templates' events, a fake `wx` or
 * `my`, by the build's own templates.
 * A tap on a node whose template binds no tap is an error, as it would silently be on a phone.
 */
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { createMy } from "./my.mjs";
import { createWx } from "./wx.mjs";

const window = { windowWidth: 360, windowHeight: 780, pixelRatio: 2, statusBarHeight: 20 };

/** Starts the app; `store` outlives it, so a second start with the same one is the app reopened. */
export function boot(dist, { query = {}, store = {}, resolve = (url) => url, hooks = {}, WebSocket } = {}) {
  const dir = path.resolve(dist);
  const manifest = JSON.parse(fs.readFileSync(path.join(dir, "app.json"), "utf8"));
  const alipay = fs.existsSync(path.join(dir, "base.axml"));
  const { tags, binds } = readTemplates(fs.readFileSync(path.join(dir, alipay ? "base.axml" : "base.wxml"), "utf8"));
  const log = [];
  const stack = [];
  const defs = {};
  const errors = [];
  const timers = killableTimers();
  let appDef;
  let loading = "";
  let sent = { calls: 0, bytes: 0 };

  const stage = {
    open: (url) => {
      stack.at(-1)?.onHide?.();
      open(url);
    },
    back: (delta) => {
      for (let i = 0; i < delta && stack.length > 1; i += 1) stack.pop().onUnload?.();
      stack.at(-1)?.onShow?.();
    },
    replace: (url) => {
      stack.pop()?.onUnload?.();
      open(url);
    },
    relaunch: (url) => {
      while (stack.length > 0) stack.pop().onUnload?.();
      open(url);
    },
  };
  const made = (alipay ? createMy : createWx)({ log, store, query, window, stage, resolve, hooks, timers, WebSocket });
  const { missing, setNetwork } = made;
  const host = alipay ? made.my : made.wx;

  const context = vm.createContext({
    // Alipay has a `navigator`, though none of a browser's.
    ...(alipay ? { my: host, navigator: { swuserAgent: "AlipayClient/10.6.0" } } : { wx: host }), ...timers.api,
    console: { ...console, error: (...args) => void errors.push(args.map(String).join(" ")) },
    App: (def) => void (appDef = def),
    Page: (def) => void (defs[loading] = def),
    Component: (def) => void (loading !== "" && (defs[loading] ??= def)),
    Behavior: (def) => def,
    getApp: () => app,
    getCurrentPages: () => stack.slice(),
  });
  context.global = context;
  const load = loader(context);

  load(path.join(dir, "app.js"));
  const app = Object.assign(Object.create(appDef), appDef);
  app.onLaunch?.({ path: manifest.pages[0], query, scene: 1047 });
  app.onShow?.({ query });
  open(`/${manifest.pages[0]}`);

  function open(url) {
    const [route, search = ""] = url.replace(/^\//, "").split("?");
    if (!manifest.pages.includes(route)) throw new Error(`page not in app.json: ${route}`);
    if (!defs[route]) {
      loading = route;
      load(path.join(dir, route));
      loading = "";
    }
    const def = defs[route];
    const page = Object.assign(Object.create(def), def.methods, def, { route, data: structuredClone(def.data ?? {}) });
    page.setData = (change, done) => {
      sent = { calls: sent.calls + 1, bytes: sent.bytes + JSON.stringify(change).length };
      for (const key of Object.keys(change)) setPath(page.data, key, change[key]);
      queueMicrotask(() => done?.());
    };
    page.selectComponent = () => null;
    page.createSelectorQuery = host.createSelectorQuery;
    stack.push(page);
    page.onLoad?.(Object.fromEntries(new URLSearchParams(search)));
    page.onShow?.();
    page.onReady?.();
  }

  const page = () => stack.at(-1);
  const nodes = () => [...walk(page().data.root)];
  const text = (node) => node === null ? "" : node.v ?? (node.cn ?? []).map(text).join("");
  const find = (id) => nodes().find((n) => n.uid === id) ?? null;
  const outline = (node = page().data.root, depth = 0) =>
    (node.cn ?? []).map((c) => (c.v !== undefined ? `${"  ".repeat(depth)}${c.v}` : `${"  ".repeat(depth)}<${tags[c.nn] ?? c.nn} ${c.cl ?? ""} #${c.uid ?? ""}>\n${outline(c, depth + 1)}`)).join("\n");

  async function until(what, ms = 6_000) {
    for (const end = Date.now() + ms; ; await new Promise((r) => setTimeout(r, 5))) {
      const value = what();
      if (value) return value;
      if (Date.now() > end) throw new Error(`never: ${what}\n${errors.join("\n")}\non ${page().route}:\n${outline().replace(/^.*<view  #>$\n/gm, "").slice(0, 6_000)}`);
    }
  }

  function fire(node, type, detail = {}) {
    if (!binds[node.nn]?.has(type)) throw new Error(`<${tags[node.nn]} #${node.uid}> has no bind${type} in the build's templates`);
    const target = { id: node.uid || node.sid, dataset: { sid: node.sid }, offsetLeft: 0, offsetTop: 0 };
    page().eh({ type, detail, target, currentTarget: target, timeStamp: Date.now(), mark: {} });
  }

  return {
    log, store, stack, missing, errors, page, find, text, outline, until, setNetwork, fire,
    /** Waits for a node by its id, then taps it. */
    tap: async (id) => fire(await until(() => find(id)), "tap"),
    /** Two taps before anything has been redrawn, as a nervous thumb does. */
    doubleTap: async (id) => {
      const node = await until(() => find(id));
      fire(node, "tap");
      fire(node, "tap");
    },
    type: async (id, value) => fire(await until(() => find(id)), "input", { value }),
    has: (words) => text(page().data.root).includes(words),
    /** The system ends the app: nothing of it runs on; the store stays. */
    kill: () => timers.kill(),
    stats: () => sent,
  };
}

/** Tag and bound events of each node kind, as the build's own templates have them. */
function readTemplates(base) {
  const tags = {};
  const binds = {};
  for (const [, kind, tag, attributes] of base.matchAll(/<template name="tmpl_0_([^"]+)">\s*<([\w-]+)([^>]*)>/g)) {
    tags[kind] = tag;
    binds[kind] = new Set([...attributes.matchAll(/\s(?:bind|catch|on):?(\w+)="eh"/g)].map((m) => m[1].toLowerCase()));
  }
  // Inputs have one template while focused and one while not.
  for (const kind of Object.keys(tags)) {
    if (tags[kind] === "template" && tags[`${kind}_blur`]) [tags[kind], binds[kind]] = [tags[`${kind}_blur`], binds[`${kind}_blur`]];
  }
  return { tags, binds };
}

function loader(context) {
  const cache = {};
  return function load(file) {
    const full = file.endsWith(".js") ? file : `${file}.js`;
    if (cache[full]) return cache[full].exports;
    const module = (cache[full] = { exports: {} });
    const wrapped = `(function(require,module,exports){${fs.readFileSync(full, "utf8")}\n})`;
    vm.runInContext(wrapped, context, { filename: full })((p) => load(path.join(path.dirname(full), p)), module, module.exports);
    return module.exports;
  };
}

function killableTimers() {
  const running = new Set();
  let dead = false;
  const start = (make, once) => (act, ms, ...args) => {
    if (dead) return 0;
    const handle = make(() => {
      if (once) running.delete(handle);
      if (!dead) act(...args);
    }, ms);
    running.add(handle);
    return handle;
  };
  const stop = (handle) => {
    running.delete(handle);
    clearTimeout(handle);
  };
  const api = { setTimeout: start(setTimeout, true), setInterval: start(setInterval, false), clearTimeout: stop, clearInterval: stop };
  return {
    api, setTimeout: api.setTimeout,
    kill: () => {
      dead = true;
      for (const handle of running) clearTimeout(handle);
    },
  };
}

function* walk(node) {
  for (const child of node?.cn ?? []) {
    yield child;
    yield* walk(child);
  }
}

function setPath(root, key, value) {
  const parts = key.replace(/\[(\d+)\]/g, ".$1").split(".").filter(Boolean);
  const last = parts.pop();
  let at = root;
  parts.forEach((part, i) => {
    at = at[part] ??= /^\d+$/.test(parts[i + 1] ?? last) ? [] : {};
  });
  at[last] = structuredClone(value);
}
