// Keeps the typed text of <form data-draft="account:form"> on this device every few seconds, so that a time-out or a dead
// network loses nothing. Never passwords, files or hidden fields. Forgotten once the form has gone through, and at logout.
// With data-keep="address" the server keeps it too, for another device or browser; then the device keeps only what the
// server has not taken.
"use strict";
(() => {
  const PREFIX = "draft:";
  const SENT = "draft-sent";
  const fields = (form) => [...form.elements].filter((f) => f.name && f.matches("textarea, select, input:not([type=password]):not([type=file]):not([type=hidden]):not([type=submit])"));
  const ticks = (f) => f.type === "checkbox" || f.type === "radio";
  const untouched = (f) => ticks(f) ? f.checked === f.defaultChecked : f.tagName === "SELECT" ? [...f.options].every((o) => o.selected === o.defaultSelected || !f.value) : f.value === f.defaultValue;

  const read = (form) => fields(form).map((f) => ticks(f) ? [f.name, f.value, f.checked] : [f.name, f.value, null]);

  const restore = (form, kept) => {
    let any = false;
    fields(form).forEach((f) => {
      const row = kept.find((r) => r[0] === f.name && (!ticks(f) || r[1] === f.value));
      if (!row || !untouched(f)) return;
      if (ticks(f)) { any = any || f.checked !== row[2]; f.checked = row[2]; } else if (row[1] && row[1] !== f.value) { f.value = row[1]; any = true; }
    });
    return any;
  };

  const say = (form, key, time) => {
    const at = form.querySelector("[data-draft-state]");
    if (!at) return;
    const now = new Date();
    at.textContent = `${at.dataset[key]} ${time || `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`}`;
  };

  const body = (form) => {
    const data = new FormData(form);
    form.querySelectorAll("input[type=file]").forEach((f) => data.delete(f.name));
    return data;
  };

  const watch = (form) => {
    const key = PREFIX + form.dataset.draft;
    let timer = null;
    let sent = false;
    const save = () => {
      timer = null;
      try { localStorage.setItem(key, JSON.stringify(read(form))); say(form, "saved"); } catch { /* full or refused: the form still works */ }
    };
    const keep = async () => {
      save();
      if (!form.dataset.keep) return;
      const before = localStorage.getItem(key);
      try {
        const answer = await fetch(form.dataset.keep, { method: "POST", body: body(form), redirect: "error" });
        if (!answer.ok || sent) return;
        const { kept_at: at } = await answer.json();
        if (localStorage.getItem(key) === before) localStorage.removeItem(key);
        say(form, "kept", at);
      } catch { /* no network, or logged out: it is on this device */ }
    };
    form.addEventListener("input", () => { timer = timer || setTimeout(keep, 2000); });
    form.addEventListener("submit", () => { sent = true; clearTimeout(timer); save(); sessionStorage.setItem(SENT, key); });
    window.addEventListener("pagehide", () => {
      if (!timer) return;
      save();
      if (form.dataset.keep && !sent) navigator.sendBeacon(form.dataset.keep, body(form));
    });
    if (form.querySelector(".has-error")) return;
    const kept = localStorage.getItem(key);
    if (kept && restore(form, JSON.parse(kept))) say(form, "restored");
  };

  try {
    const forms = [...document.querySelectorAll("form[data-draft]")];
    const sent = sessionStorage.getItem(SENT);
    if (sent && !document.body.hasAttribute("data-signed-out")) {
      if (!forms.some((form) => PREFIX + form.dataset.draft === sent)) localStorage.removeItem(sent);
      sessionStorage.removeItem(SENT);
    }
    forms.forEach(watch);
    document.querySelectorAll("form[data-forget-drafts]").forEach((form) => form.addEventListener("submit", () => {
      Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => localStorage.removeItem(key));
    }));
  } catch { /* storage switched off: the form still works */ }
})();
