/* Guard: nothing typed is lost. Load as type="module".
   Markup: <form id="approve-item-7" data-guard>, an id that no other item's form has; data-guard="answered" when the server
   sends back what was typed. Typing is kept in sessionStorage until a page says the form was taken, with
   <meta name="form-taken" content="form-id form-id"> or, in a fragment, an element with data-form-taken="form-id".
   Each person's words are kept apart: who signs in next in the same tab finds none of them. */

const DIRTY = new Set();

function guarded(target) {
  return target instanceof Element ? target.closest("form[data-guard][id]") : null;
}

function keptFor() {
  return `typed:${document.body.dataset.person ?? ""}:`;
}

function keyOf(form, field) {
  return `${keptFor()}${form.id}:${field.name}`;
}

function canKeep(field) {
  return field.name && !field.disabled && !["hidden", "password", "file", "submit", "button", "reset"].includes(field.type);
}

function valueOf(form, field) {
  if (field.type === "checkbox") {
    const alike = [...form.elements].filter((one) => one.name === field.name && one.type === "checkbox");
    return JSON.stringify(alike.filter((one) => one.checked).map((one) => one.value));
  }
  if (field.type === "radio") return form.elements.namedItem(field.name)?.value ?? field.value;
  return field.value;
}

function put(field, value) {
  if (field.type === "checkbox") field.checked = JSON.parse(value).includes(field.value);
  else if (field.type === "radio") field.checked = field.value === value;
  else field.value = value;
}

function isUntouched(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked === field.defaultChecked;
  if (field.tagName === "SELECT") return true;
  return field.value === field.defaultValue;
}

function keep(form, field) {
  try {
    sessionStorage.setItem(keyOf(form, field), valueOf(form, field));
  } catch {
    /* storage is closed or full: the warning before leaving still holds */
  }
}

function forget(id) {
  DIRTY.delete(id);
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(`${keptFor()}${id}:`)) sessionStorage.removeItem(key);
    }
  } catch {
    /* nothing was kept */
  }
}

function restore(form) {
  /* What the server sent back after a refusal is newer than what we kept. */
  if (form.dataset.guard === "answered") {
    DIRTY.add(form.id);
    return;
  }
  let restored = false;
  for (const field of form.elements) {
    if (!canKeep(field)) continue;
    let value = null;
    try {
      value = sessionStorage.getItem(keyOf(form, field));
      if (value === null || value === valueOf(form, field) || !isUntouched(field)) continue;
      put(field, value);
    } catch {
      continue;
    }
    restored = true;
  }
  if (!restored) return;
  DIRTY.add(form.id);
  const note = form.querySelector("[data-guard-note]");
  if (note) note.hidden = false;
}

function takenIn() {
  for (const meta of document.querySelectorAll("meta[name='form-taken']")) meta.content.split(/\s+/).filter(Boolean).forEach(forget);
  for (const element of document.querySelectorAll("[data-form-taken]")) element.dataset.formTaken.split(/\s+/).filter(Boolean).forEach(forget);
}

function start() {
  takenIn();
  for (const form of document.querySelectorAll("form[data-guard][id]")) restore(form);
}

/* After a session that ended. The sign-in page says that this tab keeps what was typed, where it does; and who has it all
   in this tab goes straight back to the form, where it is put in again. */
function keptHere() {
  const whose = document.body.dataset.person ? keptFor() : "typed:";
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(whose)).map((key) => sessionStorage.getItem(key));
  } catch {
    return [];
  }
}

function afterTheSession() {
  const kept = keptHere();
  for (const note of document.querySelectorAll("[data-kept-in-tab]")) note.hidden = kept.length === 0;
  const back = document.querySelector("[data-kept-back]");
  const texts = [...document.querySelectorAll("[data-kept]")].map((one) => one.value);
  if (back && texts.every((text) => kept.includes(text))) location.replace(back.href);
}

document.addEventListener("input", (event) => {
  const form = guarded(event.target);
  if (!form || !canKeep(event.target)) return;
  DIRTY.add(form.id);
  keep(form, event.target);
});

document.addEventListener("submit", (event) => {
  const form = guarded(event.target);
  if (form && !event.defaultPrevented) DIRTY.delete(form.id);
});

document.addEventListener("reset", (event) => {
  const form = guarded(event.target);
  if (form) forget(form.id);
});

window.addEventListener("beforeunload", (event) => {
  const still = [...DIRTY].some((id) => document.getElementById(id));
  if (!still) return;
  event.preventDefault();
});

/* Fragments that htmx puts in: forms come back, and forms that were taken are forgotten. */
document.addEventListener("htmx:after:swap", () => start());

afterTheSession();
start();
