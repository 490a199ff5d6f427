// Times that pass while a page stands open: what is left, how long ago, and prices that become old.
import { enhance } from "./dom.js";

const EVERY_MS = 30_000;
const HOUR = 3_600_000;
const NBSP = "\u00a0";

// The server's clock, not the computer's; a page out of the browser's store would bring an old one.
const load = performance.getEntriesByType("navigation")[0];
const served = Date.parse(document.body.dataset.now ?? "");
const offset = load?.type === "back_forward" || Number.isNaN(served) ? 0 : served - Date.now();
const now = () => Date.now() + offset;

/** As bexportal.formats.span writes it: `48 min`, `1 h 48 min`, `2 d 20 h`. */
function span(ms) {
  const minutes = Math.max(Math.floor(ms / 60_000), 1);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = days ? [[days, "d"], [hours, "h"]] : hours ? [[hours, "h"], [rest, "min"]] : [[rest, "min"]];
  return parts.filter(([count]) => count).map((part) => part.join(NBSP)).join(NBSP);
}

function countDown(element) {
  const left = Date.parse(element.dataset.until) - now();
  element.textContent = left > 0 ? span(left) + (element.dataset.left ?? "") : (element.dataset.after ?? "passed");
  const frame = element.closest("[data-soon]");
  frame?.classList.toggle("soon", left > 0 && left < HOUR);
  frame?.classList.toggle("past", left <= 0);
}

function age(element) {
  const passed = now() - Date.parse(element.dataset.ago);
  const plain = "plain" in element.dataset;
  element.textContent = passed < 60_000 && !plain ? "just now" : span(passed) + (plain ? "" : " ago");
}

function freshness(section) {
  const stale = now() >= Date.parse(section.dataset.staleAfter);
  section.classList.toggle("stale", stale);
  section.querySelectorAll("[data-when-stale]").forEach((part) => (part.hidden = !stale));
  section.querySelectorAll("[data-when-fresh]").forEach((part) => (part.hidden = stale));
  // Exactly on time, so that an old price is not taken for a fresh one in between.
  const left = Date.parse(section.dataset.staleAfter) - now();
  if (!stale && left < EVERY_MS) setTimeout(() => section.isConnected && freshness(section), left + 50);
}

/** A wait that BEX asked for: seconds, and what is to be pressed after it is off until then. */
function wait(element) {
  const part = element.closest("section") ?? document;
  const tick = () => {
    const left = Math.ceil((Date.parse(element.dataset.wait) - now()) / 1000);
    element.textContent = left > 0 ? `in ${left}${NBSP}s` : "now";
    for (const button of part.querySelectorAll("[data-after-wait]")) button.disabled = left > 0;
    if (left > 0 && element.isConnected) setTimeout(tick, 1000);
  };
  tick();
}
enhance("[data-wait]", wait);

const kinds = [["[data-until]", countDown], ["[data-ago]", age], ["[data-stale-after]", freshness]];
for (const [selector, update] of kinds) enhance(selector, update);

function updateAll() {
  for (const [selector, update] of kinds) document.querySelectorAll(selector).forEach(update);
}
setInterval(updateAll, EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || updateAll());
