// Draw each explorable of the page. Without this script they stay hidden.
for (const box of document.querySelectorAll(".explorable")) {
  const chart = vega.parse(JSON.parse(box.querySelector("script").textContent));
  box.hidden = false; // before drawing, which measures the width
  const view = new vega.View(chart, {
    renderer: "svg",
    container: box.querySelector(".explorable-chart"),
    bind: box.querySelector(".explorable-inputs"),
  });
  const reading = box.querySelector(".explorable-reading");
  const say = (name, sentence) => (reading.textContent = sentence);
  view.addSignalListener("reading", say);
  view.runAsync().then(() => {
    say("reading", view.signal("reading"));
    reading.ariaLive = "polite"; // from now on a screen reader reads each change
  });
}
