/* The search page: shows, while a reader types, the sections that answer. */
"use strict";

(() => {
  const SHOWN = 15;
  const LONGEST = 300; // characters of a sentence that are quoted
  const form = document.querySelector(".bd-search-container form");
  const field = form.querySelector("input");
  const status = document.getElementById("search-status");
  const list = document.getElementById("search-results");
  const nothing = document.getElementById("search-nothing");

  const element = (name, className, ...children) => {
    const made = Object.assign(document.createElement(name), { className });
    made.append(...children);
    return made;
  };

  /* Return a text as nodes, with words marked. */
  const marked = (text, terms) => [...bookWords.pieces(text, terms)]
    .map(([piece, isWord]) => isWord ? element("mark", "found", piece) : piece);

  /* Return the part of a long sentence in which its first word to mark stands. */
  const cut = (line, terms) => {
    if (line.length <= LONGEST) return line;
    const [[before]] = bookWords.pieces(line, terms);
    const from = before.length < LONGEST / 2 ? 0 : line.lastIndexOf(" ", before.length - LONGEST / 3);
    const to = from + LONGEST < line.length ? line.lastIndexOf(" ", from + LONGEST) : line.length;
    return `${from ? "… " : ""}${line.slice(from, to).trim()}${to < line.length ? " …" : ""}`;
  };

  /* Return the list's item for a section: its title, where it stands, and the sentence. */
  const item = ({ place, title, above, line, marks }) => {
    const [page, anchor] = place.split("#");
    const link = element("a", "", ...marked(title, marks));
    link.href = `${page}?highlight=${encodeURIComponent([...marks].join(" "))}#${anchor}`;
    const made = element("li", "", link);
    const where = place.startsWith("solutions/") ? ["Answer", ...above] : above;
    if (where.length) made.append(element("p", "search-above", where.join(" › ")));
    if (line) made.append(element("p", "search-line", ...marked(cut(line, marks), marks)));
    return made;
  };

  const show = typing => {
    const query = field.value.trim();
    const hits = query ? bookFind(query, { typing }) : [];
    list.replaceChildren(...hits.slice(0, SHOWN).map(item));
    nothing.hidden = !query || hits.length > 0;
    const count = Math.min(hits.length, SHOWN);
    if (!query) status.textContent = "";
    else if (!count) status.textContent = "Nothing found.";
    else status.textContent = count === 1 ? "1 section" : `${count} sections, the best first`;
  };

  const address = () => {
    const url = new URL(location);
    url.searchParams.set("q", field.value.trim());
    return url;
  };

  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      show(true);
      history.replaceState(null, "", address());
    }, 120);
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    clearTimeout(waiting);
    show(false);
    history.replaceState(null, "", address());
    list.querySelector("a")?.focus();
  });
  // The arrows go from the field to the results and back.
  document.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [field, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    if (!step || at < 0 || !stops[at + step]) return;
    event.preventDefault();
    stops[at + step].focus();
  });

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show(false);
  // On a phone the keyboard would cover what was found.
  if (!field.value || matchMedia("(pointer: fine)").matches) field.focus();
})();
