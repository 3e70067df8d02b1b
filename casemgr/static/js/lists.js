// The list of matters: one button ticks all lines of the page, or none when all are ticked.
"use strict";
(() => {
  const boxes = [...document.querySelectorAll("input[name=line]")];
  document.querySelectorAll("[data-tick-page]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = boxes.every((box) => box.checked);
      boxes.forEach((box) => { box.checked = !all; });
    });
  });
})();
