// The product as a sum: bits so far, after every token, for the sentences that are compared.
function buildSum(parent, S, go) {
  const { p } = S;
  const box = make("section", { class: "sum" }, parent);
  make("h3", { class: "panel-title" }, box, p.words.sum_title);
  S.product = make("p", { class: "product" }, box);
  S.sumBox = make("div", { class: "sum-box" }, box);
  S.updates.push(() => drawProduct(S));
}

// P = the 0.7 % × love 2.0 % × … word by word, the one in focus marked, with the product so far.
function drawProduct(S) {
  const { p } = S;
  const at = S.unit - 1;
  const row = p.rows[at];
  const here = tokenAt(row, S.t);
  S.product.replaceChildren();
  if (!row.counted) return void S.product.append(p.words.nothing_scored);
  S.product.append("P = ");
  const shown = row.words.map((positions) => [positions, wordBits(p, row, at, positions)]).filter(([, bits]) => !Number.isNaN(bits));
  shown.forEach(([positions, bits], number) => {
    if (number) S.product.append(" × ");
    const text = positions.map((position) => row.tokens[position]).join("").trim() || seenToken(row.tokens[positions[0]]);
    const factor = make("span", { class: "factor" + (positions.includes(here - 1) ? " now" : "") }, S.product);
    make("span", { class: "note" }, factor, `${text} `);
    make("span", { class: "number" }, factor, fmtChance(bits));
  });
  const so_far = row.tokens.slice(0, here).reduce((sum, _, position) => sum + (p.arrays[`surprise${at}`][position] || 0), 0);
  S.product.append(" = ");
  make("b", { class: "number" }, S.product, fmtChance(row.bits));
  make("span", { class: "note so-far", "data-stat": "so_far", "data-t": here, "data-value": so_far }, S.product, " " + fill(p.words.so_far, { t: here, bits: fmtBits(so_far, p.words.bits), p: fmtChance(so_far) }));
}

function drawSum(S, go) {
  const { p } = S;
  const compared = p.rows.map((row, at) => [row, at]);
  const scale = typeScale();
  const [wide, high] = [S.main.clientWidth, 132 * scale];
  const g = { left: 44 * scale, right: 96 * scale, top: 8, bottom: 20 * scale };
  const most = Math.max(...p.rows.map((row) => row.bits), 1);
  const x = (t) => g.left + (t / p.time) * (wide - g.left - g.right);
  const y = (bits) => g.top + (1 - bits / most) * (high - g.top - g.bottom);
  S.sumBox.replaceChildren();
  const svg = make("svg", { width: wide, height: high, role: "img", "aria-label": `${p.words.sum_title}: ${p.rows.map((row) => `${row.label} ${fmtBits(row.bits, p.words.bits)}`).join(", ")}` }, S.sumBox);
  const quiet = "var(--quiet)";
  for (const tick of ticksUpTo(most)) {
    make("line", { x1: g.left, x2: wide - g.right, y1: y(tick), y2: y(tick), stroke: "var(--line)", "stroke-width": 0.5 }, svg);
    make("text", { x: g.left - 6, y: y(tick) + 4, "text-anchor": "end", "font-size": 11 * scale, fill: quiet }, svg, tick);
  }
  make("text", { x: wide - g.right, y: high - 4, "text-anchor": "end", "font-size": 11 * scale, fill: quiet }, svg, p.words.sum_axis);
  const labels = [];
  for (const [row, at] of compared) {
    let total = 0;
    const points = [[0, 0], ...row.tokens.map((_, t) => [t + 1, (total += p.arrays[`surprise${at}`][t] || 0)])];
    const path = points.map(([t, bits], k) => `${k ? "L" : "M"}${x(t).toFixed(1)} ${y(bits).toFixed(1)}`).join("");
    make("path", { d: path, fill: "none", stroke: `var(--line-${at})`, "stroke-width": at + 1 === S.unit ? 3 : 1.75, "stroke-dasharray": p.series[row.series].dash || null }, svg);
    labels.push({ at, x: x(points.length - 1) + 6, y: y(total) + 4, text: row.short });
  }
  labels.sort((a, b) => a.y - b.y);
  labels.forEach((label, k) => {
    if (k && label.y - labels[k - 1].y < 13 * scale) label.y = labels[k - 1].y + 13 * scale;
  });
  const over = Math.max(0, (labels.at(-1)?.y ?? 0) - high + 4);
  for (const label of labels) make("text", { x: label.x, y: label.y - over, "font-size": 11 * scale, fill: "currentColor", "font-weight": 600 }, svg, label.text);
  const head = make("line", { y1: g.top, y2: high - g.bottom, stroke: "currentColor", "stroke-width": 1.5 }, svg);
  S.sumHead = () => {
    const at = x(tokenAt(p.rows[S.unit - 1], S.t));
    head.setAttribute("x1", at);
    head.setAttribute("x2", at);
  };
  svg.onclick = (event) => go({ t: Math.round(((event.offsetX - g.left) / (wide - g.left - g.right)) * p.time) });
  S.sumHead();
}

// Round numbers from 0 up to a value, four or five of them.
function ticksUpTo(most) {
  const size = 10 ** Math.floor(Math.log10(most / 4));
  const step = size * [1, 2, 5, 10].find((factor) => size * factor >= most / 4);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
}
