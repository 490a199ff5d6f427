// The keyboard: single letters outside fields, and scanners.
// A scanner types faster than people do and ends in Enter, so a key acts only after a moment without a second one.
import { enhance } from "./dom.js";
import { moveRow, selectRow } from "./rows.js";
import { openKeys } from "./keyslist.js";

const BURST_MS = 40;
const SEQUENCE_MS = 1200;
const SCAN_LENGTH = 4;

const BUILT_IN = { j: () => moveRow(1), k: () => moveRow(-1), x: selectRow, "?": openKeys };

const isOff = () => document.documentElement.dataset.keys === "off";
const NOT_TYPED_IN = "[type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file]";

function isField(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || (target.matches("input, textarea, select") && !target.matches(NOT_TYPED_IN));
}

function visible(selector) {
  return [...document.querySelectorAll(selector)].find(
    (element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches(":disabled, [aria-disabled=true]"),
  );
}

function press(element) {
  if (isField(element)) {
    element.focus();
    element.select?.();
  } else {
    element.focus();
    element.click();
    // What was opened is gone into at once.
    const opened = element.matches("summary") && element.parentElement.open;
    if (opened) element.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
}

function act(key) {
  if (document.querySelector("dialog[open]:modal")) return;
  const element = visible(`[data-key="${CSS.escape(key)}"]`);
  if (key in BUILT_IN) BUILT_IN[key]();
  else if (element) press(element);
}

let typed = "";
let last = 0;
let timer = 0;
let prefix = "";
let prefixAt = 0;

function one(key) {
  const sequence = prefix && performance.now() - prefixAt < SEQUENCE_MS ? visible(`[data-keys="${prefix} ${CSS.escape(key)}"]`) : null;
  prefix = "";
  if (sequence) press(sequence);
  else if (document.querySelector(`[data-keys^="${CSS.escape(key)} "]`)) {
    prefix = key;
    prefixAt = performance.now();
  } else act(key);
}

/** People's keys one by one. A longer burst without Enter was a scanner that sends none: nobody meant those keys. */
function settle() {
  const keys = typed;
  typed = "";
  if (keys.length < SCAN_LENGTH && !isOff()) for (const key of keys) one(key);
}

function scanned(text) {
  const find = document.querySelector("[data-find]");
  if (!find) return;
  find.elements.namedItem("q").value = text;
  find.requestSubmit();
}

function onCharacter(event) {
  const now = event.timeStamp; // when it was pressed: a busy page handles it later
  if (now - last > BURST_MS * 2) typed = "";
  last = now;
  typed += event.key;
  clearTimeout(timer);
  timer = setTimeout(settle, BURST_MS);
  // Firefox opens a search of its own at "/".
  if (event.key === "/" && !isOff()) event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const element = visible('[data-key="Control+Enter"]');
    if (element) {
      event.preventDefault();
      press(element);
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
  if (event.key === "Enter" && typed.length >= SCAN_LENGTH && event.timeStamp - last < BURST_MS * 2) {
    // Also when the focus stands on a button: the scanner did not mean it.
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(timer);
    const text = typed.replace(/^\/+/, ""); // somebody pressed "/" and scanned at once
    typed = "";
    scanned(text);
  } else if (event.key.length === 1 && !(event.key === " " && !typed)) onCharacter(event);
}, true);

// Screen readers hear of a key only while it works.
function describe(element) {
  const key = element.dataset.key;
  if (isOff() && key.length === 1) element.removeAttribute("aria-keyshortcuts");
  else element.setAttribute("aria-keyshortcuts", key);
}
enhance("[data-key]", describe);
document.addEventListener("keys:changed", () => document.querySelectorAll("[data-key]").forEach(describe));
