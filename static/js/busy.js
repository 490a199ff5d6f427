// A form is sent once: the second click, key or Enter does nothing until there was an answer.
const original = new WeakMap();
const DOWNLOAD_MS = 3000;

function lock(form, button) {
  form.dataset.sent = "";
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) {
    original.set(button, [...button.childNodes]);
    button.replaceChildren(button.dataset.busy);
  }
}

function release(form) {
  delete form.dataset.sent;
  for (const button of [...form.elements].filter((one) => one.getAttribute("aria-busy") === "true")) {
    button.removeAttribute("aria-busy");
    if (original.has(button)) button.replaceChildren(...original.get(button));
    original.delete(button);
  }
}

// Capture: nothing else, htmx included, may hear of a second submission.
document.addEventListener("submit", (event) => {
  if (!("sent" in event.target.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter?.getAttribute("formmethod") ?? form.method;
  if (event.defaultPrevented || method === "get" || method === "dialog") return;
  lock(form, event.submitter);
  const leavesPageOpen = "download" in form.dataset || form.target === "_blank" || event.submitter?.formTarget === "_blank";
  if (leavesPageOpen) setTimeout(() => release(form), DOWNLOAD_MS);
});

// htmx sends forms itself; only what a person submitted is locked, not what follows the typing.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  const { type, submitter } = requestConfig.triggeringEvent ?? {};
  if (elt instanceof HTMLFormElement && type === "submit" && requestConfig.verb !== "get") lock(elt, submitter);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt instanceof HTMLFormElement) release(event.detail.elt);
});

// Back to a page that the browser kept: its forms are fresh again. The server knows what was sent.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
