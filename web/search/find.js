/* bookFind(query): the sections that answer a query, best first.

   MiniSearch weighs words by how rare they are (BM25) and by where they stand. To that comes which
   share of the query a section has, and whether one of its sentences has it all. */
"use strict";

var bookFind = (() => {
  const BOOST = {
    title: 5, about: 3, kind: 2, defines: 2, above: 1.2, below: 1, text: 1, prints: 0.8,
    names: 0.5, folded: 0.15,
  };
  // For a name in code: where it is defined, used and explained, more than where words are like it.
  const CODE = { ...BOOST, title: 2, defines: 4, names: 1 };
  // A reader of a book on softmax looks for its chapters first; for linear regression, and for
  // MLX, only if the words say so; for pages about the book last.
  const PRIOR = [
    [/#summary$|#what-the-exercises-need$/, 0.4],
    [/mlx/, 0.6],
    [/^(solutions\/3-[123]|exercises\/linear)/, 0.65],
    [/^chapters\/(fashion|softmax)/, 1.1],
    [/^about\/names/, 1],
    [/^about\/teachers/, 0.25],
    [/^(about|intro)/, 0.5],
    [/^(solutions|chapters)/, 0.9],
  ];
  const LITTLE = 0.2; // the weight of a word that says little
  const RARE = 3; // a word in fewer than one of twenty sections has its full weight
  const CANDIDATES = 30; // the sections whose sentences are compared
  const LEAST = 0.1; // of the best section's rank: what has less is not shown

  const termsOf = text => [...bookWords.find(text)].flatMap(word => word.terms);
  const same = new Map(Object.entries(bookWords.SAME)
    .map(([word, others]) => [termsOf(word)[0], termsOf(others)]));
  const vocabulary = new Set();
  const index = new bookSearch.MiniSearch({
    fields: Object.keys(BOOST),
    idField: "place",
    extractField: (entry, field) => {
      if (field === "kind") return entry.place.split("/")[0]; // chapters, exercises, solutions
      return field === "above" ? entry.above.join("\n") : entry[field];
    },
    tokenize: text => {
      const terms = termsOf(text);
      for (const term of terms) vocabulary.add(term);
      return terms;
    },
    processTerm: term => term,
  });
  index.addAll(bookEntries);
  const entries = new Map(bookEntries.map(entry => [entry.place, entry]));
  const prior = place => (PRIOR.find(([pattern]) => pattern.test(place)) ?? [, 1])[1];
  const priors = new Map(bookEntries.map(({ place }) => [place, prior(place)]));

  /* Return what stands for a word: terms, and how well each does. */
  const termsFor = ({ terms: [whole, ...others] }, isCode) => {
    const parts = others.filter(term => term[0] !== "=");
    const weights = new Map([[whole, isCode && parts.length ? 0.7 : 1]]);
    for (const part of parts) weights.set(part, (isCode ? 0.4 : 1) / parts.length);
    if (isCode) for (const exact of others.slice(parts.length)) weights.set(exact, 1);
    for (const term of same.get(whole) ?? []) weights.set(term, 0.5);
    const number = whole.match(/^([\d.]+)[a-h]$/); // a part of an exercise
    if (number) weights.set(number[1], 0.3);
    return weights;
  };

  /* Return what stands for each word of a query; log sum exp may be one word, too. */
  const asksFor = (query, isCode) => {
    const words = [...bookWords.find(query)];
    const asked = words.map(word => termsFor(word, isCode));
    const texts = words.map(({ start, end }) => query.slice(start, end));
    for (const { from, length, term } of bookWords.joined(texts)) {
      if (!vocabulary.has(term)) continue;
      for (const weights of asked.slice(from, from + length)) {
        for (const part of weights.keys()) weights.set(part, Math.min(weights.get(part), 0.4));
        weights.set(term, 0.8);
      }
    }
    return asked;
  };

  /* Return what MiniSearch finds for terms with these weights; typed is the beginning of one. */
  const look = (weights, boost, typed) => index.search("", {
    boost,
    tokenize: () => [...weights.keys()],
    boostTerm: term => weights.get(term),
    boostDocument: place => priors.get(place),
    prefix: term => term === typed,
  });

  /* Return how rare each term is in the book, about 0.7 for one that is everywhere. */
  const rarities = hits => {
    const count = new Map();
    for (const term of hits.flatMap(hit => hit.queryTerms)) {
      count.set(term, (count.get(term) ?? 0) + 1);
    }
    const rarity = count => Math.log(1 + bookEntries.length / count);
    return new Map([...count].map(([term, count]) => [term, rarity(count)]));
  };

  /* Return which share of the query is covered; rare words count for more. */
  const covered = (asked, has) => {
    let sum = 0, all = 0;
    for (const { weights, rarity } of asked) {
      let whole = 0, parts = 0;
      for (const [term, weight] of weights) {
        if (!has(term)) continue;
        if (weight > 0.6) whole = Math.max(whole, weight);
        else parts += weight;
      }
      sum += rarity * Math.min(1, Math.max(whole, parts));
      all += rarity;
    }
    return all ? sum / all : 0;
  };

  /* Return the sentence, or the line of output, that has most of the query, and how much. */
  const bestLine = (entry, asked) => {
    const lines = `${entry.text ?? ""}\n${entry.prints ?? ""}`.split("\n");
    let best = { line: lines.find(line => line.length > 40) ?? lines[0], share: 0 };
    for (const line of lines) {
      const terms = new Set(termsOf(line));
      const share = covered(asked, term => terms.has(term));
      if (share > best.share) best = { line, share };
    }
    return best;
  };

  /* Return the terms to mark: words as they were asked for, and their parts only without those. */
  const toMark = (asked, has) => asked.filter(({ little }) => !little).flatMap(({ weights }) => {
    const [whole, ...others] = weights.keys();
    const wholes = others.filter(term => weights.get(term) > 0.6);
    const found = [whole, ...wholes, ...same.get(whole) ?? []].filter(has);
    return found.length ? found : others.filter(has);
  });

  return (query, { typing = false } = {}) => {
    const isCode = /^\S*(\w_\w|[a-z][A-Z]|\(\)|\w\.[a-z])\S*$/.test(query.trim());
    const terms = asksFor(query, isCode);
    const weights = new Map();
    for (const [term, weight] of terms.flatMap(of => [...of])) {
      weights.set(term, Math.max(weight, weights.get(term) ?? 0));
    }
    const last = [...terms.at(-1)?.keys() ?? []][0];
    const typed = typing && last?.length > 2 ? last : null;
    const boost = isCode ? CODE : BOOST;
    const rarity = rarities(look(weights, boost, typed));
    const little = new Set([...rarity.keys()]
      .filter(term => rarity.get(term) < 1 || bookWords.saysLittle(term)));
    for (const [term, rare] of rarity) {
      const factor = Math.min(1, rare / RARE) * (little.has(term) ? LITTLE : 1);
      weights.set(term, weights.get(term) * factor);
      rarity.set(term, rare * (little.has(term) ? LITTLE : 1));
    }
    const asked = terms.map(weights => ({
      weights,
      rarity: Math.max(0, ...[...weights.keys()].map(term => rarity.get(term) ?? 0)),
      little: little.has([...weights.keys()][0]),
    })).filter(group => group.rarity);
    const hits = look(weights, boost, typed);
    for (const hit of hits) {
      hit.share = covered(asked, term => hit.queryTerms.includes(term));
      hit.rank = hit.score * hit.share;
    }
    hits.sort((one, other) => other.rank - one.rank);
    const best = hits.slice(0, CANDIDATES).map(({ id, rank, queryTerms, terms }) => {
      const entry = entries.get(id);
      const { line, share } = bestLine(entry, asked);
      const inTitle = new Set(termsOf(entry.title));
      const most = Math.max(share, covered(asked, term => inTitle.has(term)));
      const marks = toMark(asked, term => queryTerms.includes(term));
      if (typed) marks.push(...terms.filter(term => term.startsWith(typed)));
      return { ...entry, line, rank: rank * (0.5 + 0.5 * most), marks: new Set(marks) };
    }).sort((one, other) => other.rank - one.rank);
    return best.filter(({ rank }) => rank > LEAST * best[0].rank);
  };
})();
