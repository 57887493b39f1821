/* How text becomes words: in the index, in a query and in the marks on a page. This is the one
   place that knows English; another language needs another file with what it returns. */
"use strict";

var bookWords = (() => {
  const NUMBER = String.raw`\d+(?:\.\d+)+(?:\s*\([a-h]\)|[a-h]\b)?`;
  const LETTERS = String.raw`[\p{L}\p{M}\p{N}_]+`;
  const WORD = new RegExp(`${NUMBER}|${LETTERS}(?:[-‐‑]${LETTERS})*`, "gu");
  // A capital after a small letter, and the last of several capitals, begin a part.
  const PARTS = /[-‐‑_]+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

  /* Return what all forms of a word have in common: initialising, initialize: initialis. */
  const stem = word => bookSearch.stemmer(
    word.normalize("NFKC").toLowerCase().replace(/([iy])z(?=[eai])/, "$1s")
  );

  // What may be said for another word.
  const SAME = {
    answer: "solutions", derivative: "gradient", gradient: "derivative", lr: "learning rate",
    max: "maximum", min: "minimum", mse: "squared error", shuffle: "random order", zero: "0",
  };

  // Words that say little about what is looked for.
  const LITTLE = new Set(`a an and are as at be by can do does for from get had has have how i if in
    is it its me my of on or should that the then there they this to was we were what when where
    which who will with you your`.split(/\s+/).map(stem));

  const known = new Map();

  /* Return the terms of a word: itself, and its parts if it has several (log-sum-exp, DataLoader).
     A name in code is also a term as it is written, =log_softmax. Of 3.6.1 (b) it is 3.6.1b. */
  const terms = word => {
    if (!known.has(word)) known.set(word, newTerms(word));
    return known.get(word);
  };

  const newTerms = word => {
    if (/^\d+\./.test(word)) return [word.replace(/[\s()]/g, "")];
    const parts = word.split(PARTS).filter(part => part).map(stem);
    if (parts.length < 2) return parts;
    const exact = /-|‐|‑/.test(word) ? [] : [`=${word}`];
    return [stem(parts.join("")), ...parts, ...exact];
  };

  /* Yield the words of a text: where they begin and end, and their terms. */
  const find = function* (text) {
    for (const found of text.matchAll(WORD)) {
      yield { start: found.index, end: found.index + found[0].length, terms: terms(found[0]) };
    }
  };

  /* Return the terms that words written apart may mean: log sum exp, logsumexp. */
  const joined = words => words.flatMap((_, i) => [2, 3, 4]
    .filter(length => i + length <= words.length)
    .map(length => ({ from: i, length, term: stem(words.slice(i, i + length).join("")) })));

  /* Yield the pieces of a text, and whether each is a word that has a term to mark. */
  const pieces = function* (text, marked) {
    let from = 0;
    for (const { start, end, terms } of find(text)) {
      if (!terms.some(term => marked.has(term))) continue;
      yield [text.slice(from, start), false];
      yield [text.slice(start, end), true];
      from = end;
    }
    yield [text.slice(from), false];
  };

  return { SAME, find, joined, pieces, saysLittle: term => LITTLE.has(term) };
})();
