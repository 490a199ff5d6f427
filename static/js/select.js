// Ticked rows: a bar with how many, sums of what the boxes carry, all of them at once.
import { enhance } from "./dom.js";

function setUp(form) {
  const boxes = () => [...form.querySelectorAll("[data-select-row]:not(:disabled)")];
  const update = () => {
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    for (const bar of form.querySelectorAll("[data-selection]")) bar.hidden = chosen.length === 0;
    for (const place of form.querySelectorAll("[data-selection-sum]")) place.textContent = sum(chosen, place.dataset.selectionSum);
    for (const box of form.querySelectorAll("[data-select-all]")) {
      box.checked = all.length > 0 && chosen.length === all.length;
      box.indeterminate = chosen.length > 0 && !box.checked;
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    update();
  });
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-select-clear]")) return;
    boxes().forEach((box) => (box.checked = false));
    update();
    boxes()[0]?.focus();
  });
  form.addEventListener("htmx:afterSwap", update);
  form.addEventListener("htmx:oobAfterSwap", update);
  window.addEventListener("pageshow", update);
  update();
}

/** Hundredths, so that kilograms add up exactly; as many decimals as the boxes carry. */
function sum(boxes, name) {
  if (name === "count") return String(boxes.length);
  const values = boxes.map((box) => box.dataset[name] ?? "0");
  const hundredths = values.reduce((total, value) => total + Math.round(Number(value) * 100), 0);
  return (hundredths / 100).toFixed(values.some((value) => value.includes(".")) ? 2 : 0);
}

enhance("[data-select]", setUp);
