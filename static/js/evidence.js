/* Evidence: a statement and its source light up together. Load as type="module".
   Markup: data-claim="12" on the statement (a link to its source), data-source-claim="12 14" on the cited field.
   Without this script the links between the two still work. */

const LIT = "is-lit";
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

function numbers(element) {
  return (element.dataset.claim ?? element.dataset.sourceClaim ?? "").split(/\s+/).filter(Boolean);
}

function partners(element) {
  const other = element.dataset.claim === undefined ? "claim" : "source-claim";
  return numbers(element).flatMap((number) => [...document.querySelectorAll(`[data-${other}~="${CSS.escape(number)}"]`)]);
}

function dark() {
  for (const element of document.querySelectorAll(`.${LIT}`)) element.classList.remove(LIT);
}

function column(element) {
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return document.scrollingElement;
}

/* Only the column moves, never the page under the reader's eyes. */
function show(element, { page }) {
  const box = column(element);
  const root = box === document.scrollingElement;
  if (root && !page) return;
  const frame = root ? { top: 0, bottom: window.innerHeight } : box.getBoundingClientRect();
  const place = element.getBoundingClientRect();
  if (place.top >= frame.top + 60 && place.bottom <= frame.bottom - 60) return;
  const by = place.top - frame.top - (frame.bottom - frame.top) / 3;
  box.scrollBy({ top: by, behavior: calm.matches ? "auto" : "smooth" });
}

function light(element, { page }) {
  const others = partners(element);
  dark();
  if (others.length === 0) return [];
  element.classList.add(LIT);
  for (const other of others) other.classList.add(LIT);
  show(others[0], { page });
  return others;
}

function sided(event) {
  return event.target instanceof Element ? event.target.closest("[data-claim], [data-source-claim]") : null;
}

let waiting;

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  clearTimeout(waiting);
  const element = sided(event);
  if (element && !element.classList.contains(LIT)) waiting = setTimeout(() => light(element, { page: false }), 90);
});

document.addEventListener("focusin", (event) => {
  const element = sided(event);
  if (element) light(element, { page: false });
});

document.addEventListener("click", (event) => {
  const element = sided(event);
  if (!element || event.metaKey || event.ctrlKey || event.shiftKey || event.target.closest("summary, details")) return;
  const others = light(element, { page: true });
  const link = event.target.closest("a[href^='#']");
  if (!link || others.length === 0) return;
  event.preventDefault();
  const target = others[0].matches("a[href]") ? others[0] : others[0].querySelector("a[href]");
  target?.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") dark();
});

/* The forms tell whether evidence was opened before deciding: what was clicked, unfolded or reached with the keyboard.
   It weighs the draw of the weekly sample and nothing else; without this script it stays unknown. */
const telling = document.querySelectorAll('input[name="evidence_opened"]');

function tell(word) {
  for (const field of telling) field.value = word;
}

tell("no");
for (const kind of ["click", "toggle", "focusin"]) {
  document.getElementById("evidence")?.addEventListener(kind, () => tell("yes"), { capture: true });
}
