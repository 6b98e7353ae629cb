/** Runs in the page: Tencent's component framework with a fake `wx` under the app. `?api=` says where its requests go. */
import * as ge from "glass-easel";
import { MiniProgramEnv } from "glass-easel-miniprogram-adapter";
import { createWx } from "../wx.mjs";

const { json, styles, groups, modules } = window.__code;
const params = new URLSearchParams(location.search);

for (const tag of ["input", "textarea"]) {
  customElements.define(`wx-${tag}`, class extends HTMLElement {
    static observedAttributes = ["value", "placeholder"];
    connectedCallback() {
      if (this.field) return;
      this.field = document.createElement(tag);
      this.append(this.field);
      this.sync();
    }
    attributeChangedCallback() { this.sync(); }
    sync() {
      if (!this.field) return;
      const value = this.getAttribute("value") ?? "";
      if (this.field.value !== value) this.field.value = value;
      this.field.placeholder = this.getAttribute("placeholder") ?? "";
    }
  });
}
customElements.define("wx-image", class extends HTMLElement {
  static observedAttributes = ["src"];
  attributeChangedCallback() {
    if (!this.img) this.append((this.img = document.createElement("img")));
    this.img.src = resolve(this.getAttribute("src") ?? "");
  }
});

ge.globalOptions.writeIdToDOM = true;
const env = new MiniProgramEnv();
const space = env.createCodeSpace("", true);
const backend = env.associateBackend();
backend._$._$getEventDetail = (e) => (e.target && "value" in e.target ? { value: e.target.value } : {});
backend._$.onEvent((target, type, detail, options) => {
  const event = new ge.Event(type, detail, options);
  event.dispatch(target);
  return event.getEventBubbleStatus?.();
});

const log = (window.__log = []);
const stack = (window.__stack = []);
const store = (window.__store = {});
const origin = params.get("origin");
const api = params.get("api");
function resolve(url) {
  return api && origin ? url.replace(origin, api).replace(origin.replace(/^http/, "ws"), api.replace(/^http/, "ws")) : url;
}

const { wx, missing } = createWx({
  log, store, resolve,
  query: { q: params.get("q") ?? "" },
  window: { windowWidth: innerWidth, windowHeight: innerHeight, pixelRatio: devicePixelRatio, statusBarHeight: 0 },
  hooks: { beforeRequest: (r) => window.__beforeRequest?.(r, store) },
  stage: {
    open,
    back: (delta) => {
      for (let i = 0; i < delta && stack.length > 1; i += 1) close();
      const top = stack.at(-1);
      top.el.style.display = "";
      top.inst.onShow?.();
    },
    replace: (url) => { close(); open(url); },
    relaunch: (url) => { while (stack.length > 0) close(); open(url); },
  },
});
window.__missing = missing;

let appDef;
let app;
let current = {};
const cache = {};

function normal(path) {
  const out = [];
  for (const part of path.split("/")) if (part === "..") out.pop(); else if (part && part !== ".") out.push(part);
  return out.join("/").replace(/\.js$/, "");
}

function load(name) {
  if (cache[name]) return cache[name].exports;
  if (!modules[name]) throw new Error(`no module ${name}`);
  const module = (cache[name] = { exports: {} });
  const dir = name.includes("/") ? name.slice(0, name.lastIndexOf("/") + 1) : "";
  modules[name]((p) => load(normal(dir + p)), module, module.exports, wx, (d) => { appDef = d; }, (d) => current.Page(d), (d) => current.Component(d), (d) => current.Behavior(d), () => app, () => stack.map((s) => s.inst), undefined, undefined, {});
  return module.exports;
}

for (const name of Object.keys(styles)) {
  space.addStyleSheet(name, name);
  backend.registerStyleSheetContent(name, styles[name].replace(/@import\s+["'][^"']+["'];?/g, ""));
}
// The app's own styles hold on every page, and so do the ones it imports.
const shared = document.createElement("style");
shared.textContent = ["app-origin", "common", "app"].map((n) => (styles[n] ?? "").replace(/@import[^;]+;/g, "")).join("\n");
document.head.append(shared);
for (const name of Object.keys(groups)) space.addCompiledTemplate(name, { groupList: groups, content: groups[name] });
const components = Object.keys(json).filter((name) => json[name].component);
const names = [...components, ...json.app.pages];
for (const name of names) space.addComponentStaticConfig(name, json[name]);

load("app");
app = Object.assign(Object.create(appDef), appDef);
app.onLaunch?.({ path: json.app.pages[0], query: {}, scene: 1047 });
app.onShow?.({});
for (const name of names) space.componentEnv(name, (componentEnv) => { current = componentEnv; load(name); });

function open(url) {
  const [path, search = ""] = url.replace(/^\//, "").split("?");
  const under = stack.at(-1);
  if (under) {
    under.inst.onHide?.();
    under.el.style.display = "none";
  }
  const root = backend.createRoot("page-root", space, path);
  const place = document.createElement("i");
  document.body.appendChild(place);
  root.attach(document.body, place);
  const inst = root.get();
  const el = root.getComponent().$$;
  inst.route = path;
  // Class names of a page are not scoped in a mini-program without style isolation.
  const own = document.createElement("style");
  own.textContent = (styles[path] ?? "").replace(/@import[^;]+;/g, "");
  document.head.append(own);
  stack.push({ inst, root, el });
  inst.onLoad?.(Object.fromEntries(new URLSearchParams(search)));
  inst.onShow?.();
  inst.onReady?.();
}

function close() {
  const top = stack.pop();
  top.inst.onUnload?.();
  top.root.release();
  top.el.remove();
}

open(`/${json.app.pages[0]}`);
