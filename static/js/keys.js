/* Keys: everything a mouse can do here, without one. Load as type="module".
   A page opts in with markup alone: data-key="a" on a link, button or radio; data-key-row on each row's link in a list. */
import { tinykeys } from "../vendor/tinykeys.module.js";

const TYPED_IN = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";
const NOT_TYPED_IN = "input[type='radio'], input[type='checkbox'], input[type='submit'], input[type='button']";

function isTyping(target) {
  return target instanceof Element && target.matches(TYPED_IN) && !target.matches(NOT_TYPED_IN);
}

function when(act) {
  return (event) => {
    if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    act(event);
  };
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-key-row]")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  const next = at === -1 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function press(event, key) {
  const element = document.querySelector(`[data-key="${key}"]`);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input[type='radio']")) {
    element.checked = true;
    element.dispatchEvent(new Event("change", { bubbles: true }));
    const panel = document.querySelector(`.act-panel[data-act="${CSS.escape(element.value)}"]`);
    const first = panel?.querySelector("select, textarea, input:not([type='hidden']), button");
    // Of a group of choices, the one that is chosen: blank and Enter then say the same.
    const chosen = first?.matches("input[type='radio']") ? panel.querySelector(`[name="${CSS.escape(first.name)}"]:checked`) : null;
    (chosen ?? first ?? element).focus();
  } else {
    element.click();
  }
}

function closeActs(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const box = event.target instanceof Element && event.target.closest(".decide");
  const checked = box && box.querySelector("[name='act']:checked");
  if (!checked) return;
  checked.checked = false;
  checked.focus();
}

const bindings = {
  j: when(() => move(1)),
  k: when(() => move(-1)),
  "g q": when((event) => press(event, "g q")),
  "g l": when((event) => press(event, "g l")),
  "Shift+?": when((event) => {
    const list = document.querySelector("dialog.keys");
    if (!list) return;
    event.preventDefault();
    list.showModal();
  }),
};
for (const key of ["a", "e", "s", "x", "o", "r", "n", "p"]) bindings[key] = when((event) => press(event, key));

tinykeys(window, bindings);
window.addEventListener("keydown", closeActs);

/* Where a browser does not know command="show-modal" yet, the button still opens the list. */
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[commandfor][command='show-modal']");
  if (!button) return;
  const list = document.getElementById(button.getAttribute("commandfor"));
  if (list && !list.open) list.showModal();
});
