// What was written on this device and has not reached the server: drafts and matters that wait, kept in IndexedDB by the
// account that wrote them, with their photos, and sent each under its own key, so that sending twice registers once.
// Used by pages and by the service worker. An item: key, account, state (draft waiting refused sent), fields [[name, value]],
// photos [{name, type, bytes}], at (ms), tried, faults {fields, reasons}, answer {number, url}, shown.
"use strict";
self.Outgoing = (() => {
  const READY = "/cases/new/ready";
  const PATIENCE = 60000; // ms for one sending: a network that does not answer is no network
  const REFUSED = new Set([403, 404, 405, 409, 413, 415, 422]);
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("outgoing") : null;

  const asked = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  let opened = null;
  const base = () => opened = opened || new Promise((done, failed) => {
    const request = indexedDB.open("casemgr", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("items", { keyPath: "key" }).createIndex("account", "account");
    request.onsuccess = () => done(request.result);
    request.onerror = () => { opened = null; failed(request.error); };
  });
  const items = async (mode) => (await base()).transaction("items", mode).objectStore("items");

  const of = async (account) => (await asked((await items("readonly")).index("account").getAll(account))).sort((a, b) => a.at - b.at);
  const get = async (key) => asked((await items("readonly")).get(key));
  const tell = () => { if (channel) channel.postMessage("changed"); };
  const put = async (item) => { await asked((await items("readwrite")).put(item)); tell(); };
  const drop = async (key) => { await asked((await items("readwrite")).delete(key)); tell(); };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const said = (item, name) => (item.fields.find((field) => field[0] === name) || [name, ""])[1];

  const form = (item) => {
    const body = new FormData();
    item.fields.forEach(([name, value]) => body.append(name, value));
    body.set("key", item.key);
    body.set("account", item.account);
    item.photos.forEach((photo) => body.append("photo", new Blob([photo.bytes], { type: photo.type }), photo.name));
    return body;
  };

  const fetched = (url, options) => fetch(url, {
    cache: "no-store", credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(PATIENCE), ...options,
    headers: { Accept: "application/json", ...(options && options.headers) },
  });

  // Whose log-in the server sees: {account, token, send}, or "login", or "offline".
  const ready = async () => {
    try {
      const answer = await fetched(READY);
      if (answer.type === "opaqueredirect" || answer.status === 403) return "login";
      return answer.ok ? await answer.json() : "offline";
    } catch { return "offline"; }
  };

  const taken = async (item, answer) => {
    const title = (said(item, "title") || said(item, "text")).slice(0, 40);
    await put({ ...item, state: "sent", answer: await answer.json(), fields: [["text", title]], photos: [], faults: null });
    return "sent";
  };

  const returned = async (item, answer) => {
    const faults = await answer.json().catch(() => ({ fields: {}, reasons: [] }));
    const key = faults.code === "key_used" ? newKey() : item.key; // what went before stands under the old key
    if (key !== item.key) await drop(item.key);
    await put({ ...item, key, state: "refused", tried: false, faults: { fields: faults.fields || {}, reasons: faults.reasons || [] } });
    return "refused";
  };

  const send = async (item, where) => {
    try {
      await put({ ...item, tried: true });
      const answer = await fetched(where.send, { method: "POST", body: form(item), headers: { "X-CSRFToken": where.token } });
      if (answer.ok) return await taken(item, answer);
      if (answer.type === "opaqueredirect") return "login";
      return REFUSED.has(answer.status) ? await returned(item, answer) : "offline";
    } catch { return "offline"; } // perhaps it arrived and the answer was lost: the next time tells, by the key
  };

  const rounds = async (account) => {
    const where = await ready();
    if (typeof where === "string") return where;
    if (account && where.account !== account) return "login";
    for (const item of await of(where.account)) {
      if (item.state !== "waiting") continue;
      const came = await send(item, where);
      if (came === "login" || came === "offline") return came;
    }
    return "done";
  };

  // Send all that waits, one after the other, in one place at a time: "done", "login" or "offline".
  const sendAll = (account) => navigator.locks ? navigator.locks.request("outgoing", () => rounds(account)) : rounds(account);

  return { of, get, put, drop, newKey, said, sendAll, channel };
})();
