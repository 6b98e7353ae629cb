/**
 * The part of WeChat's `wx` that apps here use, over a real network. Runs in Node and in a browser page; what differs between
 * them (how pages are opened, where bytes go) is handed in. Every call worth asserting is written to `log`.
 */

/**
 * @param {object} o
 * @param {object[]} o.log      what happened, in order: { api, … }
 * @param {object} o.store      storage; hand the same object to a second start to play a reopened app
 * @param {object} o.query      query the app is launched with
 * @param {object} o.window     { windowWidth, windowHeight, pixelRatio }
 * @param {object} o.stage      { open, back, replace, relaunch }: the page stack
 * @param {(url: string) => string} o.resolve  where a URL of the app really goes
 * @param {object} [o.hooks]    requestPayment(options) and scanCode() decide what a person does there; beforeRequest(options) looks on
 * @param {{ setTimeout: Function }} [o.timers]
 * @param {typeof globalThis.WebSocket} [o.WebSocket]  for a Node that has none of its own
 */
export function createWx({ log, store, query, window: win, stage, resolve, hooks = {}, timers = globalThis, WebSocket = globalThis.WebSocket }) {
  const missing = new Set();
  const network = [];
  const settle = (options, result) => {
    options?.[result.ok === false ? "fail" : "success"]?.(result.value ?? {});
    options?.complete?.(result.value ?? {});
  };
  const ok = (options, value = {}) => settle(options, { value });
  const fail = (options, errMsg) => settle(options, { ok: false, value: { errMsg } });
  const later = (act) => timers.setTimeout(act, 0);
  const launch = { path: "", query, scene: 1047 };
  const info = { platform: "android", SDKVersion: "3.5.0", language: "zh_CN", theme: "light", ...win };

  const wx = {
    // device
    getSystemInfoSync: () => info,
    getWindowInfo: () => win,
    getDeviceInfo: () => ({ platform: "android" }),
    getAppBaseInfo: () => info,
    getMenuButtonBoundingClientRect: () => ({ top: 24, left: 280, width: 87, height: 32, right: 367, bottom: 56 }),
    canIUse: () => true,
    nextTick: (act) => Promise.resolve().then(act),
    getLaunchOptionsSync: () => launch,
    getEnterOptionsSync: () => launch,
    getRandomValues: (o) => later(() => ok(o, { randomValues: randomBytes(o.length) })),
    // storage
    getStorageSync: (key) => (key in store ? structuredClone(store[key]) : ""),
    setStorageSync: (key, value) => {
      store[key] = JSON.parse(JSON.stringify(value));
      log.push({ api: "setStorage", key });
    },
    removeStorageSync: (key) => void delete store[key],
    // network
    request: (o) => {
      const method = o.method ?? "GET";
      const entry = { api: "request", method, url: o.url, header: o.header, data: o.data };
      hooks.beforeRequest?.(entry);
      log.push(entry);
      fetch(resolve(o.url), { method, headers: o.header, body: method === "POST" ? o.data : undefined })
        .then(async (r) => ({ statusCode: r.status, header: Object.fromEntries(r.headers), data: bodyOf(await r.text(), o.dataType) }))
        .then((answer) => ok(o, answer), (e) => fail(o, `request:fail ${e.message}`));
      return { abort: () => undefined };
    },
    connectSocket: (o) => {
      log.push({ api: "connectSocket", url: o.url });
      const socket = new WebSocket(resolve(o.url));
      const on = (type, shape) => (act) => socket.addEventListener(type, (e) => act(shape(e)));
      later(() => ok(o, { errMsg: "connectSocket:ok" }));
      return {
        onOpen: on("open", () => ({})),
        onMessage: on("message", (e) => ({ data: e.data })),
        onClose: on("close", (e) => ({ code: e.code })),
        onError: on("error", () => ({ errMsg: "socket error" })),
        send: ({ data }) => {
          log.push({ api: "socketSend", data });
          socket.send(data);
        },
        close: () => socket.close(),
      };
    },
    onNetworkStatusChange: (listen) => void network.push(listen),
    // people
    login: (o) => later(() => ok(o, { code: "js-code" })),
    requestPayment: (o) => {
      log.push({ api: "requestPayment", package: o.package, paySign: o.paySign });
      Promise.resolve(hooks.requestPayment?.(o) ?? "ok").then((did) => (did === "ok" ? ok(o) : fail(o, "requestPayment:fail cancel")));
    },
    scanCode: (o) => {
      log.push({ api: "scanCode" });
      Promise.resolve(hooks.scanCode?.()).then((result) => (result ? ok(o, { result }) : fail(o, "scanCode:fail cancel")));
    },
    showToast: (o) => {
      log.push({ api: "showToast", title: o.title });
      ok(o);
    },
    showModal: (o) => later(() => ok(o, { confirm: true })),
    setClipboardData: (o) => later(() => ok(o)),
    setNavigationBarTitle: (o) => {
      log.push({ api: "title", title: o.title });
      ok(o);
    },
    // pages
    navigateTo: (o) => (stage.open(o.url), ok(o)),
    navigateBack: (o = {}) => (stage.back(o.delta ?? 1), ok(o)),
    redirectTo: (o) => (stage.replace(o.url), ok(o)),
    reLaunch: (o) => (stage.relaunch(o.url), ok(o)),
    createSelectorQuery: () => selectorQuery(),
  };
  for (const name of ["onError", "onUnhandledRejection", "onPageNotFound", "onAppShow", "onAppHide", "onThemeChange", "onWindowResize", "onMemoryWarning", "offAppShow", "offAppHide", "reportPerformance", "hideToast"]) {
    wx[name] = (o) => (typeof o === "object" && o !== null ? ok(o) : undefined);
  }
  return {
    missing,
    /** Tells the app that the network went or came. */
    setNetwork: (isConnected) => network.forEach((listen) => listen({ isConnected, networkType: isConnected ? "wifi" : "none" })),
    wx: new Proxy(wx, {
      get: (target, name) => {
        if (!(name in target) && typeof name === "string") missing.add(name);
        return target[name];
      },
    }),
  };
}

export const bodyOf = (text, dataType) => (dataType === undefined || dataType === "json" ? JSON.parse(text || "null") : text);

const randomBytes = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)).buffer;

export function selectorQuery() {
  const query = { exec: (act) => act?.([{ width: 0, height: 0, top: 0, left: 0 }]) };
  for (const name of ["select", "selectAll", "selectViewport", "in", "boundingClientRect", "scrollOffset", "fields", "node"]) query[name] = () => query;
  return query;
}
