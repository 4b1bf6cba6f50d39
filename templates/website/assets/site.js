// What a static page cannot know by itself: the reader's text size, and whether a date has passed.

const sizes = document.querySelector(".sizes");
const root = document.documentElement;

function setSize(size) {
  root.dataset.size = size;
  for (const button of sizes.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.size === size));
  }
}

function kept(name) {
  try {
    return localStorage.getItem(name) || "";
  } catch {
    return ""; // storage refused: the size lasts for this page
  }
}

if (sizes) {
  sizes.hidden = false;
  setSize(kept("size"));
  sizes.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    setSize(button.dataset.size);
    try {
      localStorage.setItem("size", button.dataset.size);
    } catch {
      // not kept: see above
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Dates of the office are days in Shanghai, wherever the reader is.
const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());
for (const mark of document.querySelectorAll("[data-ends]")) {
  mark.hidden = mark.dataset.ends >= today; // the last day still counts
}
for (const mark of document.querySelectorAll("[data-expires]")) {
  if (mark.dataset.expires) mark.hidden = new Date(mark.dataset.expires) <= new Date();
}
