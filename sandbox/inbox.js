"use strict";
// What came, and how the outlet stands, is fetched anew whenever the server says that something has changed.
const changes = new EventSource(document.body.dataset.changes);
changes.onmessage = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const place of ["main", ".state"]) {
    document.querySelector(place)?.replaceWith(fresh.querySelector(place));
  }
};
for (const button of document.querySelectorAll("button[data-command]")) {
  button.onclick = () => fetch(button.dataset.to ?? "/misbehave", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: button.dataset.command,
  });
}
