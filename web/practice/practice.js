// Make the places to answer of a page answerable in it. Without this script, or where it fails, the
// page is as it was written: cells to be run in Jupyter. On paper it is so, too (practice.css).
(() => { // around all of the file, so that its names are its own
const HOME = new URL(".", document.currentScript.src);
const LIMIT = 10; // seconds that a run may take
const FROM_DISK = location.protocol === "file:"; // where browsers start no module worker

// ---- Small helpers -------------------------------------------------------------------------

// Return a new element with attributes and children.
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const button = (words, act) => {
  const made = make("button", { type: "button" }, words);
  made.addEventListener("click", act);
  return made;
};
const isRun = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey);
const codeOf = (cell) => cell.querySelector(".cell_input pre").textContent.trimEnd();

// What is typed is kept in this browser, if that allows it: reading the property may throw, too.
const store = (act) => {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
};
const KEEPS = store((kept) => (kept.setItem("practice", ""), kept.removeItem("practice"), true));

// Where else the page can be run: the links of its own buttons.
const elsewhere = () =>
  [
    ["Open in Colab", ".dropdown-launch-buttons a[href*='colab']"],
    ["Download the notebook", "a.btn-download-notebook-button"],
  ].flatMap(([words, selector]) => {
    const link = document.querySelector(selector);
    return link ? [" ", make("a", { href: link.href }, words), "."] : [];
  });

// ---- The verdict ---------------------------------------------------------------------------

// The line for verdicts below an answer; a screen reader reads what comes into it.
const verdictLine = () => make("p", { role: "status", class: "practice-verdict practice" });

// Show a text; its state puts a sign before the words, which tell it too.
const show = (line, text, label) => {
  const verdict = text.startsWith(`${label}: `) ? text.slice(label.length + 2) : "";
  line.dataset.state = /^right\b/.test(verdict) ? "right"
    : /^(not yet|nothing tried)/.test(verdict) ? "not-yet"
    : label ? "stopped" : "";
  line.textContent = text;
  if (/Jupyter or Colab\.$/.test(text)) line.append(...elsewhere());
};

// ---- Choices: the check has the verdicts, so no Python is needed ---------------------------

const CHOICE = /^choose\("(.+?)", \w+, """([^"]+)"""\)/m;

function makeChoice(list, turn, check, [, label, coded]) {
  const bytes = Uint8Array.from(atob(coded.replace(/\s/g, "")), (each) => each.charCodeAt());
  const verdicts = new TextDecoder().decode(bytes).split("|");
  const set = make("fieldset", { class: "practice-choice" });
  const line = verdictLine();
  list.replaceWith(set);
  set.append(make("legend", { class: "practice" }, `Choose one, ${label}`), list);
  [...list.children].forEach((item, place) => {
    // The label is the item itself, so formulas stay what they are, or become it later.
    const content = item.querySelector(":scope > p") ?? item;
    const words = make("span", {}, ...content.childNodes);
    const radio = make("input", { type: "radio", class: "practice", name: label, value: place });
    content.replaceChildren(make("label", {}, radio, words));
    radio.addEventListener("change", () => show(line, ""));
  });
  const judge = () => {
    const chosen = list.querySelector(":checked")?.value;
    show(line, `${label}: ${verdicts[chosen] ?? "nothing tried yet"}`, label);
  };
  set.addEventListener("keydown", (event) => isRun(event) && judge());
  set.after(make("div", { class: "practice-row practice" }, button("Check", judge)), line);
  turn.classList.add("practice-replaced");
  check.classList.add("practice-replaced");
}

// ---- Code: a worker judges, one run after the other ----------------------------------------

let worker; // { ready, send, end }, while there is one
let queue = Promise.resolve();

// Start a worker with all cells of the page that are no place to answer, and no check below one.
function startWorker() {
  const cells = [...document.querySelectorAll(".bd-article .cell")]
    .filter((cell) => !cell.matches(".tag_your-turn, .tag_your-turn + .tag_check"))
    .filter((cell) => cell.querySelector(".cell_input pre"))
    .map(codeOf);
  const made = new Worker(new URL("worker.js", HOME), { type: "module" });
  let answer; // takes the next message
  const next = () => new Promise((resolve) => (answer = resolve));
  const end = () => {
    made.terminate();
    worker = null;
  };
  made.onmessage = ({ data }) => answer(data);
  made.onerror = (event) => {
    event.preventDefault();
    answer({ crash: event.message ?? "it could not be loaded" });
  };
  const ready = next();
  made.postMessage({ cells });
  const send = (task) => {
    const said = next();
    made.postMessage(task);
    return said;
  };
  return { ready, send, end };
}

// Return what judge says of a task, { said }, or why there is nothing, { stopped }.
async function run(task, label) {
  const used = (worker ??= startWorker());
  let timer;
  const late = () =>
    new Promise((resolve) => {
      const stopped = `stopped after ${LIMIT} seconds: an endless loop? If not, use Jupyter or Colab.`;
      timer = setTimeout(resolve, LIMIT * 1000, { stopped });
    });
  let result = await used.ready;
  if (!result.crash) result = await Promise.race([used.send(task), late()]);
  clearTimeout(timer);
  // Where even the check did not come to its end, the next run starts another worker.
  if (!result.said?.includes(`${label}: `)) used.end();
  return result;
}

let count = 0;
let editor; // a promise of the module, once a reader turned to a place for code

function makeCode(turn, check) {
  const given = codeOf(turn);
  const label = check.querySelector("summary").textContent.replace(/^Check /, "");
  const key = `practice ${location.pathname} ${label}`;
  const hint = make("span", { class: "practice-hint", id: `practice-hint-${++count}` },
    "Tab indents; Escape, then Tab, leaves; Ctrl+Enter checks.");
  const field = make("textarea", {
    "aria-label": `Your answer, ${label}`, "aria-describedby": hint.id,
    spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off",
  });
  const output = make("pre", { class: "practice-output", tabindex: "0", role: "group",
    "aria-label": `What your code printed, ${label}` });
  output.hidden = true;
  const line = verdictLine();

  const grow = () => (field.rows = field.value.split("\n").length);
  let place = (text) => {
    field.value = text;
    grow();
  };
  const keep = (text) =>
    store((kept) => (text === given ? kept.removeItem(key) : kept.setItem(key, text)));
  field.addEventListener("input", () => {
    grow();
    keep(field.value);
    worker ??= startWorker(); // so that the first check is not the slowest
  });
  // The editor comes when the reader does; until then, and where it fails, the field will do.
  field.addEventListener("focus", async () => {
    try {
      const { edit } = await (editor ??= import(new URL("editor.min.js", HOME)));
      // Not while text is being selected with the mouse.
      if (field.matches(":active"))
        await new Promise((done) => addEventListener("pointerup", done, { once: true }));
      if (!field.hidden) place = edit(field);
    } catch {
      editor = null;
    }
  });

  let busy = false;
  const print = (text) => {
    output.hidden = !text;
    output.textContent = text;
  };
  const judge = () => {
    if (busy) return;
    busy = true;
    const wait = setTimeout(() => show(line, "Checking …"), 300);
    queue = queue.then(async () => {
      const task = { given, answer: field.value, check: codeOf(check) };
      const { said = "", stopped, crash } = await run(task, label).catch((error) => ({ crash: error }));
      const why = crash
        ? `the page's Python stopped (${crash}). Check again, or use Jupyter or Colab.`
        : stopped;
      clearTimeout(wait);
      // The function under test may print, too, before the verdict, which is the last to begin so.
      const end = said.lastIndexOf(`\n${label}: `) + 1 || said.lastIndexOf("\f") + 1;
      print(said.slice(0, end).replace("\f", "").trimEnd());
      show(line, why ? `${label}: ${why}` : said.slice(end).trim(), label);
      busy = false;
    });
  };
  const again = () => {
    place(given);
    keep(given);
    print("");
    show(line, "");
  };
  const box = make("div", { class: "practice-code practice" }, field,
    make("div", { class: "practice-row" },
      button("Check", judge), button("Start again", again), hint),
    output, line);
  box.addEventListener("keydown", (event) => {
    if (!isRun(event)) return;
    event.preventDefault(); // the editor would add a line
    event.stopPropagation();
    judge();
  }, { capture: true });
  place(store((kept) => kept.getItem(key)) ?? given);
  turn.append(box);
  turn.classList.add("practice-answered");
  check.classList.add("practice-told");
  return box;
}

// ---- The page ------------------------------------------------------------------------------

let first; // the first place for code, which says for all where the answers are
for (const turn of document.querySelectorAll(".bd-article .cell.tag_your-turn")) {
  const check = turn.nextElementSibling;
  const list = turn.previousElementSibling;
  const choice = check?.matches(".tag_check") && codeOf(check).match(CHOICE);
  const reason = turn.matches(".tag_jupyter-only")
    ? "This one needs Jupyter or Colab."
    : FROM_DISK && "Opened from a folder, this page cannot run code.";
  if (choice && list?.matches("ul")) makeChoice(list, turn, check, choice);
  else if (reason)
    turn.append(make("p", { class: "practice-note practice" }, reason, ...elsewhere()));
  else if (check?.matches(".tag_check")) {
    const box = makeCode(turn, check);
    first ??= box;
  }
}
first?.querySelector(".practice-row").after(make("p", { class: "practice-note" }, KEEPS
  ? "What you type on this page is stored in this browser alone."
  : "What you type is not stored: your browser does not allow it."));
})();
