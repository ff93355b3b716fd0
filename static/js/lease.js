/* Lease: kept while one types, and taken on opening where the gate says so. Load as type="module".
   Markup: <div id="lease" data-lease="URL">, with data-lease-mine while it is the reader's, or data-lease-on-open when the
   page may take it by itself. Without this script the buttons in it do the same. */

const EVERY = 60_000;
let asked = 0;

function line() {
  return document.querySelector("#lease[data-lease]");
}

function given(url) {
  return `gave-back:${url}`;
}

function remembered(url) {
  try {
    return sessionStorage.getItem(given(url)) !== null;
  } catch {
    return false;
  }
}

async function ask(act) {
  const before = line();
  const token = document.querySelector("input[name='csrf_token']")?.value;
  if (!before || !token) return;
  const body = new URLSearchParams({ act, quiet: "1", csrf_token: token });
  const headers = { "HX-Request": "true", "HX-Target": "lease" };
  const answer = await fetch(before.dataset.lease, { method: "POST", body, headers, redirect: "error" }).catch(() => null);
  if (!answer || answer.status !== 200) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("lease");
  const now = line();
  if (!fresh || !now || now.contains(document.activeElement)) return;
  now.replaceWith(document.adoptNode(fresh));
  window.htmx?.process?.(fresh);
  note();
}

function note() {
  const says = line()?.querySelector("[data-lease-note]");
  if (says) says.hidden = false;
}

document.addEventListener("input", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("form[data-guard]")) return;
  if (!line()?.hasAttribute("data-lease-mine") || Date.now() - asked < EVERY) return;
  asked = Date.now();
  ask("keep");
});

/* Who gave an item back is not handed it again by opening the page again; taking it again is a button. */
document.addEventListener("submit", (event) => {
  const box = event.target instanceof Element && event.target.closest("#lease[data-lease]");
  if (!box) return;
  try {
    const act = event.target.querySelector("[name='act']")?.value;
    if (act === "give_back") sessionStorage.setItem(given(box.dataset.lease), "1");
    if (act === "take") sessionStorage.removeItem(given(box.dataset.lease));
  } catch {
    /* nothing is remembered: then opening takes it again */
  }
});

const start = line();
if (start?.hasAttribute("data-lease-on-open") && !remembered(start.dataset.lease)) ask("take");
note();
