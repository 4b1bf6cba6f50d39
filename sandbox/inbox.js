"use strict";
// The list is fetched anew whenever the server says that something has come.
const changes = new EventSource(document.body.dataset.changes);
changes.onmessage = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(fresh.querySelector("main"));
};
for (const button of document.querySelectorAll("button[data-command]")) {
  button.onclick = () => fetch(button.dataset.to ?? "/misbehave", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: button.dataset.command,
  });
}
