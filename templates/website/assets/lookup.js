// Look-up over static files: blocks of notices, newest first, matched here. Any length of word works.

import { tellTime } from "./site.js";

const form = document.getElementById("find");
const box = document.getElementById("q");
const progress = document.getElementById("progress");
const found = document.getElementById("found");
const more = document.getElementById("more");
const root = form.dataset.root;
const ENOUGH = 20; // found in one go
const MOST = 4; // blocks read in one go

function plain(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[〔【［\[]/g, "[")
    .replace(/[〕】］\]]/g, "]");
}

function words(query) {
  return plain(query).split(/\s+/).filter(Boolean);
}

async function block(number) {
  const answer = await fetch(root + "lookup/" + String(number).padStart(3, "0") + ".json");
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function marked(element, text, wanted) {
  const same = plain(text);
  if (same.length !== text.length) {
    element.textContent = text; // places cannot be told apart: show it unmarked
    return;
  }
  const marks = new Array(text.length).fill(false);
  for (const word of wanted) {
    for (let at = same.indexOf(word); at >= 0; at = same.indexOf(word, at + word.length)) marks.fill(true, at, at + word.length);
  }
  for (let at = 0; at < text.length; ) {
    let end = at;
    while (end < text.length && marks[end] === marks[at]) end += 1;
    const piece = document.createElement(marks[at] ? "mark" : "span");
    piece.textContent = text.slice(at, end);
    element.append(piece);
    at = end;
  }
}

function tag(words, look) {
  const made = document.createElement("span");
  made.className = "tag " + look;
  made.textContent = words;
  return made;
}

function tags(item) {
  const found = [];
  if (item.withdrawn) found.push(tag("已撤回", "tag-off"));
  if (item.urgent) {
    found.push(tag("应急", "tag-urgent"));
    found.at(-1).dataset.expires = item.ends_at;
  }
  if (item.ends_at) {
    found.push(tag(item.ended, "tag-off"));
    found.at(-1).dataset.ends = item.ends_at;
  }
  if (item.shown_to) {
    found.push(tag(item.shown, "tag-off"));
    found.at(-1).dataset.ends = item.shown_to;
  }
  if (item.corrected) found.push(tag("已更正", ""));
  return found;
}

function row(item, wanted) {
  const line = document.createElement("li");
  line.className = "row row-full";
  const main = document.createElement("div");
  const link = document.createElement("a");
  link.className = "row-title";
  link.href = root + item.address;
  marked(link, item.title, wanted);
  main.append(link);
  for (const one of tags(item)) main.append(" ", one);
  tellTime(main);
  const numbers = document.createElement("p");
  numbers.className = "row-numbers";
  for (const text of [item.document_number, "索引号 " + item.index_number, item.column]) {
    if (!text) continue;
    const piece = document.createElement("span");
    marked(piece, text, wanted);
    numbers.append(piece);
  }
  main.append(numbers);
  const day = document.createElement("time");
  day.className = "row-day";
  day.dateTime = day.textContent = item.date;
  line.append(main, day);
  return line;
}

let search = null; // the one under way; an older one stops when it sees that it is not it

async function go(state) {
  more.hidden = true;
  let hits = 0;
  for (let read = 0; read < MOST && state.next >= 0 && hits < ENOUGH; read += 1) {
    progress.textContent = "正在查找……";
    let items;
    try {
      items = await block(state.next);
    } catch {
      if (search !== state) return;
      progress.textContent = "目录没有取到，请稍后再试一次。";
      more.textContent = "再试一次";
      more.hidden = false;
      return;
    }
    if (search !== state) return;
    state.next -= 1;
    state.seen += items.length;
    for (const item of items.reverse()) {
      state.reached = item.date;
      const text = plain([item.title, item.document_number, item.index_number].join("\n"));
      if (state.wanted.every((word) => text.includes(word))) {
        found.append(row(item, state.wanted));
        hits += 1;
        state.total += 1;
      }
    }
  }
  const to = state.next < 0 ? "全部 " + state.seen + " 件" : "最近公开的 " + state.seen + " 件（到 " + state.reached + " 为止）";
  progress.textContent = "已查" + to + "，找到 " + state.total + " 件。" + (state.next < 0 && !state.total ? "请换一个词试试，或者少输入几个字。" : "");
  more.textContent = "继续查更早的";
  more.hidden = state.next < 0;
}

function start(query) {
  found.replaceChildren();
  more.hidden = true;
  progress.textContent = "";
  const wanted = words(query);
  search = wanted.length ? { wanted, next: Number(form.dataset.blocks) - 1, seen: 0, total: 0, reached: "" } : null;
  if (search) go(search);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", "?q=" + encodeURIComponent(box.value));
  start(box.value);
});
more.addEventListener("click", () => go(search));

box.value = new URLSearchParams(location.search).get("q") || "";
start(box.value);
