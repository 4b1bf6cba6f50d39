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

// Titles break between words: the browser knows them. What the page keeps whole (.nb) stays so.
function phrases(element) {
  const words = new Intl.Segmenter("zh", { granularity: "word" });
  let before = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const whole = text.parentElement.closest(".nb");
    const made = [];
    for (const word of whole ? [text.data] : Array.from(words.segment(text.data), (found) => found.segment)) {
      if (before && mayPart(before, word)) made.push(document.createElement("wbr"));
      made.push(word);
      before = word;
    }
    if (!whole) text.replaceWith(...made);
    else if (made.length > 1) whole.before(made[0]);
  }
  element.classList.add("phrased");
}

// Single characters stay with their neighbours, but for those that join two things; marks stay where rules put them.
function mayPart(before, after) {
  if (/^[\p{Pe}\p{Pf}\p{Po}]/u.test(after) || /[\p{Ps}\p{Pi}]$/u.test(before)) return false;
  if (/[\p{Pe}\p{Pf}\p{Po}\s]$/u.test(before) || /^[\p{Ps}\p{Pi}]/u.test(after)) return true;
  if (/^[的了等]$/.test(after)) return false;
  if (/^[和与及或暨至]$/.test(after) || before === "的") return true;
  return before.length > 1 && after.length > 1;
}

if (Intl.Segmenter) document.querySelectorAll("[data-phrases]").forEach(phrases);
