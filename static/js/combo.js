// Completion: the list only completes, the input stays free text. WAI-ARIA combobox with a listbox, keyboard first.
import { enhance, fill } from "./dom.js";

const WAIT_MS = 150;
// A whole code says which place is meant; a name may be meant as it stands.
const POST_CODE = /^\d{4}$/;
let serial = 0;
// While a choice fills fields, their own lists stay closed.
let filling = false;

/** Options as elements, from an HTML fragment or from {"options": [{label, why, fill, value}]}. */
async function options(response) {
  if (response.headers.get("Content-Type")?.includes("json")) return (await response.json()).options.map(optionOf);
  const holder = document.createElement("ul");
  holder.innerHTML = await response.text();
  return [...holder.querySelectorAll('[role="option"]')];
}

function optionOf({ label, why, fill: values, value }) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.dataset.fill = JSON.stringify(values ?? {});
  if (value !== undefined) item.dataset.value = value;
  for (const [text, name] of [[label, ""], [why, "why"]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text ?? "";
    item.append(part);
  }
  return item;
}

class Combo {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input");
    this.prefix = root.dataset.prefix ?? "";
    this.least = Number(root.dataset.min || 2);
    this.id = `combo-${++serial}`;
    this.active = -1;
    this.moved = false;
    this.build();
    this.input.addEventListener("input", () => filling || this.later());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.stop());
    // Pressing must not take the focus away from the input.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest('[role="option"]')));
  }

  build() {
    this.list = document.createElement("ul");
    // -1: a list that scrolls is a stop for Tab otherwise, and closes under the focus.
    Object.assign(this.list, { id: this.id, className: "options", hidden: true, role: "listbox", tabIndex: -1 });
    this.list.setAttribute("aria-label", this.root.querySelector("label")?.textContent.trim() || "Suggestions");
    this.status = document.createElement("span");
    Object.assign(this.status, { className: "vh", role: "status" });
    const control = this.input.closest(".with-unit") ?? this.input;
    control.after(this.list, this.status);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.id, autocomplete: "off" };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
  }

  get items() {
    return [...this.list.children];
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.close();
  }

  later() {
    this.stop();
    // A value that something else wrote (a swap, an account's usual sender) asks for no list.
    if (document.activeElement !== this.input) return;
    if (this.input.value.trim().length >= this.least) this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  address() {
    const url = new URL(this.root.dataset.url, location.href);
    url.searchParams.set("q", this.input.value.trim());
    for (const name of (this.root.dataset.include ?? "").split(/\s+/).filter(Boolean)) {
      url.searchParams.set(name, this.input.form?.elements.namedItem(name)?.value ?? "");
    }
    return url;
  }

  async ask() {
    this.request?.abort();
    const request = (this.request = new AbortController());
    try {
      const response = await fetch(this.address(), { signal: request.signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
      // Signed out or failing: the list only completes, typing goes on without it.
      if (!response.ok || response.redirected) return;
      const found = await options(response);
      if (!request.signal.aborted) this.open(found);
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    }
  }

  open(found) {
    found.forEach((item, number) => {
      item.id = `${this.id}-${number}`;
      item.setAttribute("aria-selected", "false");
    });
    this.list.replaceChildren(...found);
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.status.textContent = found.length === 1 ? "1 suggestion" : `${found.length} suggestions`;
    this.moved = false;
    this.mark(found.length ? 0 : -1);
  }

  close() {
    this.list.hidden = true;
    this.mark(-1);
    this.input.setAttribute("aria-expanded", "false");
    this.status.textContent = "";
  }

  mark(number) {
    this.active = number;
    this.items.forEach((item, index) => item.setAttribute("aria-selected", String(index === number)));
    const item = this.items[number];
    if (item) {
      this.input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  move(number) {
    const count = this.items.length;
    this.moved = true;
    this.mark((number + count) % count);
  }

  onKey(event) {
    const { key } = event;
    if (key === "ArrowDown" && this.list.hidden && !event.altKey) {
      event.preventDefault();
      return void this.ask();
    }
    if (this.list.hidden || event.ctrlKey || event.metaKey || event.isComposing) return;
    const steps = { ArrowDown: this.active + 1, ArrowUp: Math.max(this.active, 0) - 1, Home: 0, End: -1 };
    const inList = key.startsWith("Arrow") || this.moved;
    if (key in steps && inList) {
      event.preventDefault();
      this.move(steps[key]);
    } else if (key === "Escape") {
      event.preventDefault();
      this.stop();
    } else if (key === "Enter") {
      // Never sends the form while a list is open.
      event.preventDefault();
      this.choose(this.items[this.active]);
    } else if (key === "Tab" && this.active >= 0 && (this.moved || POST_CODE.test(this.input.value.trim()))) this.choose(this.items[this.active]);
  }

  choose(item) {
    if (!item) return;
    const values = JSON.parse(item.dataset.fill || "{}");
    const own = this.input.name.startsWith(this.prefix) ? this.input.name.slice(this.prefix.length) : "";
    const shown = item.dataset.value ?? values[own] ?? item.firstElementChild?.textContent.trim() ?? item.textContent.trim();
    this.stop();
    filling = true;
    fill(this.input, shown);
    for (const [name, value] of Object.entries(values)) {
      const field = this.input.form?.elements.namedItem(this.prefix + name);
      if (field instanceof HTMLElement && field !== this.input) fill(field, value ?? "");
    }
    filling = false;
    this.status.textContent = `${shown} taken`;
    this.root.dispatchEvent(new CustomEvent("combo:chosen", { bubbles: true, detail: values }));
  }
}

enhance("[data-combo]", (root) => new Combo(root));
