/* Where a reader arrives from the search (PAGE.html?highlight=WORDS#SECTION): the words are marked
   and the section is in view, a fold opened if it says them only there. Escape clears the marks. */
"use strict";

(() => {
  const url = new URL(location);
  const asked = url.searchParams.get("highlight");
  if (!asked) return;
  // Formulas, charts and the places to answer are the work of other scripts.
  const LEFT_OUT = "script, style, button, .math, svg, .explorable, .tag_check, .tag_your-turn, " +
    "[class^=practice]";
  const folder = new URL(".", document.currentScript.src);
  const load = name => new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: new URL(name, folder) });
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });

  /* Mark each word of the article that has one of the terms. */
  const mark = terms => {
    const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      if (text.parentElement.closest(LEFT_OUT)) continue;
      const pieces = [...bookWords.pieces(text.data, terms)];
      if (pieces.length < 2) continue;
      text.replaceWith(...pieces.map(([piece, isWord]) => {
        if (!isWord) return piece;
        const made = Object.assign(document.createElement("mark"), { className: "found" });
        made.append(piece);
        return made;
      }));
    }
  };

  const unmark = () => {
    for (const made of document.querySelectorAll("mark.found")) {
      made.replaceWith(...made.childNodes);
    }
    for (const summary of document.querySelectorAll("summary.found-within")) {
      summary.classList.remove("found-within");
    }
  };

  /* Show on each closed fold that it has marks; open the first if its section has none elsewhere. */
  const unfold = target => {
    const marks = [...document.querySelectorAll("mark.found")];
    const fold = made => made.parentElement.closest("details:not([open]) > :not(summary)")
      ?.parentElement;
    const own = marks.filter(made => made.closest("section") === target);
    if (own.length && own.every(fold)) {
      for (let at = fold(own[0]); at; at = fold(own[0])) at.open = true;
    }
    for (const made of marks) fold(made)?.querySelector("summary").classList.add("found-within");
  };

  const arrive = async () => {
    await load("engine.min.js");
    await load("words.js");
    const terms = asked.split(/\s+/);
    for (const word of bookWords.find(asked)) terms.push(word.terms[0]);
    mark(new Set(terms));
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    unfold(target);
    let still = true; // until the reader moves
    const move = () => { still = false; };
    for (const kind of ["wheel", "touchstart", "keydown", "mousedown"]) addEventListener(kind, move);
    const view = () => { if (still) target?.scrollIntoView({ behavior: "instant" }); };
    view();
    if (document.readyState !== "complete") {
      await new Promise(done => addEventListener("load", done));
    }
    await window.MathJax?.startup?.promise; // formulas change the height of what is above
    view();
    document.documentElement.dataset.arrived = "";
  };

  url.searchParams.delete("highlight");
  history.replaceState(null, "", url); // the address that a reader keeps is the section's own
  addEventListener("keydown", event => {
    if (event.key === "Escape" && !event.target.matches("input, textarea")) unmark();
  });
  arrive();
})();
