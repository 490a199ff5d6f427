// Menus close by Esc or a click elsewhere; dialogs open and close by buttons; a button may show and hide a part.
import { delegate, enhance } from "./dom.js";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Who tabs on has left the menu.
delegate("focusout", "details.menu[open]", (menu, event) => {
  if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

delegate("click", "[data-confirm]", (button, event) => {
  event.preventDefault();
  document.querySelector(button.dataset.confirm)?.showModal();
});
delegate("click", "[data-close]", (button) => button.closest("dialog")?.close());

function show(button, part) {
  button.setAttribute("aria-expanded", String(!part.hidden));
}
enhance("[data-toggle]", (button) => {
  const part = document.querySelector(button.dataset.toggle);
  if (!part) return;
  button.setAttribute("aria-controls", part.id);
  show(button, part);
  button.addEventListener("click", () => {
    part.hidden = !part.hidden;
    show(button, part);
    if (!part.hidden) part.querySelector("input, select, textarea")?.focus();
  });
});

delegate("change", "[data-reveal]", (box) => {
  const field = document.querySelector(box.dataset.reveal);
  if (field) field.type = box.checked ? "text" : "password";
});
