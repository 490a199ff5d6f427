// Theme and single-letter keys: a choice of this browser, kept in its local storage, read by theme.js.
import { enhance, remember } from "./dom.js";

const root = document.documentElement;

enhance("[data-theme-choice]", (radio) => {
  radio.checked = radio.value === (root.dataset.theme ?? "");
  radio.addEventListener("change", () => {
    if (radio.value) root.dataset.theme = radio.value;
    else delete root.dataset.theme;
    remember("theme", radio.value);
  });
});

enhance("[data-keys-choice]", (box) => {
  box.checked = root.dataset.keys !== "off";
  box.addEventListener("change", () => {
    if (box.checked) delete root.dataset.keys;
    else root.dataset.keys = "off";
    remember("keys", box.checked ? "" : "off");
    document.dispatchEvent(new CustomEvent("keys:changed"));
  });
});
