/* The bell and the queue's counts follow what happens while a page stands open. Load as type="module".
   Markup: <a data-bell="URL"> with <span data-bell-count> and <span data-bell-words> in it, and data-count="view" on each
   count of the queue. Only texts change: no element is replaced, so focus and selection stay where they are. Without
   this script the next page shows the same. */

const REST = 20_000;
const bell = document.querySelector("[data-bell]");

function say(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function show(found) {
  const count = bell.querySelector("[data-bell-count]");
  say(count, found.new > 99 ? "99+" : String(found.new));
  count.hidden = found.new === 0;
  say(bell.querySelector("[data-bell-words]"), found.new === 0 ? "Notifications" : `Notifications, ${found.new} new`);
  for (const [view, many] of Object.entries(found.queue ?? {})) {
    say(document.querySelector(`[data-count="${CSS.escape(view)}"]`), many);
  }
}

async function look() {
  if (document.hidden) return;
  const url = new URL(bell.dataset.bell, location.href);
  if (document.querySelector("[data-count]")) url.searchParams.set("queue", "1");
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok) show(await answer.json());
  } catch {
    /* signed out, or no connection: what is shown stays as it is */
  }
}

if (bell) {
  setInterval(look, REST);
  document.addEventListener("visibilitychange", look);
}
