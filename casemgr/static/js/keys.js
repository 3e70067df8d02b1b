// Going through a page of items by keyboard: which one is current, j and k, one act at a time, and the way back. Every key
// presses a button that is there for mouse and touch as well; what the other keys do is for the page (sorting.js, joint.js).
"use strict";

// strong: the selector of the button that is the strong one of the current item alone.
// block: where the current item comes to stand. onKey(key, current, event): what is no move.
function goThrough({ strong, block, onKey }) {
  const items = [...document.querySelectorAll("[data-item]")];
  let current = items.find((item) => item.getAttribute("aria-current")) || items[0];
  let sent = false;

  const show = () => {
    if (!current) return;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block });
  };

  const go = (to) => {
    if (!to || to === current) return;
    for (const item of [current, to]) {
      item.toggleAttribute("aria-current");
      const button = item.querySelector(strong);
      button.classList.toggle("btn-primary");
      button.classList.toggle("btn-plain");
    }
    to.setAttribute("aria-current", "true");
    current = to;
    show();
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
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    if (key in moves) {
      event.preventDefault();
      go(items[items.indexOf(current) + moves[key]]);
    } else {
      onKey(key, current, event);
    }
  });
  return show;
}
