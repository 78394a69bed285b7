// How one token was chosen, as a table and as a line of shares with the number that was drawn on it.
function buildPipeline(cards, S) {
  const { p } = S;
  const w = p.words;
  const card = make("section", { class: "card pipeline" }, cards);
  const title = make("h3", {}, card);
  const table_ = make("table", { class: "steps" }, card);
  const head = make("tr", {}, make("thead", {}, table_));
  for (const [text, help] of w.columns) make("th", { scope: "col", title: help }, head, text);
  const body = make("tbody", {}, table_);
  const line = make("div", { class: "line" }, card);
  const says = make("p", { class: "note" }, card);
  const facts = make("p", { class: "note" }, card);
  S.updates.push(() => {
    const step = stepAt(p, S.t);
    const tail = p.prompt + p.written.pieces.slice(0, S.t - 1).join("");
    title.textContent = fill(w.after, { t: S.t, text: tail.slice(-18).replace(/\n/g, "⏎") });
    body.replaceChildren();
    step.rows.forEach((row, k) => {
      const tr = make("tr", { class: (k === step.chosen ? "chosen" : "") + (row.kept ? "" : " out") }, body);
      const cell = (name, value, text) => make("td", { class: "number", "data-signal": name, "data-t": S.t, "data-token": row.token, "data-value": value }, tr, text);
      make("th", { scope: "row" }, tr, row.place > k ? `${seenToken(row.token)} (${row.place + 1})` : seenToken(row.token));
      cell("logit", row.logit, fmtValue(row.logit, true, 2));
      cell("scaled", row.scaled, fmtValue(row.scaled, true, 2));
      const share = cell("share", row.share, row.kept ? fmtProb(row.share) : "–");
      if (row.kept) share.style.setProperty("--part", `${100 * row.share}%`);
      cell("until", row.until, row.kept ? row.until.toFixed(3) : "–");
    });
    drawLine(line, S, step);
    const said = step.rows[step.chosen];
    const from = said.until - said.share;
    says.textContent = Number.isNaN(step.u)
      ? fill(p.settings.decode === "beam" ? w.along_says : w.greedy_says, { token: seenToken(said.token), p: fmtProb(said.own) })
      : fill(w.drawn_says, { u: step.u.toFixed(4), token: seenToken(said.token), from: Math.max(0, from).toFixed(4), until: said.until.toFixed(4) });
    facts.textContent = fill(w.facts, { kept: step.count, entropy: fmtBits(step.entropy, p.words.bits), own: fmtProb(said.own) });
  });
}

function stepAt(p, t) {
  const a = p.arrays;
  const each = a.name.shape[1];
  const at = (array, k) => array[(t - 1) * each + k];
  const rows = Array.from({ length: each }, (_, k) => ({
    token: p.names[at(a.name, k)], logit: at(a.logit, k), scaled: at(a.scaled, k), own: at(a.own, k), kept: at(a.kept, k) === 1, share: at(a.share, k), until: at(a.until, k), place: at(a.place, k),
  }));
  const chosen = a.chosen[t - 1];
  if (p.spare && chosen < each - 1) rows.pop(); // the last line is there for a token from far down the list
  return { rows, chosen, u: a.u[t - 1], count: a.counts[t - 1], entropy: a.entropy[t - 1] };
}

// Shares from 0 to 1, side by side; u points into one of them.
function drawLine(box, S, step) {
  const { p } = S;
  const scale = typeScale();
  const [wide, high] = [box.clientWidth || 260, 54 * scale];
  box.replaceChildren();
  const said = step.rows[step.chosen];
  const svg = make("svg", { width: wide, height: high, role: "img", "aria-label": Number.isNaN(step.u) ? p.words.line_label : fill(p.words.line_drawn, { u: step.u.toFixed(4), token: seenToken(said.token) }) }, box);
  const [top, bar] = [16 * scale, 20 * scale];
  make("rect", { x: 0, y: top, width: wide, height: bar, fill: "color-mix(in srgb, var(--st-text-color) 10%, transparent)" }, svg);
  step.rows.filter((row) => row.kept).forEach((row, k) => {
    const [from, until] = [Math.max(0, row.until - row.share) * wide, row.until * wide];
    make("rect", { x: from, y: top, width: Math.max(0.75, until - from - 0.75), height: bar, fill: row === said ? "var(--st-primary-color)" : `color-mix(in srgb, var(--st-text-color) ${k % 2 ? 26 : 40}%, var(--st-background-color))` }, svg);
    if (until - from > [...row.token].length * 7.5 * scale + 4) make("text", { x: (from + until) / 2, y: top + bar * 0.72, "text-anchor": "middle", "font-size": 12 * scale, fill: row !== said ? "var(--st-text-color)" : S.dark ? "#000" : "#fff", "font-family": "var(--st-code-font)" }, svg, seenToken(row.token));
  });
  make("text", { x: 0, y: high - 3, "font-size": 11 * scale, fill: "var(--quiet)" }, svg, "0");
  make("text", { x: wide, y: high - 3, "text-anchor": "end", "font-size": 11 * scale, fill: "var(--quiet)" }, svg, "1");
  if (Number.isNaN(step.u)) return;
  const x = step.u * wide;
  make("path", { d: `M${x} ${top + bar} l-5 -0 l5 -7 l5 7 z M${x} ${top - 3} v${bar + 6}`, stroke: "var(--st-text-color)", "stroke-width": 2, fill: "var(--st-text-color)" }, svg);
  make("text", { x: Math.max(24, Math.min(wide - 24, x)), y: top - 5, "text-anchor": "middle", "font-size": 12 * scale, "font-weight": 700, fill: "var(--st-text-color)" }, svg, `u = ${step.u.toFixed(3)}`);
}
