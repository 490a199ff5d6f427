// Where the focus goes: to the summary of errors, to what the swapped part marks with data-focus, to where a new form begins.
function within(root, selector) {
  if (!(root instanceof Element)) return null;
  return root.matches(selector) ? root : root.querySelector(selector);
}

document.addEventListener("htmx:afterSwap", (event) => {
  const wanted = event.detail.xhr?.status === 422 ? '[data-error-summary], [role="alert"], [aria-invalid="true"]' : "[data-focus]";
  within(event.target, wanted)?.focus();
});

const MEANT_AFTER_MS = 500;

/** A button that has the focus by itself is pressed by nobody who still held, or pressed twice, the key that led here. */
function offer(button) {
  if (!button) return;
  const began = performance.now();
  button.addEventListener("keydown", (event) => {
    if (event.repeat || performance.now() - began < MEANT_AFTER_MS) event.preventDefault();
  });
  button.focus();
}

/** A new form begins where something is still to be said; a telephone's keyboard is not opened unasked. */
function begin() {
  if (location.hash || !matchMedia("(pointer: fine)").matches) return;
  const form = document.querySelector("form[data-first-empty]");
  const isEmpty = (field) => field.value === "" && !field.disabled && field.checkVisibility();
  const fields = [...(form?.elements ?? [])].filter((one) => one.matches("input, select, textarea"));
  const needed = fields.find((field) => (field.required || "needed" in field.dataset) && isEmpty(field));
  // The end it belongs to is described from its top: a name may bring all the rest.
  const first = fields.find((field) => needed?.closest("fieldset")?.contains(field) && isEmpty(field)) ?? needed;
  if (first) first.focus();
  else offer(form?.querySelector("[data-when-filled]"));
}

// The part that the address names, also after a reload, when a browser leaves the focus nowhere.
const named = document.getElementById(location.hash.slice(1));
const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();
else if (named?.matches('[tabindex="-1"]')) named.focus({ preventScroll: true });
else begin();
