// Short notices in the one live region. They never carry the only copy of a message.
import { enhance } from "./dom.js";

const STAYS_MS = 8000;

function closeButton(element) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small";
  button.textContent = "Close";
  button.addEventListener("click", () => element.remove());
  return button;
}

/** Gone after a while, unless somebody is reading it: pointer or focus on it holds it. */
function fade(element) {
  let timer = setTimeout(() => element.remove(), STAYS_MS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(() => element.remove(), STAYS_MS);
  };
  element.addEventListener("pointerenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("pointerleave", release);
  element.addEventListener("focusout", release);
}

/** Show a notice. `stay` keeps it until it is closed; `link` is {href, text}, opened beside this page. */
export function toast(text, { stay = false, link = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  for (const other of region.children) if (other.firstElementChild?.textContent === text) other.remove();
  const element = document.createElement("div");
  element.className = "toast";
  if (stay) element.dataset.level = "warning";
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "btn small";
    anchor.href = link.href;
    anchor.textContent = link.text;
    anchor.target = "_blank";
    element.append(anchor);
  }
  element.append(closeButton(element));
  if (!stay) fade(element);
  region.append(element);
}

enhance("[data-toast]", (element) => {
  element.append(closeButton(element));
  if (!["warning", "error"].includes(element.dataset.level)) fade(element);
});

// A fragment's header HX-Trigger: {"toast": "Printed 2 labels"}
document.addEventListener("toast", (event) => toast(String(event.detail?.value ?? "")));
