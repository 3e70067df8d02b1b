// Comparing by keyboard. Every key presses a button that is there for mouse and touch as well: what a key does is written
// on the page. One pair is the current one; after an answer the page comes back at the pair that follows.
"use strict";
(() => {
  const items = [...document.querySelectorAll("[data-item]")];
  let current = items.find((item) => item.getAttribute("aria-current")) || items[0];
  let sent = false;

  const show = () => {
    if (!current) return;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  };

  const go = (to) => {
    if (!to || to === current) return;
    for (const item of [current, to]) {
      item.toggleAttribute("aria-current");
      const same = item.querySelector("[data-key=s]");
      same.classList.toggle("btn-primary");
      same.classList.toggle("btn-plain");
    }
    to.setAttribute("aria-current", "true");
    current = to;
    show();
  };

  document.addEventListener("submit", (event) => {
    const item = event.target.closest("[data-item]");
    if (!item) return;
    if (sent) { event.preventDefault(); return; }
    sent = true;
    const next = items[items.indexOf(item) + 1] || items[items.indexOf(item) - 1];
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
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    if (key in moves) {
      event.preventDefault();
      go(items[items.indexOf(current) + moves[key]]);
    } else if (key === "x") {
      const boxes = [...current.querySelectorAll("[data-tick]")];
      const all = boxes.every((box) => box.checked);
      boxes.forEach((box) => { box.checked = !all; });
    } else if (/^[snl]$/.test(key)) {
      event.preventDefault();
      current.querySelector(`[data-key=${key}]`).click();
    }
  });
  if (new URLSearchParams(location.search).has("at")) show();
})();
