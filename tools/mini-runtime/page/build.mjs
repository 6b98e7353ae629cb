/**
 * Turns a built mini-program into a page a browser can open: WXML and WXS compiled by Tencent's own template compiler, styles
 * with rpx as vw, scripts as modules without browser globals. The compiler and bundler are those of the app under test.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const builtIn =
  "view|text|button|input|textarea|scroll-view|swiper|swiper-item|image|label|form|checkbox|checkbox-group|radio|radio-group|switch|picker|picker-view|picker-view-column|slider|progress|icon|navigator|rich-text|video|canvas|map|audio|camera|web-view|cover-view|cover-image|movable-area|movable-view|page-meta|root-portal|ad|open-data|official-account|live-player|live-pusher";
const hidden =
  "require,module,exports,wx,App,Page,Component,Behavior,getApp,getCurrentPages,window,document,global,location,navigator,MutationObserver,IntersectionObserver,ResizeObserver,HTMLElement,Element,Node,Event,localStorage,sessionStorage,fetch,XMLHttpRequest,WebSocket,self,crypto";

/** Writes index.html and its parts to `out`. `packages` is the folder whose node_modules has the tools. */
export function buildPage(dist, out, packages) {
  const require = createRequire(path.join(packages, "package.json"));
  const { TmplGroup } = require("glass-easel-template-compiler");
  const esbuild = require("esbuild");
  fs.mkdirSync(out, { recursive: true });
  const group = new TmplGroup();
  const [scripts, json, styles, warnings] = [{}, {}, {}, []];
  for (const file of fs.readdirSync(dist, { recursive: true })) {
    const full = path.join(dist, file);
    if (!fs.statSync(full).isFile()) continue;
    const name = file.replace(/\.\w+$/, "");
    const source = fs.readFileSync(full, "utf8");
    switch (path.extname(file)) {
      case ".wxml":
        warnings.push(...(group.addTmpl(name, template(source)) ?? []).map((w) => `${file}: ${w?.message ?? w}`));
        break;
      case ".wxs":
        group.addScript(name, source);
        break;
      case ".js":
        scripts[name] = source;
        break;
      case ".json":
        json[name] = JSON.parse(source);
        break;
      case ".wxss":
        styles[name] = style(source);
        break;
    }
  }
  const modules = Object.entries(scripts).map(([name, code]) => `${JSON.stringify(name)}:function(${hidden}){${code}\n}`);
  const templates = group.getTmplGenObjectGroups().replace(/;\s*$/, "");
  fs.writeFileSync(path.join(out, "app-code.js"), `window.__code={json:${JSON.stringify(json)},styles:${JSON.stringify(styles)},groups:${templates},modules:{${modules.join(",\n")}}}`);
  esbuild.buildSync({ entryPoints: [path.join(here, "runtime.js")], bundle: true, outfile: path.join(out, "runtime.js"), format: "iife", nodePaths: [path.join(packages, "node_modules")] });
  for (const file of ["index.html", "base.css"]) fs.copyFileSync(path.join(here, file), path.join(out, file));
  return warnings;
}

/** Built-in tags become our stand-ins; `bindtap=` becomes `bind:tap=`, which the compiler asks for. */
const template = (wxml) =>
  wxml
    .replace(new RegExp(`<(/?)(${builtIn})(?=[\\s>/])`, "g"), "<$1wx-$2")
    .replace(/\s(capture-)?(bind|catch)([a-z]+)="/g, (_, capture = "", kind, event) => ` ${capture}${kind}:${event}="`);

const style = (wxss) => wxss.replace(/([\d.]+)rpx/g, (_, n) => `calc(${n} * 100vw / 750)`).replace(/(^|[},\s])page(?=[\s,{.])/g, "$1body");
