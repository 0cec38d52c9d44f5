/* What the browser keeps of the page: enough to open it without a connection and write what is sent later. */
"use strict";
var SHELF = "shell-{{ version }}", SHELL = {{ shell | tojson }};

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(SHELF).then(function (shelf) { return shelf.addAll(SHELL); }).then(function () { return self.skipWaiting(); }));
});
self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) { return name === SHELF ? null : caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

/* The page from the network, so that it is the newest, and in whatever language was chosen; kept for the next cellar. */
self.addEventListener("fetch", function (event) {
  var url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === "/") {
    event.respondWith(fetch(event.request).then(function (answer) {
      if (answer.ok) {
        var copy = answer.clone();
        event.waitUntil(caches.open(SHELF).then(function (shelf) { return shelf.put("/", copy); }));
      }
      return answer;
    }, function () { return caches.match("/"); }));
  } else if (url.pathname.indexOf("/assets/") === 0) {
    event.respondWith(caches.match(event.request).then(function (kept) { return kept || fetch(event.request); }));
  }
});

/* Somebody has a message. What it says is in the chat alone. */
self.addEventListener("push", function (event) {
  var told = event.data ? event.data.json() : {};
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(function (open) {
    if (open.some(function (page) { return page.visibilityState === "visible"; })) return null;
    return self.registration.showNotification("哨点 Shaodian", { body: told.text, tag: told.tag, icon: SHELL[SHELL.length - 1] });
  }));
});
self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: "window" }).then(function (open) {
    return open.length ? open[0].focus() : self.clients.openWindow("/");
  }));
});
