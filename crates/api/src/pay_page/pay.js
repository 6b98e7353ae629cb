"use strict";
// Counts the seconds, looks whether the page should be another one, and hands over to the wallet. Without it the page still works.
(() => {
  const pay = document.getElementById("pay");
  const look = pay.dataset.look;
  if (!look) return;

  const seconds = document.getElementById("seconds");
  if (seconds) setInterval(() => { seconds.textContent = String(Number(seconds.textContent) + 1); }, 1000);

  const again = () => location.replace(location.pathname);
  const check = async () => {
    try {
      const answer = await fetch(look, { cache: "no-store" });
      // The cloud says that the restaurant is cut off: from here on only the cloud hears of the money, and shows the proof of it.
      if (answer.status === 503 && pay.dataset.attempt && (await answer.json()).code === "store_offline") {
        return location.assign(`../receipt/${pay.dataset.attempt}`);
      }
      if (answer.ok && (await answer.json()).key !== pay.dataset.key) again();
    } catch { /* Away for a moment: the next look says. */ }
  };
  setInterval(check, 2000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
  addEventListener("pageshow", (event) => { if (event.persisted) again(); });

  for (const form of document.forms) {
    form.addEventListener("submit", () => setTimeout(() => {
      for (const button of form.elements) button.disabled = true;
    }));
  }

  const on = document.getElementById("on");
  if (!on) return;
  const invoke = () => {
    if (!window.WeixinJSBridge) return false;
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(on.dataset.jsapi), check);
    return true;
  };
  if (on.dataset.jsapi) {
    on.addEventListener("click", (event) => {
      if (invoke() || !on.getAttribute("href")) event.preventDefault();
    });
  }
  if (on.dataset.go === undefined || !location.search) return;
  // Once only: whoever comes back here without having paid decides anew.
  history.replaceState(null, "", location.pathname);
  if (!on.dataset.jsapi) location.assign(on.href);
  else if (!invoke()) document.addEventListener("WeixinJSBridgeReady", invoke, { once: true });
})();
