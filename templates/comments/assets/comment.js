// The form proves by work that no machine sends thousands of it. Where this runs, nobody is asked the question.

const form = document.querySelector("form[data-mark]");
const plain = document.getElementById("plain");
const answer = document.getElementById("answer");
let state = "";
let sending = false;

function show(name) {
  state = name;
  for (const line of form.querySelectorAll("[data-when]")) line.hidden = line.dataset.when !== name;
}

// The question is asked after all: no worker, or one that failed.
function ask() {
  show("");
  plain.hidden = false;
  answer.required = true;
}

function start() {
  let worker;
  try {
    worker = new Worker(form.dataset.worker);
  } catch {
    return;
  }
  plain.hidden = true;
  answer.required = false;
  show("working");
  worker.addEventListener("error", ask);
  worker.addEventListener("message", (event) => {
    worker.terminate();
    form.elements.work.value = event.data;
    const waited = state === "wait";
    show("worked");
    if (waited) form.requestSubmit();
  });
  worker.postMessage({ mark: form.dataset.mark, puzzles: Number(form.dataset.puzzles), bits: Number(form.dataset.bits) });
}

form.addEventListener("submit", (event) => {
  if (sending) event.preventDefault();
  else if (state === "working" || state === "wait") {
    event.preventDefault();
    show("wait");
  } else sending = true;
});

// Whoever comes back to the page may send again: the same form is the same comment.
addEventListener("pageshow", () => (sending = false));

start();
document.querySelector(".summary")?.focus();
