// Where the focus goes: to the summary of errors, or to what the swapped part marks with data-focus. Never elsewhere.
function within(root, selector) {
  if (!(root instanceof Element)) return null;
  return root.matches(selector) ? root : root.querySelector(selector);
}

document.addEventListener("htmx:afterSwap", (event) => {
  const wanted = event.detail.xhr?.status === 422 ? '[data-error-summary], [role="alert"], [aria-invalid="true"]' : "[data-focus]";
  within(event.target, wanted)?.focus();
});

document.querySelector("[data-error-summary]")?.focus();
