// Prices follow what is typed. While a form says something else than was priced, the options below are marked and none
// can be chosen; htmx asks 400 ms after the last key, unless it says again what the prices are for.
import { enhance } from "./dom.js";

const SECOND_MS = 1000;
const CHANGED = "What you typed has changed; these are the prices of what stood there before.";

const now = (field) => field.value;
const asServed = (field) => (field.options ? [...field.options].find((one) => one.defaultSelected) ?? field.options[0] : null)?.value ?? field.defaultValue;

/** What the form says, as one text. The variants in the options belong to it too, and change no price. */
function said(form, read) {
  const isTyped = (field) => field.name && field.matches("input, select, textarea") && !field.matches("[name=csrfmiddlewaretoken]") && !field.closest("#options");
  return JSON.stringify([...form.elements].filter(isTyped).map((field) => [field.name, read(field)]));
}

class Priced {
  constructor(form) {
    this.form = form;
    this.priced = said(form, asServed);
    this.asked = null;
    for (const type of ["input", "change", "parcels:changed"]) form.addEventListener(type, () => this.look());
    form.addEventListener("htmx:beforeRequest", (event) => this.before(event));
    form.addEventListener("htmx:afterRequest", () => this.stop());
    form.addEventListener("quote:unfinished", (event) => this.tell(`${CHANGED} Not priced yet: ${event.detail.value}`));
    document.addEventListener("htmx:beforeSwap", (event) => this.isOurs(event) && this.beforeSwap(event));
    document.addEventListener("htmx:afterSwap", (event) => this.isOurs(event) && this.look());
    // What a person sends comes first: nothing is asked beside it.
    form.addEventListener("submit", () => window.htmx?.trigger(form, "htmx:abort"), { capture: true });
    window.addEventListener("pageshow", () => this.look());
    this.look();
  }

  get options() {
    return document.getElementById("options");
  }

  get says() {
    return said(this.form, now);
  }

  isOurs(event) {
    return event.detail.requestConfig?.elt === this.form;
  }

  before(event) {
    if ("sent" in this.form.dataset || this.says === this.priced) return event.preventDefault();
    this.asked = this.says;
    this.start();
  }

  beforeSwap(event) {
    // Typed on meanwhile: the next answer is the one that fits.
    if (event.detail.xhr.status !== 200 || this.asked !== this.says) event.detail.shouldSwap = false;
    else this.priced = this.asked;
  }

  look() {
    const { options } = this;
    if (!options) return;
    const outdated = this.says !== this.priced;
    options.classList.toggle("outdated", outdated);
    for (const button of options.querySelectorAll(".c-act button")) button.disabled = outdated;
    const note = options.querySelector("[data-when-outdated]");
    if (!note || note.hidden === !outdated) return;
    note.hidden = !outdated;
    this.tell(CHANGED);
  }

  tell(words) {
    const place = this.options?.querySelector("[data-pricing-words]");
    if (place && place.textContent !== words) place.textContent = words;
  }

  start() {
    this.stop();
    const began = performance.now();
    const spin = this.options.querySelector("[data-pricing]");
    const seconds = this.options.querySelector("[data-pricing-seconds]");
    this.tell("Asking BEX for the prices of what you typed.");
    spin.hidden = false;
    this.timer = setInterval(() => (seconds.textContent = `${Math.round((performance.now() - began) / SECOND_MS)} s`), SECOND_MS);
  }

  stop() {
    clearInterval(this.timer);
    const spin = this.options?.querySelector("[data-pricing]");
    if (!spin) return;
    spin.hidden = true;
    this.options.querySelector("[data-pricing-seconds]").textContent = "";
    if (this.says !== this.priced && this.options.querySelector("[data-pricing-words]").textContent.startsWith("Asking")) this.tell(CHANGED);
  }
}

enhance("form[data-priced]", (form) => new Priced(form));

// A variant is no line to type in: Enter on it would send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target instanceof Element && event.target.matches("#options [data-variant]")) event.preventDefault();
});
