// What was typed when the session had ended: kept in this tab over the sign-in, put back once, then forgotten.
import { fill } from "./dom.js";
import { toast } from "./toasts.js";

const KEPT = "kept";
const loginUrl = document.querySelector('meta[name="login-url"]')?.content;
const isTyped = (field) => field.name && !field.matches("button, fieldset, [type=hidden], [type=password], [type=file]");
const typed = (form) => [...form.elements].filter(isTyped);
const isTicked = (field) => field.matches("[type=checkbox], [type=radio]");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("keep" in form.dataset)) return;
  const values = typed(form).map((field) => [field.name, isTicked(field) ? [field.value, field.checked] : field.value]);
  const version = form.elements.namedItem("version")?.value;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ action: form.action, version, values }));
  } catch {
    // Storage is denied: a signed-out form is typed anew.
  }
});

/** What was kept, once: another page than the one after a sign-in forgets it. */
function take() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return document.referrer && new URL(document.referrer).pathname === loginUrl ? kept : null;
  } catch {
    return null;
  }
}

function putBack({ action, version, values }) {
  const form = [...document.forms].find((one) => "keep" in one.dataset && one.action === action);
  if (!form) return;
  const more = form.querySelector("[data-add-line]");
  const missing = () => values.some(([name]) => /-\d+-/.test(name) && !form.elements.namedItem(name));
  for (let tries = values.length; more && tries && missing(); tries -= 1) more.click();
  for (const field of typed(form)) {
    for (const [name, value] of values) {
      if (name !== field.name) continue;
      if (!Array.isArray(value)) fill(field, value);
      else if (value[0] === field.value) field.checked = value[1];
    }
  }
  form.closest("details")?.setAttribute("open", "");
  const moved = version && version !== form.elements.namedItem("version")?.value;
  toast(`You were signed out meanwhile, so nothing was sent. What you typed is back${moved ? "; the waybill has changed since, so compare" : ""}.`, { stay: true });
}

// The sign-in page has no such address: what is kept waits there.
if (loginUrl) {
  const kept = take();
  if (kept) putBack(kept);
}
