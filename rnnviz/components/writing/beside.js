// The same with other cells, and the ways of a beam search.
function buildBeside(below, S) {
  const { p } = S;
  const w = p.words;
  if (p.ways.length) {
    const box = make("section", { class: "ways" }, below);
    make("h3", { class: "panel-title" }, box, fill(w.ways_title, { width: p.ways.length }));
    for (const way of p.ways) {
      const row = make("div", { class: "way" }, box);
      make("span", { class: "number", "data-stat": "way", "data-value": way.bits }, row, fmtBits(way.bits, p.words.bits));
      const text = make("span", { class: "said-text" }, row);
      make("span", { class: "prompt" }, text, "… ");
      text.append(way.pieces.join("").replace(/\n/g, "⏎ "));
      if (way.greedy) make("span", { class: "shared" }, row, w.way_greedy);
    }
    make("p", { class: "note" }, box, w.ways_note);
  }
  if (!p.beside.length) return;
  const box = make("section", { class: "siblings" }, below);
  make("h3", { class: "panel-title" }, box, w.beside_title);
  make("p", { class: "note" }, box, w.beside_note);
  const grid = make("div", { class: "grid" }, box);
  p.beside.forEach((each, at) => {
    const part = make("article", { class: "card" }, grid);
    const head = make("h3", {}, part, each.label);
    make("span", { class: "note" }, head, ` ${each.note}`);
    const text = make("div", { class: "page-of-text" }, part);
    make("span", { class: "prompt" }, text, p.prompt);
    each.pieces.forEach((piece, k) => {
      const cell = make("span", { class: "said still", "data-signal": "said", "data-model": each.label, "data-t": k + 1, "data-value": p.arrays[`probability${at}`][k] }, text, piece === "\n" ? "⏎\n" : piece);
      tint(cell, S.colours.probability, -Math.log2(p.arrays[`probability${at}`][k]), p.most_bits);
    });
    make("p", { class: "note number" }, part, fill(w.whole, { bits: fmtBits(each.bits, p.words.bits), p: fmtChance(each.bits) }));
  });
}
