// The service worker: the app's own files, so that it opens without the server. Plain on purpose: two lists and four rules.
// The build puts in the files and their common hash; a new build is another worker, which waits until a page lets it take over.
const FILES = __FILES__;
const CACHE = "dandan-staff-__VERSION__";
const SHELL = "/staff/";

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: file.startsWith("/staff/assets/") ? "default" : "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

// The build before this one stays: a page of it that is still open must find its pieces. Older ones go.
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      const before = names.filter((name) => name.startsWith("dandan-staff-") && name !== CACHE);
      await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)));
      await self.clients.claim();
    }),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

// Orders, money and boards are never answered from here: what is not one of the app's own files is not even looked at.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/api")) return;
  const path = url.pathname === "/staff/index.html" ? SHELL : url.pathname;
  if (!FILES.includes(path) && !path.startsWith("/staff/assets/")) return;
  event.respondWith(answer(path, request));
});

async function answer(path, request) {
  const mine = await (await caches.open(CACHE)).match(path);
  return mine ?? (await caches.match(path)) ?? fetch(request);
}
