// A form is sent once: the second press of a button within the same page does nothing. Errors get the focus.
"use strict";
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
  });
  // A page taken from the back-forward cache may send again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
  const errors = document.querySelector("[data-focus]");
  if (errors) errors.focus();
  document.querySelectorAll(".error-summary a").forEach((link) => link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const control = field.matches("fieldset") ? field.querySelector("input") : field;
    field.scrollIntoView({ block: "center" });
    control.focus({ preventScroll: true });
  }));
})();
