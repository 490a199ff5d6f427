// A select whose options bring usual values for other fields (`data-fill`): they follow the choice as long as they
// stand as the last choice left them. What a person wrote stays.
import { enhance, fill } from "./dom.js";

enhance("select[data-brings]", (select) => {
  const brought = () => JSON.parse(select.selectedOptions[0]?.dataset.fill || "{}");
  const field = (name) => select.form?.elements.namedItem(name);
  let last = brought();
  select.addEventListener("change", () => {
    const next = brought();
    const names = [...new Set([...Object.keys(last), ...Object.keys(next)])].filter(field);
    if (names.every((name) => field(name).value === (last[name] ?? ""))) {
      for (const name of names) fill(field(name), next[name] ?? "");
    }
    last = next;
  });
});
