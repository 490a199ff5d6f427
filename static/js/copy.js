// Copy a number or a text, and say so.
import { delegate } from "./dom.js";
import { toast } from "./toasts.js";

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http beyond this computer has no clipboard; a selected text can still be copied.
  const holder = document.createElement("textarea");
  holder.value = text;
  holder.className = "vh";
  document.body.append(holder);
  holder.select();
  document.execCommand("copy");
  holder.remove();
}

delegate("click", "[data-copy], [data-copy-from]", async (button) => {
  const text = button.dataset.copy ?? document.querySelector(button.dataset.copyFrom)?.textContent.replace(/\s+/g, " ").trim() ?? "";
  try {
    await write(text);
    toast(text.length > 40 ? "Copied" : `Copied ${text}`);
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error;
    toast("The browser did not allow copying. Select the text and press Ctrl C.", { stay: true });
  }
  button.focus();
});
