// The sorting desk by keyboard: j and k go to the next and the last item, x ticks the one in focus.
"use strict";
(() => {
  const boxes = [...document.querySelectorAll("input[name=item]")];
  const all = document.querySelector("[data-tick-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => boxes.forEach((box) => { box.checked = true; }));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(textarea|select)$/i.test(event.target.tagName)) return;
    const here = boxes.indexOf(document.activeElement);
    if (event.key === "j" || event.key === "k") {
      const next = boxes[Math.max(0, Math.min(boxes.length - 1, here + (event.key === "j" ? 1 : -1)))];
      if (next) { next.focus(); next.scrollIntoView({ block: "center" }); }
    } else if (event.key === "x" && here >= 0) {
      boxes[here].checked = !boxes[here].checked;
    }
  });
})();
