// The sorting desk by keyboard: Enter accepts, figures say the kind, x ticks, w opens the words, u undoes, g and o as written.
"use strict";
(() => {
  const press = (selector, within) => {
    const found = (within || document).querySelector(selector);
    if (found) found.click();
  };

  const show = goThrough({
    strong: "[data-key=Enter]",
    block: "center",
    onKey: (key, current, event) => {
      if (key === "x") {
        press("[data-tick]", current);
      } else if (key === "w") {
        press(".sort-body summary", current);
      } else if (key === "u") {
        press("[data-key=u]");
      } else if (/^([1-6go]|Enter)$/.test(key)) {
        event.preventDefault();
        press(`[data-key="${key}"]`, current);
      }
    },
  });

  const all = document.querySelector("[data-tick-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => document.querySelectorAll("[data-tick]").forEach((box) => { box.checked = true; }));
  }
  if (new URLSearchParams(location.search).has("at") || !document.querySelector("[data-focus]")) show();
})();
