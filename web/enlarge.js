// Show a figure large when it is clicked or tapped; without this the link shows it alone.
"use strict";
const shown = document.createElement("dialog");
shown.className = "enlarged";
shown.setAttribute("aria-label", "Figure");
shown.innerHTML =
  '<form method="dialog"><a download>Download with credit (SVG)</a><button>Close</button></form>';
document.body.append(shown);
const form = shown.firstElementChild;
shown.addEventListener("click", (event) => form.contains(event.target) || shown.close());
document.addEventListener("click", (event) => {
  const figure = event.target.closest("a.enlarge");
  if (!figure || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const large = figure.firstElementChild.cloneNode();
  large.style.setProperty("--aspect", large.getAttribute("width") / large.getAttribute("height"));
  form.firstElementChild.href = figure.href;
  shown.replaceChildren(large, form);
  shown.showModal();
});
