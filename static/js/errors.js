// What went wrong with a request of htmx, in words. The page, and what was typed in it, stays as it is.
import { toast } from "./toasts.js";

const loginUrl = document.querySelector('meta[name="login-url"]')?.content;

function signedOut(xhr) {
  return Boolean(loginUrl && xhr.responseURL) && new URL(xhr.responseURL).pathname === loginUrl;
}

function tellSignedOut() {
  const next = encodeURIComponent(location.pathname + location.search);
  toast("You were signed out meanwhile. What you typed is still here: sign in beside it, then try again.", {
    stay: true,
    link: { href: `${loginUrl}?next=${next}`, text: "Sign in" },
  });
}

/** What was changed may have arrived although no answer came: never invite to a blind repetition. */
function then(event) {
  const changes = event.detail.requestConfig?.verb !== "get";
  return changes
    ? "It may have been done all the same: look at it in a new tab before you repeat it."
    : "What you typed is still here. Try again in a moment.";
}

function wording(status, event) {
  const { xhr } = event.detail;
  if (status === 403) return "Not allowed now. Your rights may have changed, or this page is too old: reload it.";
  if (status === 404) return "It is no longer there, or not yours to see. Reload the page.";
  if (status === 409) return "It was changed meanwhile. Reload the page to see how it stands.";
  if (status === 413) return "That is too much at once.";
  if (status === 429) {
    const wait = xhr.getResponseHeader("Retry-After");
    return `Too many requests. ${/^\d+$/.test(wait ?? "") ? `Wait ${wait} s` : "Wait a minute"}, then try again.`;
  }
  if (status >= 500) {
    const id = xhr.getResponseHeader("X-Request-ID");
    return `The portal could not answer${id ? ` (request ${id})` : ""}. ${then(event)}`;
  }
  return `The portal did not take it (${status}). Reload the page and try again.`;
}

/** What a page asks by itself it tells of itself (follow.js). */
const isOwn = (event) => Boolean(event.detail.elt?.matches?.("[data-follow]"));

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!signedOut(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  if (!isOwn(event)) tellSignedOut();
});

document.addEventListener("htmx:responseError", (event) => {
  if (isOwn(event)) return;
  const { status } = event.detail.xhr;
  if (status === 401) tellSignedOut();
  else toast(wording(status, event), { stay: true });
});

for (const type of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => isOwn(event) || toast(`No answer from the portal. ${then(event)}`, { stay: true }));
}
