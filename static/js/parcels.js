// Parcel lines of a Django formset: add, repeat, remove, presets, totals while one types.
import { enhance, fill } from "./dom.js";
import { explained, totals } from "./totals.js";

class Parcels {
  constructor(root) {
    this.root = root;
    this.prefix = root.dataset.parcels || "parcels";
    this.body = root.querySelector("[data-lines]");
    this.template = root.querySelector("template[data-line-template]");
    this.ratios = JSON.parse(root.dataset.ratios || "{}");
    this.tame(root);
    this.tame(this.template.content);
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("keydown", (event) => this.onKey(event));
    root.addEventListener("change", (event) => this.onPreset(event));
    root.addEventListener("input", () => this.tally());
    this.tally();
  }

  /** Enter in a field presses a form's first submit button: that must not be the one which removes a line. */
  tame(part) {
    for (const button of part.querySelectorAll("[data-add-line], [data-copy-line], [data-remove-line]")) button.type = "button";
  }

  get lines() {
    return [...this.body.querySelectorAll("[data-line]")].filter((line) => !line.hidden);
  }

  management(name) {
    return this.root.querySelector(`[name="${this.prefix}-${name}"]`) ?? document.querySelector(`[name="${this.prefix}-${name}"]`);
  }

  fields(line) {
    return [...line.querySelectorAll("input, select, textarea")].filter((field) => field.type !== "hidden");
  }

  named(line, name) {
    return line.querySelector(`[name$="-${name}"]`);
  }

  add(after = null) {
    if (this.body.querySelectorAll("[data-line]").length >= Number(this.management("MAX_NUM_FORMS")?.value || 1000)) return null;
    const line = this.template.content.firstElementChild.cloneNode(true);
    if (after) after.after(line);
    else this.body.append(line);
    for (const field of after ? this.fields(after) : []) {
      const twin = this.named(line, field.name.split("-").pop());
      if (twin) twin.value = field.value;
    }
    this.renumber();
    this.fields(line)[0]?.focus();
    return line;
  }

  remove(line) {
    const others = this.lines.filter((one) => one !== line);
    const deleted = this.named(line, "DELETE");
    if (deleted) {
      deleted.checked = true;
      line.hidden = true;
    } else line.remove();
    if (others.length === 0) this.add();
    this.renumber();
    (this.fields(others[0] ?? this.lines[0])[0])?.focus();
  }

  /** Names, ids, labels and the management form, so that Django reads the lines as they stand. */
  renumber() {
    const name = new RegExp(`(${this.prefix}-)(?:\\d+|__prefix__)-`, "g");
    let shown = 0;
    [...this.body.querySelectorAll("[data-line]")].forEach((line, index) => {
      if (!line.hidden) shown += 1;
      for (const element of line.querySelectorAll("*")) {
        for (const attribute of ["name", "id", "for", "aria-describedby"]) {
          const value = element.getAttribute(attribute);
          if (value) element.setAttribute(attribute, value.replace(name, `$1${index}-`));
        }
        if (element.ariaLabel) element.ariaLabel = element.ariaLabel.replace(/\bline (?:\d+|__prefix__)/i, (text) => text.replace(/\S+$/, String(shown)));
        if ("lineNumber" in element.dataset) element.textContent = String(shown);
      }
    });
    const total = this.management("TOTAL_FORMS");
    if (total) total.value = String(this.body.querySelectorAll("[data-line]").length);
    this.tally();
    this.root.dispatchEvent(new CustomEvent("parcels:changed", { bubbles: true }));
  }

  onClick(event) {
    const button = event.target.closest("[data-add-line], [data-copy-line], [data-remove-line]");
    if (!button) return;
    event.preventDefault();
    const line = button.closest("[data-line]");
    if ("addLine" in button.dataset) this.add();
    else if ("copyLine" in button.dataset) this.add(line);
    else this.remove(line);
  }

  /** Enter in the last cell of the last line begins the next one; elsewhere it keeps its meaning. */
  onKey(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.target.tagName === "BUTTON") return;
    const line = event.target.closest("[data-line]");
    if (!line || line !== this.lines.at(-1) || event.target !== this.fields(line).at(-1)) return;
    event.preventDefault();
    this.add();
  }

  onPreset(event) {
    if (!event.target.matches("[data-preset]")) return;
    const values = JSON.parse(event.target.selectedOptions[0]?.dataset.fill || "{}");
    const line = event.target.closest("[data-line]");
    for (const [name, value] of Object.entries(values)) {
      const field = this.named(line, name);
      if (field) fill(field, String(value));
    }
  }

  tally() {
    const read = (line, name) => this.named(line, name)?.value ?? "";
    const lines = this.lines.map((line) => ({
      pieces: this.named(line, "pieces") ? read(line, "pieces") : "1",
      sizes: ["length_cm", "breadth_cm", "height_cm"].map((name) => read(line, name)),
      weight: read(line, "weight_kg"),
    }));
    const result = totals(lines, Object.values(this.ratios));
    for (const place of this.root.querySelectorAll("[data-total]")) {
      const name = place.dataset.total;
      const text = name === "explained" ? explained(result, this.ratios) : result[name];
      // Written only when it changes: a live region speaks every time.
      if (place.textContent !== text) place.textContent = text;
    }
  }
}

// A row to be ticked carries its number of parcels under the same name.
enhance("[data-parcels]:not(input)", (root) => new Parcels(root));
