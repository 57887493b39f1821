// Show the images behind the count that is chosen. Without this script the matrix stays hidden.
for (const box of document.querySelectorAll(".confusion")) {
  // By place: ten a row; nothing where the count is 0.
  const buttons = [...box.querySelectorAll("tbody td")].map((cell) => cell.firstElementChild);
  const columns = box.querySelectorAll("thead th");
  const choose = (button) => {
    for (const other of buttons.filter(Boolean)) {
      other.ariaPressed = other === button;
      other.tabIndex = other === button ? 0 : -1;
    }
    const { parentElement: cell, style } = button;
    const shown = style.getPropertyValue("--shown");
    const classes = [cell.parentElement.firstElementChild, columns[cell.cellIndex - 1]];
    const called = classes.map((header) => header.textContent).join(" called ");
    const sentence = `${called}: ${shown} of ${button.textContent} test images.`;
    box.querySelector(".explorable-reading").textContent = sentence;
    for (const name of ["--row", "--shown"])
      box.querySelector(".confusion-images").style.setProperty(name, style.getPropertyValue(name));
  };
  box.addEventListener("click", ({ target }) => buttons.includes(target) && choose(target));
  box.addEventListener("keydown", (event) => {
    const width = columns.length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: width, ArrowUp: -width }[event.key];
    const start = buttons.indexOf(event.target);
    if (!step || start < 0) return;
    event.preventDefault();
    const line = (place) => (Math.abs(step) === 1 ? Math.floor(place / width) : 0);
    let place = start + step;
    while (place in buttons && !buttons[place]) place += step;
    if (!(place in buttons) || line(place) !== line(start)) return;
    choose(buttons[place]);
    buttons[place].focus();
  });
  choose(buttons.find((button) => button?.ariaPressed === "true"));
  box.querySelector(".explorable-reading").ariaLive = "polite";
  box.hidden = false;
}
