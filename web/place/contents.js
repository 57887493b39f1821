// The contents of the page follow the reader, and keep the present entry in view. On a narrow
// screen, where they are folded away, a line below the header names it and opens them.
//
// The theme has Bootstrap's ScrollSpy for this, which marks a section once a tenth of it is on
// the screen: a section ten screens long never is. So it is switched off, before it starts.
(() => { // a scope of its own: the page has other scripts
  document.body.removeAttribute("data-bs-spy");

  const contents = document.querySelector("#pst-page-toc-nav");
  const links = [...(contents?.querySelectorAll("a[href^='#']") ?? [])];
  const sections = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const line = document.createElement("button");
  let present = null;

  /** Return the link to the section that the reader is in, or null above the first one. */
  function whereabouts() {
    const page = document.documentElement;
    const end = scrollY > 0 && scrollY + innerHeight > page.scrollHeight - 5;
    // A heading to which a link leads stands up to 104 pixels below the top. At the end of the
    // page no heading may get there.
    const limit = end ? innerHeight : 130;
    const above = sections.filter((section) => section?.getBoundingClientRect().top < limit);
    return links[sections.indexOf(above.at(-1))] ?? null;
  }

  /** Scroll the box of the contents, and nothing else, until the present entry is in view. */
  function keepInView() {
    const box = contents.closest(".bd-sidebar-secondary");
    if (!present || !box) return;
    const [row, frame] = [present.getBoundingClientRect(), box.getBoundingClientRect()];
    const margin = Math.min(80, frame.height / 4);
    if (row.top < frame.top + margin || row.bottom > frame.bottom - margin)
      box.scrollTop += row.top - frame.top - frame.height / 2;
  }

  /** Mark the entry of the section that the reader is in. */
  function follow() {
    const next = whereabouts();
    if (next !== present) {
      present?.classList.remove("active");
      present?.removeAttribute("aria-current");
      present = next;
      present?.classList.add("active");
      present?.setAttribute("aria-current", "true");
      line.textContent = present?.textContent ?? "";
      line.hidden = !present;
    }
    keepInView();
  }

  if (links.length) {
    line.className = "contents-line";
    line.type = "button";
    line.hidden = true;
    document.querySelector(".bd-header-article")?.append(line);
    const toggle = document.querySelector(".secondary-toggle");
    line.addEventListener("click", () => toggle?.click());
    toggle?.addEventListener("click", () => requestAnimationFrame(keepInView));
    let waiting = 0;
    const soon = () => (waiting ||= requestAnimationFrame(() => { waiting = 0; follow(); }));
    for (const event of ["scroll", "resize"]) addEventListener(event, soon, { passive: true });
    new ResizeObserver(soon).observe(document.body);
  }
})();
