// Each sentence as its tokens, tinted by surprise, with what the whole of it comes to.
function buildRows(parent, S, go) {
  const { p } = S;
  const list = make("div", { class: "rows" }, parent);
  S.cells = p.rows.map((row, at) => buildRow(list, S, row, at, go));
  S.updates.push(() => {
    S.cells.forEach((cells, at) => {
      const here = tokenAt(p.rows[at], S.t);
      cells.forEach((cell, t) => {
        cell.classList.toggle("now", t + 1 === here);
        cell.classList.toggle("later", t + 1 > here);
        if (at + 1 === S.unit) cell.setAttribute("aria-current", t + 1 === here ? "true" : "false");
      });
    });
    list.querySelectorAll(".row").forEach((node, at) => node.classList.toggle("focused", at + 1 === S.unit));
  });
}

function buildRow(list, S, row, at, go) {
  const { p } = S;
  const w = p.words;
  const node = make("div", { class: "row", role: "group", "aria-label": `${row.label}: ${row.tokens.join("")}` }, list);
  const head = make("div", { class: "row-head" }, node);
  make("b", {}, head, row.label);
  make("span", { class: "note" }, head, row.note);
  const line = make("div", { class: "tokens" }, node);
  make("span", { class: "token opening", title: w.opening }, line, seenToken(row.opening));
  const cells = [];
  row.words.forEach((positions, number) => {
    const word = make("span", { class: "word" }, line);
    const sum = wordBits(p, row, at, positions);
    for (const position of positions) {
      const bits = p.arrays[`surprise${at}`][position];
      const shown = p.by_word ? sum : bits;
      const cell = make("button", {
        type: "button", class: "token", tabindex: position === 0 ? 0 : -1,
        "data-signal": "surprise", "data-row": at + 1, "data-t": position + 1, "data-word": number + 1, "data-value": Number.isNaN(bits) ? "" : bits,
        "aria-label": Number.isNaN(bits) ? fill(w.unscored, { token: row.tokens[position] }) : fill(w.token_label, { token: row.tokens[position], bits: fmtBits(bits, p.words.bits), p: fmtProb(2 ** -bits) }),
      }, word, seenToken(row.tokens[position]));
      if (Number.isNaN(shown)) cell.classList.add("unscored");
      else tint(cell, S.colours.probability, shown, p.most_bits);
      cell.onclick = () => go({ t: position + 1, unit: at + 1 });
      cell.onmouseenter = () => showTip(S, cell, at, position, sum);
      cell.onfocus = () => showTip(S, cell, at, position, sum);
      cell.onmouseleave = cell.onblur = () => (S.tip.hidden = true);
      cells.push(cell);
    }
  });
  const figures = make("div", { class: "figures" }, node);
  const stat = (name, value, label, text) => {
    const part = make("span", {}, figures);
    make("b", { class: "number", "data-stat": name, "data-row": at + 1, "data-value": value ?? "" }, part, text);
    make("span", { class: "note" }, part, label);
  };
  const [all, some] = [row.tokens.length === row.counted, row.counted > 0];
  stat("log10", some ? -row.bits * Math.log10(2) : "", all ? w.whole : fill(w.whole_part, { count: row.counted }), some ? fmtChance(row.bits) : "–");
  stat("bits", some ? row.bits : "", w.surprise_label, some ? fmtBits(row.bits, p.words.bits) : "–");
  stat("perplexity", row.perplexity, fill(w.perplexity, { count: row.counted }), row.perplexity === null ? "–" : fmtPerplexity(row.perplexity));
  return cells;
}

// A sentence may be shorter than another one: its own last token then stands for what is beyond.
function tokenAt(row, t) {
  return Math.min(t, row.tokens.length);
}

function wordBits(p, row, at, positions) {
  const bits = positions.map((position) => p.arrays[`surprise${at}`][position]).filter((value) => !Number.isNaN(value));
  return bits.length ? bits.reduce((a, b) => a + b, 0) : NaN;
}

function showTip(S, cell, at, position, sum) {
  const { p } = S;
  const w = p.words;
  const bits = p.arrays[`surprise${at}`][position];
  const parts = Number.isNaN(bits) ? [w.unscored_short] : [`p = ${fmtProb(2 ** -bits)}`, fmtBits(bits, p.words.bits), fill(w.rank, { rank: p.arrays[`rank${at}`][position] })];
  if (p.by_word) parts.push(fill(w.word_sum, { bits: fmtBits(sum, p.words.bits) }));
  S.tip.textContent = parts.join(" · ");
  S.tip.hidden = false;
  const [box, root] = [cell.getBoundingClientRect(), S.root.getBoundingClientRect()];
  S.tip.style.top = `${box.bottom - root.top + 4}px`;
  S.tip.style.left = `${Math.max(0, Math.min(box.left - root.left, root.width - S.tip.offsetWidth))}px`;
}

