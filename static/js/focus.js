// Where the focus goes: to the summary of errors, to what the swapped part marks with data-focus, to where a new form begins.
function within(root, selector) {
  if (!(root instanceof Element)) return null;
  return root.matches(selector) ? root : root.querySelector(selector);
}

document.addEventListener("htmx:afterSwap", (event) => {
  const wanted = event.detail.xhr?.status === 422 ? '[data-error-summary], [role="alert"], [aria-invalid="true"]' : "[data-focus]";
  within(event.target, wanted)?.focus();
});

/** A new form begins where something is still to be said; a telephone's keyboard is not opened unasked. */
function begin() {
  if (location.hash || !matchMedia("(pointer: fine)").matches) return;
  const isEmpty = (field) => field.value === "" && !field.disabled && field.checkVisibility();
  const fields = [...(document.querySelector("form[data-first-empty]")?.elements ?? [])].filter((one) => one.matches("input, select, textarea"));
  const needed = fields.find((field) => field.required && isEmpty(field));
  // The end it belongs to is described from its top: a name may bring all the rest.
  (fields.find((field) => needed?.closest("fieldset")?.contains(field) && isEmpty(field)) ?? needed)?.focus();
}

// The part that the address names, also after a reload, when a browser leaves the focus nowhere.
const named = document.getElementById(location.hash.slice(1));
const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();
else if (named?.matches('[tabindex="-1"]')) named.focus({ preventScroll: true });
else begin();
