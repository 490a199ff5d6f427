// The list of keys under "?": those of this page first, read from the page itself.
function label(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  if (element.ariaLabel) return element.ariaLabel;
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg").forEach((part) => part.remove());
  return copy.textContent.replace(/[ \t\r\n]+/g, " ").trim();
}

function entry(element) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  for (const name of element.dataset.key.split("+")) {
    const key = document.createElement("kbd");
    key.textContent = name === "Control" ? "Ctrl" : name;
    term.append(key, " ");
  }
  const words = document.createElement("dd");
  words.textContent = label(element);
  row.append(term, words);
  return row;
}

export function openKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  const section = dialog.querySelector("[data-page-keys]");
  const here = [...document.querySelectorAll("main [data-key]")].filter((element) => element.checkVisibility());
  section.hidden = here.length === 0;
  section.querySelector("dl").replaceChildren(...here.map(entry));
  dialog.showModal();
}

// The menu's link leads to the same list on a page of its own, where no script runs.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-key="?"]') : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !document.getElementById("keys")) return;
  event.preventDefault();
  openKeys();
});
