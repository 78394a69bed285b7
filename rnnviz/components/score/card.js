// What was expected where the focus is, and what came.
function buildCard(cards, S) {
  const w = S.p.words;
  const card = make("section", { class: "card" }, cards);
  const title = make("h3", {}, card);
  const bars = make("div", { class: "bars" }, card);
  const came = make("p", { class: "note came" }, card);
  const facts = make("dl", { class: "facts" }, card);
  S.updates.push(() => {
    const { p } = S;
    const at = S.unit - 1;
    const row = p.rows[at];
    const here = tokenAt(row, S.t);
    const each = p.arrays[`next${at}`].shape[1];
    const [numbers, shares] = [p.arrays[`next${at}`], p.arrays[`share${at}`]];
    const expected = Array.from({ length: Math.min(8, each) }, (_, k) => [seenToken(p.names[numbers[(here - 1) * each + k]]), shares[(here - 1) * each + k]]);
    const before = here === 1 ? seenToken(row.opening) : row.tokens.slice(Math.max(0, here - 13), here - 1).join(p.words.joint);
    title.textContent = fill(w.expects_title, { text: before.trim() || seenToken(before) });
    const bits = p.arrays[`surprise${at}`][here - 1];
    const token = seenToken(row.tokens[here - 1]);
    probabilityBars(bars, expected, token, here);
    came.textContent = Number.isNaN(bits) ? fill(w.unscored, { token }) : fill(w.came, { token, p: fmtProb(2 ** -bits) });
    facts.replaceChildren();
    const fact = (name, value, text, label) => {
      make("dt", {}, facts, label);
      make("dd", { class: "number", "data-stat": name, "data-t": here, "data-value": value }, facts, text);
    };
    if (!Number.isNaN(bits)) {
      fact("surprise", bits, fmtBits(bits, p.words.bits), w.surprise);
      fact("rank", p.arrays[`rank${at}`][here - 1], p.arrays[`rank${at}`][here - 1], w.rank_label);
    }
    fact("entropy", p.arrays[`entropy${at}`][here - 1], fmtBits(p.arrays[`entropy${at}`][here - 1], p.words.bits), w.entropy);
  });
}
