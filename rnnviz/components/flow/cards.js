// Beside the picture: the numbers at (t, k), how fast each network forgets, what was held fixed.
function buildCards(parent, S) {
  const p = S.p;
  const side = make("div", { class: "cards" }, parent);
  buildNumbers(side, S);
  buildPace(side, S);
  if (p.held.length) {
    const held = make("section", { class: "card held" }, side);
    make("h3", {}, held, p.words.held_title);
    const chips = make("div", { class: "chips" }, held);
    for (const [text, even] of p.held) make("span", { class: even ? "chip" : "chip amber" }, chips, even ? text : `⚠ ${text}`);
  }
  if (p.correlation !== null) {
    const card = make("section", { class: "card" }, side);
    make("h3", {}, card, p.words.correlation_title);
    const number = make("b", { class: "number", "data-stat": "rank-correlation", "data-value": p.correlation }, null, fmtValue(p.correlation, true, 2));
    make("p", {}, card).append(...fillNodes(p.words.correlation_says, { value: number }));
  }
  if (p.words.notice) {
    const card = make("section", { class: "card notice" }, side);
    make("h3", {}, card, p.words.notice_title);
    explained({}, card, p.words.notice, p.words);
  }
}

function swatch(S, series) {
  const look = S.p.series[series];
  const svg = make("svg", { width: 26, height: 12, "aria-hidden": "true" });
  const stroke = look[S.dark ? "dark" : "colour"];
  make("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke, "stroke-width": 2.5, "stroke-dasharray": look.dash || null }, svg);
  marker(svg, { x: 13, y: 6, look: { stroke, marker: look.marker } }, { scale: 0.9 });
  return svg;
}

function buildNumbers(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card" }, parent);
  const title = make("h3", {}, card);
  const list = make("dl", { class: "figures" }, card);
  S.updates.push(() => {
    const [t, k] = [S.unit, S.t];
    title.textContent = fill(p.words[t < p.tokens.length ? "numbers_title" : "numbers_title_end"], { t, k, from: p.tokens[k - 1], to: p.tokens[t] });
    list.replaceChildren();
    const line = (name, value, attributes, help = "") => {
      const dt = make("dt", { title: help }, list);
      dt.append(...(name instanceof Array ? name : [name]));
      make("dd", {}, list).append(make("b", { class: "number" + (Number.isFinite(value) ? "" : " odd"), ...attributes }, null, fmtSmall(value)));
    };
    p.lines.forEach((each, i) => {
      const value = at(p.arrays[`line${i}`], t, k);
      line([swatch(S, each.series), ` ${p.words.series[each.series]}`], value, address(S, "hidden", t, k, value, { "data-series": each.series }), fill(p.words.line_help, each));
    });
    if (p.quantity.name !== "hidden") {
      const value = at(matrixOf(S), t, k);
      line(symbolNodes(p.quantity.symbol), value, address(S, p.quantity.name, t, k, value), p.quantity.title);
    }
    if (p.arrays.path) {
      const alone = at(p.arrays.path, t, k);
      line(p.words.path, alone, address(S, "cell_path", t, k, alone), p.words.path_help);
    }
    const input = at(p.arrays.tint, t, k);
    line(p.words.input, input, address(S, "input_gradient", t, k, input), p.words.input_help);
  });
}

// Decades a step, and after how many steps half of the gradient is left, for the loss in hand or over all of them.
function buildPace(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card" }, parent);
  const title = make("h3", {}, card);
  const table = make("table", { class: "pace" }, card);
  const head = make("tr", {}, table);
  for (const text of [p.words.pace_network, p.words.pace_slope, p.words.pace_half]) make("th", { scope: "col" }, head, text);
  const rows = p.lines.map((each) => {
    const row = make("tr", {}, table);
    make("th", { scope: "row" }, row).append(swatch(S, each.series), ` ${p.words.series[each.series]}`);
    return [make("td", {}, row), make("td", {}, row)];
  });
  const note = make("p", { class: "note" }, card);
  S.updates.push(() => {
    title.textContent = S.average ? p.words.pace_title_all : fill(p.words.pace_title, { t: S.unit });
    p.lines.forEach((each, i) => {
      const { slope, bent } = S.average ? averageSlope(S, i) : slopeOf(Array.from({ length: S.unit }, (_, d) => at(p.arrays[`line${i}`], S.unit, S.unit - d)));
      const half = Math.log10(2) / Math.abs(slope);
      rows[i][0].replaceChildren(make("b", { class: "number", "data-stat": "slope", "data-series": each.series, "data-value": slope }, null, Number.isNaN(slope) ? "–" : fmtValue(slope, true, Math.abs(slope) < 0.0095 ? 4 : 3)));
      const steps = Number.isNaN(slope) ? "–" : fill(p.words[slope < 0 ? "pace_halves" : "pace_doubles"], { steps: half >= 1000 ? ">1000" : fmtSteps(half) });
      rows[i][1].replaceChildren(make("span", { class: "number", "data-stat": "half-life", "data-series": each.series, "data-value": slope < 0 ? half : -half }, null, bent ? fill(p.words.pace_bent, { steps }) : steps));
    });
    note.textContent = S.average ? p.words.pace_note_all : p.words.pace_note;
  });
}

function averageSlope(S, i) {
  S.means ||= {};
  const mean = (S.means[i] ||= overAllLosses(S.p, S.p.arrays[`line${i}`]));
  return slopeOf(mean.map((m) => (m && m.count > 2 ? 10 ** m.mean : NaN)));
}
