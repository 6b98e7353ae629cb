/**
 * The part of Alipay's `my` that apps here use, over a real network. It differs from WeChat's where it matters: storage takes
 * objects, there is one socket with global listeners, every HTTP status but 200 is a failure that carries the answer along,
 * and `tradePay` closes with a result code that proves nothing.
 */
import { bodyOf, selectorQuery } from "./wx.mjs";

/**
 * Takes what `createWx` takes. Of the hooks, `tradePay(options)` returns the code the wallet closes with ("9000" unless it
 * says otherwise), `scanCode()` what the camera saw, `getAuthCode()` the sign-in code, or null where the person refuses.
 */
export function createMy({ log, store, query, window: win, stage, resolve, hooks = {}, timers = globalThis, WebSocket = globalThis.WebSocket }) {
  const missing = new Set();
  const network = [];
  const listeners = { open: [], message: [], close: [], error: [] };
  let socket = null;
  const ok = (options, value = {}) => {
    options?.success?.(value);
    options?.complete?.(value);
  };
  const fail = (options, value) => {
    options?.fail?.(value);
    options?.complete?.(value);
  };
  const later = (act) => timers.setTimeout(act, 0);
  const launch = { path: "", query, scene: "1011" };
  const info = { platform: "Android", version: "10.6.0", language: "zh-Hans", app: "alipay", ...win };

  const my = {
    // device
    getSystemInfoSync: () => info,
    getWindowInfo: () => win,
    canIUse: () => true,
    getLaunchOptionsSync: () => launch,
    getEnterOptionsSync: () => launch,
    // storage
    getStorageSync: ({ key }) => ({ data: key in store ? structuredClone(store[key]) : null }),
    setStorageSync: ({ key, data }) => {
      store[key] = JSON.parse(JSON.stringify(data));
      log.push({ api: "setStorage", key });
    },
    removeStorageSync: ({ key }) => void delete store[key],
    // network
    request: (o) => {
      const method = o.method ?? "GET";
      const entry = { api: "request", method, url: o.url, header: o.headers, data: o.data };
      hooks.beforeRequest?.(entry);
      log.push(entry);
      fetch(resolve(o.url), { method, headers: o.headers, body: method === "POST" ? o.data : undefined })
        .then(async (r) => ({ status: r.status, headers: Object.fromEntries(r.headers), data: bodyOf(await r.text(), o.dataType) }))
        .then((answer) => (answer.status === 200 ? ok(o, answer) : fail(o, { error: 19, errorMessage: "http status error", ...answer })), (e) => fail(o, { error: 12, errorMessage: e.message }));
      return { abort: () => undefined };
    },
    connectSocket: (o) => {
      log.push({ api: "connectSocket", url: o.url });
      socket?.close(); // There is one; a second takes its place.
      const mine = (socket = new WebSocket(resolve(o.url)));
      const tell = (type, shape) => mine.addEventListener(type, (e) => mine === socket && listeners[type].forEach((act) => act(shape(e))));
      tell("open", () => ({}));
      tell("message", (e) => ({ data: e.data, isBuffer: false }));
      tell("close", (e) => ({ code: e.code }));
      tell("error", () => ({ errorMessage: "socket error" }));
      later(() => ok(o));
    },
    onSocketOpen: (act) => void listeners.open.push(act),
    onSocketMessage: (act) => void listeners.message.push(act),
    onSocketClose: (act) => void listeners.close.push(act),
    onSocketError: (act) => void listeners.error.push(act),
    sendSocketMessage: ({ data }) => {
      log.push({ api: "socketSend", data });
      socket?.send(data);
    },
    closeSocket: () => socket?.close(),
    onNetworkStatusChange: (listen) => void network.push(listen),
    // people
    getAuthCode: (o) => {
      log.push({ api: "getAuthCode", scopes: o.scopes });
      Promise.resolve(hooks.getAuthCode ? hooks.getAuthCode() : "auth-code").then((authCode) => (authCode ? ok(o, { authCode, authSuccessScopes: [o.scopes] }) : fail(o, { error: 11, errorMessage: "refused" })));
    },
    tradePay: (o) => {
      log.push({ api: "tradePay", tradeNO: o.tradeNO });
      Promise.resolve(hooks.tradePay?.(o) ?? "9000").then((resultCode) => ok(o, { resultCode, memo: "", result: "" }));
    },
    scan: (o) => {
      log.push({ api: "scanCode" });
      Promise.resolve(hooks.scanCode?.()).then((code) => (code ? ok(o, { code, qrCode: code }) : fail(o, { error: 10, errorMessage: "cancel" })));
    },
    showToast: (o) => {
      log.push({ api: "showToast", title: o.content });
      ok(o);
    },
    confirm: (o) => later(() => ok(o, { confirm: true })),
    setClipboard: (o) => later(() => ok(o)),
    setNavigationBar: (o) => {
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
  for (const name of ["onError", "onUnhandledRejection", "onAppShow", "onAppHide", "offAppShow", "offAppHide"]) {
    my[name] = (o) => (typeof o === "object" && o !== null ? ok(o) : undefined);
  }
  return {
    missing,
    /** Tells the app that the network went or came. */
    setNetwork: (isConnected) => network.forEach((listen) => listen({ isConnected, networkType: isConnected ? "WIFI" : "NOTREACHABLE", networkAvailable: isConnected })),
    my: new Proxy(my, {
      get: (target, name) => {
        if (!(name in target) && typeof name === "string") missing.add(name);
        return target[name];
      },
    }),
  };
}
