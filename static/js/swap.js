// Exchange two ends: every field of one prefix with its namesake of the other.
import { delegate, fill } from "./dom.js";

delegate("click", "[data-swap]", (button, event) => {
  event.preventDefault();
  const [one, other] = button.dataset.swap.split(" ");
  const form = button.closest("form");
  for (const field of [...form.elements].filter((element) => element.name?.startsWith(one))) {
    const twin = form.elements.namedItem(other + field.name.slice(one.length));
    if (!(twin instanceof HTMLElement)) continue;
    if (field.type === "checkbox") [field.checked, twin.checked] = [twin.checked, field.checked];
    else {
      const kept = field.value;
      fill(field, twin.value);
      fill(twin, kept);
    }
  }
});
