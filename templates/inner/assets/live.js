// Keeps the page in step with what the server sees: parts that changed come whole and are put in place by their id.

const { watch, ages, patience } = document.body.dataset;
const words = JSON.parse(ages);
const sizes = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 5]];
const pulse = document.getElementById("pulse");
const kept = document.querySelector("[data-parts]");
let heard = Date.now();
let seen = ""; // the last instant the server saw the store

function showAges() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const seconds = Math.max(0, (Date.now() - new Date(time.dateTime)) / 1000);
    const [unit, size] = sizes.find(([, size]) => seconds >= size) ?? ["now", 1];
    const text = words[unit].replace("{n}", Math.floor(unit === "second" ? seconds : seconds / size));
    if (time.textContent !== text) time.textContent = text;
  }
}

function showPulse(stale) {
  pulse.classList.toggle("is-stale", stale);
  pulse.classList.toggle("is-live", !stale);
  if (seen) pulse.textContent = pulse.dataset[stale ? "stale" : "live"].replace("{at}", seen);
}

function put({ order, parts }) {
  const focused = document.activeElement?.id;
  for (const [id, html] of Object.entries(parts)) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.firstElementChild;
    const old = document.getElementById(id);
    if (old) old.replaceWith(fresh);
    else kept.append(fresh);
  }
  order.forEach((id, place) => {
    const part = document.getElementById(id);
    if (part && kept.children[place] !== part) kept.insertBefore(part, kept.children[place] ?? null);
  });
  while (kept.children.length > order.length) kept.lastElementChild.remove();
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  showAges();
}

function listen() {
  const source = new EventSource(watch);
  source.addEventListener("parts", (event) => put(JSON.parse(event.data)));
  source.addEventListener("beat", (event) => {
    const beat = JSON.parse(event.data);
    seen = beat.at;
    heard = Date.now();
    showPulse(beat.failed);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000); // turned away: too many are watching
  });
}

listen();
setInterval(() => {
  showAges();
  if (Date.now() - heard > patience * 1000) showPulse(true);
}, 1000);
