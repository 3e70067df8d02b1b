// Shows the page for registering without a network, as it was last made for whoever is logged in, and sends what waits
// when the browser says that there is a network again. Its address and those it needs come from casemgr/web/pwa.py.
"use strict";
const KEPT = "kept-page";
const PARTS = "parts";
const PATIENCE = 6000; // ms until a network that does not answer counts as none

importScripts(ADDRESSES.outgoing);
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const late = () => new Promise((_, failed) => setTimeout(() => failed(new Error("late")), PATIENCE));

const form = async (request) => {
  try {
    const answer = await Promise.race([fetch(request), late()]);
    if (answer.ok && answer.headers.get("X-Account")) (await caches.open(KEPT)).put(ADDRESSES.form, answer.clone());
    return answer;
  } catch (fault) {
    const kept = await (await caches.open(KEPT)).match(ADDRESSES.form, { ignoreVary: true });
    if (kept) return kept;
    throw fault;
  }
};

const part = async (request) => {
  const parts = await caches.open(PARTS);
  const kept = await parts.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) parts.put(request, answer.clone());
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === ADDRESSES.form) event.respondWith(form(request));
  else if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) event.respondWith(part(request));
});
self.addEventListener("sync", (event) => {
  if (event.tag === "outgoing") event.waitUntil(self.Outgoing.sendAll(0).then((came) => { if (came === "offline") throw new Error(came); }));
});
