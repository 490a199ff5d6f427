// Runs before the first paint, so it is a classic script: the chosen theme and keys, and the sign that scripts run.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (localStorage.getItem("keys") === "off") root.dataset.keys = "off";
  } catch {
    // Storage is denied: the computer's theme and the usual keys hold.
  }
})();
