// The form for a new dispute on a device: its draft with the photos is kept, what is known already is offered, and it is
// sent through Outgoing, so that a dead network loses nothing and sends nothing twice. Without this the plain form works.
"use strict";
(() => {
  const form = document.getElementById("register");
  if (!form || !("indexedDB" in window)) return;
  const words = form.dataset;
  const account = Number(words.account);
  const state = document.querySelector("[data-draft-state]");
  const NOT_SAID = new Set(["csrf_token", "account", "key", "photo_kept"]);
  const QUICK = 300, SLOW = 800, SAVE = 800; // ms
  let item = { key: Outgoing.newKey(), account, state: "draft", fields: [], photos: [], at: Date.now() };
  let began = null; // what the fields held at first
  let busy = false;
  let gone = false; // sent, and on the way to its page: nothing is kept any more

  const after = (ms, work) => { let timer = null; return () => { clearTimeout(timer); timer = setTimeout(() => work().catch(() => {}), ms); }; };
  const fields = () => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && value !== "" && !name.startsWith("_") && !NOT_SAID.has(name));
  const written = () => JSON.stringify(fields().filter(([name]) => name !== "area_id")); // a place found by itself is no draft
  const control = (name) => form.elements.namedItem(name);

  // --- the draft

  const say = (what) => {
    const now = new Date();
    state.textContent = `${words[what] || state.dataset[what]} ${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  };
  const save = async () => {
    if (busy || gone || (written() === began && !photos.all().length)) return;
    item = { ...item, state: "draft", fields: fields(), photos: photos.all() };
    await Outgoing.put(item);
    say("saved");
  };
  let saving = null;
  const saveSoon = () => { saving = saving || setTimeout(() => { saving = null; save().catch(() => {}); }, SAVE); };

  const fill = (kept) => {
    kept.fields.forEach(([name, value]) => {
      const found = control(name);
      if (found instanceof RadioNodeList) [...found].forEach((one) => { one.checked = one.value === value; });
      else if (found) found.value = value;
    });
    photos.put(kept.photos);
    form.querySelectorAll("details").forEach((fold) => { fold.open = fold.open || [...fold.querySelectorAll("input:not([type=radio]), textarea")].some((one) => one.value); });
    places.show();
    if (kept.faults) faults(kept.faults);
  };

  // --- faults

  const clean = () => {
    form.querySelectorAll(".field-error").forEach((one) => one.remove());
    form.querySelectorAll(".has-error").forEach((one) => one.classList.remove("has-error"));
    document.querySelectorAll(".error-summary").forEach((one) => one.remove());
  };
  const faults = ({ fields: wrong, reasons }) => {
    clean();
    const box = Object.assign(document.createElement("div"), { className: "error-summary", tabIndex: -1 });
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("h2"), { textContent: words.refused }));
    const list = document.createElement("ul");
    reasons.forEach((reason) => list.append(Object.assign(document.createElement("li"), { className: "late", textContent: reason })));
    Object.entries(wrong).forEach(([name, sentences]) => {
      const place = (form.querySelector(`[name="${name}"]`) || document.getElementById(name) || form).closest(".field, #photo");
      if (!place) { list.append(Object.assign(document.createElement("li"), { className: "late", textContent: sentences.join(" ") })); return; }
      place.closest("details")?.setAttribute("open", "");
      place.classList.add("has-error");
      const said = Object.assign(document.createElement("p"), { className: "field-error", textContent: sentences.join(" ") });
      const label = place.querySelector("label.form-label, legend");
      if (label) label.after(said); else place.prepend(said);
      const head = (label ? label.firstChild.textContent : "").trim();
      const row = document.createElement("li");
      const link = Object.assign(document.createElement("a"), { href: `#${place.id || name}`, textContent: [head, sentences.join(" ")].filter(Boolean).join(": ") });
      link.addEventListener("click", (event) => { event.preventDefault(); place.scrollIntoView({ block: "center" }); place.querySelector("input, textarea, select")?.focus({ preventScroll: true }); });
      row.append(link);
      list.append(row);
    });
    box.append(list);
    form.before(box);
    box.focus();
  };
  const missing = () => {
    const said = Object.fromEntries(fields());
    const wanted = ["text", "area_id", "result", ...(said.result === "settled" ? ["settlement"] : [])];
    return Object.fromEntries(wanted.filter((name) => !(said[name] || "").trim()).map((name) => [name, [words.missing]]));
  };

  // --- what is offered while typing

  const ask = async (url, body, place) => {
    const data = new URLSearchParams({ csrf_token: control("csrf_token").value, ...body });
    const answer = await fetch(url, { method: "POST", body: data, redirect: "error" });
    if (answer.ok) place.innerHTML = await answer.text(); // a part of a page made by our own server, every value escaped there
  };
  const hint = after(SLOW, () => ask(words.hints, { text: control("text").value, title: control("title").value, area_id: control("area_id").value }, form.querySelector("[data-hints-found]")));
  const found = form.querySelector("[data-people-found]");
  const people = after(QUICK, async () => {
    if (control("name").value.trim()) await ask(words.people, { name: control("name").value }, found);
    else found.replaceChildren();
  });
  found.addEventListener("click", (event) => {
    const one = event.target.closest("[data-person]");
    if (!one) return;
    control("name").value = one.dataset.name;
    control("person").value = one.dataset.person;
    found.replaceChildren(...(one.dataset.phone ? [Object.assign(document.createElement("p"), { className: "mute small", textContent: words.onRecord.replace("{phone}", one.dataset.phone) })] : []));
    saveSoon();
  });

  // --- sending

  const send = async () => {
    clean();
    const gaps = missing();
    if (Object.keys(gaps).length) { faults({ fields: gaps, reasons: [] }); return; }
    await Outgoing.put({ ...item, state: "waiting", tried: false, faults: null, fields: fields(), photos: photos.all(), at: Date.now() });
    places.remember();
    await Outgoing.sendAll(account);
    const now = (await Outgoing.of(account)).find((one) => one.key === item.key) || (await Outgoing.of(account)).filter((one) => one.state === "refused").pop();
    if (now.state === "sent") { gone = true; location.assign(now.answer.url); return; }
    if (now.state === "refused") { item = { ...now, state: "draft" }; await Outgoing.put(item); faults(now.faults); return; }
    anew();
  };
  // The next matter may be written while this one waits.
  const anew = () => {
    form.reset();
    item = { key: Outgoing.newKey(), account, state: "draft", fields: [], photos: [], at: Date.now() };
    photos.put([]);
    found.replaceChildren();
    form.querySelector("[data-hints-found]").replaceChildren();
    places.anew();
    began = written();
    state.textContent = words.kept;
    const waiting = document.getElementById("outgoing");
    waiting.addEventListener("sent", () => { state.textContent = ""; }, { once: true });
    waiting.dispatchEvent(new Event("send"));
    window.scrollTo(0, 0);
  };
  // A browser that keeps nothing: the plain form, with the photos put back into it.
  const plainly = () => {
    const box = new DataTransfer();
    photos.all().forEach((photo) => box.items.add(new File([photo.bytes], photo.name, { type: photo.type })));
    const input = Object.assign(form.querySelector("input[type=file]"), { name: "photo" });
    input.files = box.files;
    form.submit();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (busy || gone) return;
    busy = true;
    form.querySelector("[type=submit]").setAttribute("aria-busy", "true");
    try { await send(); } catch { plainly(); } finally {
      busy = false;
      form.querySelector("[type=submit]").removeAttribute("aria-busy");
    }
  });

  const photos = Photos([...form.querySelectorAll("input[type=file]")], form.querySelector("[data-photos]"), { remove: words.remove, tooMany: words.tooMany }, () => save().catch(() => {}));
  const places = Places(form, { position: words.position, nowhere: words.nowhere, inText: words.inText }, () => { hint(); saveSoon(); });
  form.addEventListener("input", (event) => {
    const { name } = event.target;
    if (name === "name") { control("person").value = ""; people(); }
    if (name === "text") places.derive(control("text").value);
    if (name === "text" || name === "title") hint();
    saveSoon();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save().catch(() => {}); });
  window.addEventListener("pagehide", () => save().catch(() => {}));

  window.addEventListener("pageshow", (event) => { if (event.persisted && gone) location.reload(); });

  // The item that the address names (one that came back, or waits untried), else the newest draft.
  const open = async () => {
    const mine = await Outgoing.of(account);
    const named = mine.find((one) => `#${one.key}` === location.hash && one.state !== "sent" && !(one.state === "waiting" && one.tried));
    const kept = named || mine.filter((one) => one.state === "draft").pop();
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    if (!kept) return;
    item = { ...kept, state: "draft" };
    if (named) {
      await Outgoing.put(item);
      document.getElementById("outgoing")?.dispatchEvent(new Event("show"));
    }
    form.reset();
    fill(kept);
    say("restored");
    if (control("text").value) hint();
  };
  const start = async () => {
    began = written();
    if (document.querySelector(".error-summary")) return; // the server gave it back as it was sent
    await open();
    window.addEventListener("hashchange", () => { if (location.hash.length > 1) save().then(open).catch(() => {}); });
  };
  form.querySelector("[data-offline-note]").hidden = false;
  start().catch(() => {});
})();
