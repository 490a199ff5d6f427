// Exchanging the parts of an open page that read differently, and nothing that a person is busy with: a part in which
// somebody types, has ticked something or marked text is left until that is over. What was open stays open, what was
// ticked stays ticked, the focus and what one looks at stay where they were.
const CHANGED_MS = 2500;
const TYPED = "input:not([type=hidden], [type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea";
const FOCUSED = "a[href], button, input, select, textarea, summary, [tabindex]";

const held = new Map(); // parts that wait for a person, by id, with the digest that they would have
let said = [];
let release = () => {};

/** What is held back, in words for the page; "" where nothing is. */
export function heldBack() {
  return held.size ? "What you are busy with has" : "";
}

/** What the parts that were exchanged say about it, once. */
export function saidMeanwhile() {
  const words = said.length > 4 ? [...said.slice(0, 3), `${said.length - 3} more have changed`] : said;
  said = [];
  return [...new Set(words)].join(". ");
}

export function onRelease(act) {
  release = act;
}

const isRowBox = (field) => field.matches("[data-select-row]");

function isChanged(field) {
  if (isRowBox(field) || field.type === "hidden") return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return options.some((one) => one.defaultSelected) ? options.some((one) => one.selected !== one.defaultSelected) : field.selectedIndex > 0;
  }
  return field.value !== field.defaultValue;
}

function marksText(part) {
  const selection = document.getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.toString() && part.contains(selection.anchorNode));
}

/** Whether a person is at something in this part that an exchange would take away. */
function isBusy(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches(TYPED)) return true;
  if (part.querySelector('[aria-invalid="true"], form[data-sent], dialog[open], details.menu[open]')) return true;
  if ([...part.querySelectorAll("input, select, textarea")].some(isChanged)) return true;
  return marksText(part);
}

/** The same thing in the part that comes: by its id, else by what it leads to, does and says. */
function twin(element, part) {
  if (element.id) return part.querySelector(`#${CSS.escape(element.id)}`);
  const is = (one) => `${one.tagName} ${one.getAttribute("href") ?? ""} ${one.name ?? ""} ${one.value ?? ""} ${one.dataset.key ?? ""}`;
  const all = [...part.querySelectorAll(FOCUSED)].filter((one) => is(one) === is(element));
  return all.find((one) => one.textContent === element.textContent) ?? all[0] ?? null;
}

/** What a person opened, ticked and scrolled to in the part that goes. */
function carryOver(old, next) {
  const summaries = new Map([...old.querySelectorAll("details")].map((one) => [one.querySelector("summary")?.textContent.trim(), one.open]));
  for (const one of next.querySelectorAll("details")) {
    const open = summaries.get(one.querySelector("summary")?.textContent.trim());
    if (open !== undefined) one.open = open;
  }
  for (const box of old.querySelectorAll("[data-select-row]")) {
    const same = [...next.querySelectorAll("[data-select-row]")].find((one) => one.value === box.value);
    if (same) same.checked = box.checked;
  }
  const scrolled = [...old.querySelectorAll(".scroll-x")].map((one) => one.scrollLeft);
  requestAnimationFrame(() => next.querySelectorAll(".scroll-x").forEach((one, place) => (one.scrollLeft = scrolled[place] ?? 0)));
}

/** The focus goes to the same thing; where that is gone, to the head of its part, so that it is not lost. */
function keepFocus(old, next) {
  const active = document.activeElement;
  if (!old.contains(active)) return;
  const same = twin(active, next);
  // When all parts stand as they are now.
  queueMicrotask(() => {
    const wanted = same ?? next.querySelector("h1, h2, h3") ?? document.querySelector("h1");
    if (!same) wanted.tabIndex = -1;
    wanted.focus({ preventScroll: true });
  });
}

function mark(next) {
  const shown = next.matches("tr") ? next : (next.firstElementChild ?? next);
  shown.classList.add("changed");
  setTimeout(() => shown.classList.remove("changed"), CHANGED_MS);
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const next = fragment.firstElementChild;
  if (!("live" in target.dataset) || !next) return;
  if (next.dataset.live === target.dataset.live) {
    held.delete(target.id);
    event.detail.shouldSwap = false;
  } else if (isBusy(target)) {
    held.set(target.id, next.dataset.live);
    event.detail.shouldSwap = false;
  } else {
    held.delete(target.id);
    if (next.dataset.says && next.dataset.says !== target.dataset.says) {
      said.push(next.dataset.says);
      mark(next);
    }
    carryOver(target, next);
    keepFocus(target, next);
  }
});

const BAR_PX = 80;
const shownOf = (part) => (part?.matches("tr") ? part : part?.firstElementChild);
const topOf = (part) => shownOf(part).getBoundingClientRect().top;

/** The first part that begins in the window; else the one that fills it. */
function partLookedAt() {
  const parts = [...document.querySelectorAll("[data-live]")].filter(shownOf);
  return parts.find((part) => topOf(part) > BAR_PX && topOf(part) < innerHeight) ?? parts.findLast((part) => topOf(part) <= BAR_PX);
}

/** What one looks at stays where it is, whatever grows or shrinks above it. */
let anchor = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.elt?.matches?.("[data-follow]")) return;
  const part = scrollY > 0 ? partLookedAt() : null;
  anchor = part ? { id: part.id, top: topOf(part) } : null;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!anchor || !event.detail.elt?.matches?.("[data-follow]")) return;
  const part = document.getElementById(anchor.id);
  const moved = shownOf(part) ? topOf(part) - anchor.top : 0;
  if (Math.abs(moved) > 1) scrollBy({ top: moved, behavior: "instant" });
  anchor = null;
});

/** A person has left what was held back: it is asked for now. */
function look() {
  if (!held.size) return;
  if ([...held.keys()].some((id) => document.getElementById(id) && isBusy(document.getElementById(id)))) return;
  held.clear();
  release();
}
for (const type of ["focusout", "change", "selectionchange", "toggle", "close"]) {
  document.addEventListener(type, () => held.size && setTimeout(look, 200), true);
}
