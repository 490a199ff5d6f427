// Moving through rows: the focus goes to the row's first link, so Enter opens it and screen readers read it.
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());

export function moveRow(step) {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step];
  next?.querySelector("a[href], button, [tabindex]")?.focus();
}

export function selectRow() {
  const row = document.activeElement?.closest("[data-row]");
  row?.querySelector("input[type=checkbox]")?.click();
}
