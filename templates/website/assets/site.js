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

// What holds until an instant goes (data-expires), what holds from it on comes (data-ends); also on an open page.
export function tellTime(within) {
  const now = new Date();
  for (const mark of within.querySelectorAll("[data-ends]")) mark.hidden = new Date(mark.dataset.ends) > now;
  for (const mark of within.querySelectorAll("[data-expires]")) mark.hidden = new Date(mark.dataset.expires) <= now;
}

tellTime(document);
setInterval(() => tellTime(document), 30_000);
