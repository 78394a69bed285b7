// What the pictures of the language page have in common: cards of words, and the legend of surprise.
function toldCards(parent, words) {
  for (const [title, text] of words.cards) {
    const card = make("section", { class: "card" }, parent);
    make("h3", {}, card, title);
    explained({ class: "note" }, card, text, words);
  }
}

function surpriseLegend(parent, S) {
  const { p } = S;
  const row = make("div", { class: "legend-row", "data-signal": "surprise", "data-min": 0, "data-max": p.most_bits }, parent);
  make("span", { class: "what" }, row, p.words.legend);
  make("span", {}, row, "0");
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.probability.join(",")})` }, row);
  make("span", {}, row, fill(p.words.legend_most, { bits: p.most_bits }));
  return row;
}
