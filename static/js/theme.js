/* Theme: light, dark, or what the system says. Load in <head> without defer, so that nothing flashes.
   Markup: <button type="button" class="theme-toggle" data-theme-toggle hidden> with one <svg class="icon"><use></svg>. */
(() => {
  "use strict";
  const KEY = "theme";
  const ORDER = ["auto", "light", "dark"];
  const ICON = { auto: "circle-half", light: "sun", dark: "moon" };
  const WORD = { auto: "as the system says", light: "light", dark: "dark" };

  function kept() {
    try {
      const value = localStorage.getItem(KEY);
      return ORDER.includes(value) ? value : "auto";
    } catch {
      return "auto";
    }
  }

  function keep(theme) {
    try {
      if (theme === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      /* storage is closed: the choice holds for this page */
    }
  }

  let theme = kept();

  function apply() {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }

  function label(button) {
    button.hidden = false;
    const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    const words = `Colours: ${WORD[theme]}. Change to ${WORD[next]}`;
    button.setAttribute("aria-label", words);
    button.title = words;
    const use = button.querySelector("use");
    if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${ICON[theme]}`));
  }

  function start() {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      label(button);
      button.addEventListener("click", () => {
        theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
        keep(theme);
        apply();
        document.querySelectorAll("[data-theme-toggle]").forEach(label);
      });
    }
  }

  apply();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
