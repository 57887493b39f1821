// Draw each explorable of the page. Without this script they stay hidden.
for (const box of document.querySelectorAll("section.explorable")) {
  const chart = vega.parse(JSON.parse(box.querySelector("script").textContent));
  box.hidden = false; // before drawing, which measures the width
  const chartBox = box.querySelector(".explorable-chart");
  const view = new vega.View(chart, {
    renderer: "svg",
    container: chartBox,
    bind: box.querySelector(".explorable-inputs"),
  });
  const reading = box.querySelector(".explorable-reading");
  const say = (name, sentence) => (reading.textContent = sentence);
  view.addSignalListener("reading", say);
  view.runAsync().then(() => {
    say("reading", view.signal("reading"));
    reading.ariaLive = "polite"; // from now on a screen reader reads each change
    // Vega follows the window alone, but the sidebars change the width after it.
    new ResizeObserver(() => view.width(chartBox.clientWidth).runAsync()).observe(chartBox);
  });
}
