// From the number of an exercise, as a reader types it, to its place. Without this script the
// form stays hidden; the page links to the list of all exercises, too.
(() => { // a scope of its own: the page has other scripts
  const form = document.getElementById("find-exercise");
  const { here, english } = JSON.parse(form.querySelector("script").textContent);
  const { number: field, english: box } = form.elements;
  const said = form.querySelector("[role=status]");
  const HOW = "Type a number such as 3.6.1, or 3.6.1 (b).";

  /** Return what a text asks for, { number, label, isEnglish }, or null: "3.6.1b", "English 4.4.2". */
  function read(text) {
    const plain = text.normalize("NFKC").toLowerCase().replace("d2l", " ");
    const found = plain.match(/(\d+(?:[.,\s-]+\d+)*)[\s.]*\(?([a-h](?![a-z]))?/);
    if (!found) return null;
    const isMlx = /\bmlx/.test(plain);
    const number = (isMlx ? "MLX " : "") + found[1].replace(/[.,\s-]+/g, ".");
    const label = found[2] ? `${number} (${found[2]})` : number;
    // No section of ours begins with 4: such a number is one of the English edition.
    const isEnglish = !isMlx && (box.checked || /\ben(g|glish)?\b/.test(plain) || /^4/.test(number));
    return { number, label, isEnglish };
  }

  /** Return a link to one of our exercises. */
  function link(label) {
    const element = document.createElement("a");
    [element.href] = here[label];
    element.textContent = `${label} ${here[label][1]}`;
    return element;
  }

  /** Return what to say of a number of the English edition: [words and links, where Go leads]. */
  function lookUpEnglish({ number, label }) {
    const key = label in english ? label : number;
    if (key in english) {
      const [ours, remark] = english[key];
      const part = key === label ? "" : ` (its parts are others)`;
      const words = `${key} of the English edition${part}: `;
      return [[words, link(ours), remark && ` (${remark})`], link(ours).href];
    }
    const parts = Object.keys(english).filter((each) => each.startsWith(`${number} (`));
    if (!parts.length) return [[`${label} of the English edition has no counterpart in this book.`]];
    const links = parts.flatMap((each) => [` ${each.slice(number.length)}: `, link(english[each][0]), ";"]);
    return [[`Of ${number} of the English edition this book has`, ...links.slice(0, -1), "."]];
  }

  /** Return what to say of one of our numbers, in the same form. */
  function lookUp({ number, label }) {
    if (label in here) return [[link(label)], link(label).href];
    if (number in here) return [[`${number} has no such part: `, link(number)]];
    const section = number.split(".").slice(0, 2).join(".");
    const asked = Object.keys(here).filter((each) => each.startsWith(`${section}.`) && !each.includes("("));
    const known = asked.length
      ? `Section ${section} has ${asked[0]} to ${asked.at(-1)}.`
      : "This book has sections 3.1 to 3.7.";
    return [[`There is no exercise ${number} here. ${known}`]];
  }

  /** Say where the text leads; return the address, if it leads somewhere. */
  function answer() {
    const asked = read(field.value);
    const [words, address] = asked ? (asked.isEnglish ? lookUpEnglish : lookUp)(asked) : [[HOW]];
    said.replaceChildren(...words);
    return address;
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = answer();
    if (address) location.href = address;
    else field.focus();
  });
  // While one types, the line shows where the number leads so far, and no complaint.
  form.addEventListener("input", () => (answer() ? null : said.replaceChildren()));
})();
