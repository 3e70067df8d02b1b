// The sorting desk by keyboard. Every key presses a button that is there for mouse and touch as well: what a key does is
// written on the page. One item is the current one; after an act the page comes back at the item that follows.
"use strict";
(() => {
  const items = [...document.querySelectorAll("[data-item]")];
  const all = document.querySelector("[data-tick-all]");
  let current = items.find((item) => item.getAttribute("aria-current")) || items[0];
  let sent = false;

  const press = (selector, within) => {
    const found = (within || document).querySelector(selector);
    if (found) found.click();
  };

  const go = (to) => {
    if (!to || to === current) return;
    for (const item of [current, to]) {
      item.toggleAttribute("aria-current");
      const accept = item.querySelector("[data-key=Enter]");
      accept.classList.toggle("btn-primary");
      accept.classList.toggle("btn-plain");
    }
    to.setAttribute("aria-current", "true");
    current = to;
    show();
  };

  const show = () => {
    if (!current) return;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "center" });
  };

  // Which item comes next is told with the act, and an act is sent once.
  document.addEventListener("submit", (event) => {
    if (sent) { event.preventDefault(); return; }
    sent = true;
    const item = event.target.closest("[data-item]");
    const next = item && (items[items.indexOf(item) + 1] || items[items.indexOf(item) - 1]);
    if (!next) return;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "next", value: next.dataset.item });
    event.target.append(field);
  });
  window.addEventListener("pageshow", () => { sent = false; });

  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-item]");
    if (item && !event.target.closest("a, button, input, label, summary")) go(item);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !current) return;
    if (/^(input|textarea|select)$/i.test(event.target.tagName) && event.target.type !== "checkbox") return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const place = items.indexOf(current);
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    if (key in moves) {
      event.preventDefault();
      go(items[place + moves[key]]);
    } else if (key === "x") {
      press("[data-tick]", current);
    } else if (key === "w") {
      press(".sort-body summary", current);
    } else if (key === "u") {
      press("[data-key=u]");
    } else if (/^([1-6go]|Enter)$/.test(key)) {
      event.preventDefault();
      press(`[data-key="${key}"]`, current);
    }
  });

  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => document.querySelectorAll("[data-tick]").forEach((box) => { box.checked = true; }));
  }
  if (new URLSearchParams(location.search).has("at") || !document.querySelector("[data-focus]")) show();
})();
