// Says on every page what waits on this device to be sent, what was sent and what came back; sends it when there is a
// network; keeps the page for registering for times without one. Logging out says what stays behind and forgets the rest.
"use strict";
(() => {
  const place = document.getElementById("outgoing");
  if (!place || !("indexedDB" in window) || !("serviceWorker" in navigator)) return;
  const account = Number(place.dataset.account);
  const words = place.dataset;
  const AGAIN = 30000; // ms between two tries while something waits
  const FRESH = 12 * 3600 * 1000;
  const READ = 5000; // ms it takes to read what was sent
  let timer = null;
  let state = "";
  let leaving = false; // logging out: nothing is kept any more

  const made = (tag, text, about) => Object.assign(document.createElement(tag), { textContent: text, ...about });
  const short = (item) => (Outgoing.said(item, "title") || Outgoing.said(item, "text")).slice(0, 40);

  const line = (item) => {
    const row = made("li", "", { className: `message message-${{ sent: "done", refused: "error" }[item.state] || "info"}` });
    row.dataset.state = item.state;
    const said = made("div", `${words[item.state]} `);
    if (item.state === "sent") said.append(made("a", item.answer.number, { href: item.answer.url }), " ");
    said.append(made("strong", short(item)));
    if (item.photos.length) said.append(` · ${words.photos.replace("{count}", item.photos.length)}`);
    row.append(said);
    if (item.state === "refused" || (item.state === "waiting" && !item.tried)) said.append(" ", made("a", words.change, { href: `${words.form}#${item.key}` }));
    return row;
  };

  // What was sent is told long enough to be read; it is gone with the page after.
  const show = async () => {
    const mine = (await Outgoing.of(account)).filter((item) => item.state !== "draft");
    const list = made("ul", "", { className: "outgoing" });
    mine.forEach((item) => list.append(line(item)));
    for (const item of mine) if (item.state === "sent" && !item.shown) await Outgoing.put({ ...item, shown: Date.now() });
    if (state === "login" && mine.some((item) => item.state === "waiting")) {
      list.append(Object.assign(made("li", ""), { className: "message message-warn" }));
      list.lastChild.append(made("a", words.login, { href: "/login?next=" + encodeURIComponent(location.pathname) }));
    }
    place.replaceChildren(...(list.children.length ? [list] : []));
    return mine;
  };

  const send = async () => {
    clearTimeout(timer);
    if ((await show()).some((item) => item.state === "waiting")) {
      state = await Outgoing.sendAll(account);
      const left = (await show()).some((item) => item.state === "waiting");
      if (left) timer = setTimeout(send, AGAIN);
      else place.dispatchEvent(new Event("sent"));
    }
  };

  const tidy = async () => {
    for (const item of await Outgoing.of(account)) if (item.state === "sent" && Date.now() - item.shown > READ) await Outgoing.drop(item.key);
  };

  const keepPage = async () => {
    if (leaving) return;
    const cache = await caches.open("kept-page");
    const kept = await cache.match(words.form, { ignoreVary: true });
    const age = kept ? Date.now() - Date.parse(kept.headers.get("Date") || 0) : FRESH;
    if (kept && Number(kept.headers.get("X-Account")) === account && age < FRESH) return;
    if (kept) await cache.delete(words.form, { ignoreVary: true });
    const answer = await fetch(words.form, { redirect: "error", cache: "no-store" });
    if (!answer.ok || Number(answer.headers.get("X-Account")) !== account) return;
    const page = await answer.clone().text();
    const parts = new Set([...page.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((found) => found[1].replaceAll("&amp;", "&")));
    const held = await caches.open("parts");
    await held.addAll([...parts]);
    if (leaving) return;
    await cache.put(words.form, answer);
    for (const part of await held.keys()) if (!parts.has(part.url.slice(location.origin.length))) await held.delete(part); // of earlier versions
  };

  const forget = async () => {
    leaving = true;
    await caches.delete("kept-page");
    for (const item of await Outgoing.of(account)) if (item.state === "draft" || item.state === "sent") await Outgoing.drop(item.key);
  };
  document.querySelectorAll("form[data-forget-drafts]").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const left = (await Outgoing.of(account)).filter((item) => item.state === "waiting" || item.state === "refused").length;
    if (left && !confirm(words.leave.replace("{count}", left))) { delete form.dataset.sent; return; }
    await forget().catch(() => {});
    form.submit();
  }));

  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  if (Outgoing.channel) Outgoing.channel.addEventListener("message", show);
  place.addEventListener("send", send);
  place.addEventListener("show", show);
  const start = async () => {
    await tidy();
    await send();
    const worker = await navigator.serviceWorker.register(words.worker, { scope: "/" });
    if (navigator.onLine) await keepPage();
    if (worker.sync && (await Outgoing.of(account)).some((item) => item.state === "waiting")) await worker.sync.register("outgoing");
  };
  start().catch(() => { /* storage switched off, or no network: the page still works */ });
})();
