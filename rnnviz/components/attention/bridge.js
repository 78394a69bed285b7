// What crosses from encoder to decoder: one vector of fixed size, and with attention every state of the encoder, weighed.
function buildBridge(parent, S) {
  const { p } = S;
  const w = p.words;
  const box = make("section", { class: "below bridge" }, parent);
  make("h3", {}, box, w.bridge_title);
  make("p", { class: "note" }, box, fill(p.arrays.weights ? w.bridge_with : w.bridge_without, { count: p.arrays.bridge.length, all: p.arrays.memory.shape[1] * realTokens(p), tokens: realTokens(p) }));
  const legend = make("div", { class: "legend-row", "data-signal": "state", "data-min": -p.reach, "data-max": p.reach }, box);
  make("span", { class: "what" }, legend, w.state_legend);
  make("span", { class: "number" }, legend, `≤ ${fmtValue(-p.reach, true, 2)}`);
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.state.join(",")})` }, legend);
  make("span", { class: "number" }, legend, `≥ ${fmtValue(p.reach, true, 2)}`);
  const grid = make("div", { class: "vectors" }, box);
  const strip = (name, symbol, draw, weight) => {
    const row = make("div", { class: "vector" }, grid);
    make("span", { class: "token", title: name }, row, name);
    make("span", { class: "share" }, row, weight ?? symbol ?? "");
    const canvas = make("canvas", { role: "img", "aria-label": fill(w.vector_label, { name }) }, row);
    draw(canvas, row);
    return row;
  };
  const units = p.arrays.bridge.shape[1];
  const parts = Array.from({ length: p.arrays.bridge.shape[0] }, (_, at) => p.arrays.bridge.subarray(at * units, (at + 1) * units));
  parts.forEach((part, at) => strip(w.bridge_name, ["h₀", "c₀"][at], (canvas) => paintVector(canvas, S, part)).classList.add("first"));
  if (!p.arrays.weights) return;
  const rows = p.source.map((token, s) => {
    const features = p.arrays.memory.shape[1];
    return strip(token, "", (canvas) => paintVector(canvas, S, p.arrays.memory.subarray(s * features, (s + 1) * features)));
  });
  const context = make("div", { class: "vector context" }, grid);
  make("span", { class: "token" }, context, w.context_name);
  make("span", { class: "share" }, context, "Σ");
  const canvas = make("canvas", { role: "img", "aria-label": fill(w.vector_label, { name: w.context_name }) }, context);
  const line = make("div", { class: "formula-row" }, box);
  const chooser = make("label", {}, line, w.context_choose);
  const number = make("input", { type: "number", min: 1, max: p.arrays.memory.shape[1], value: S.feature + 1 }, chooser);
  number.onchange = () => ((S.feature = Math.max(0, Math.min(p.arrays.memory.shape[1], Number(number.value) || 1) - 1)), update(S));
  const formula = make("p", { class: "formula-line number" }, line);
  const pick = (event, node) => {
    const bounds = node.getBoundingClientRect();
    S.feature = Math.max(0, Math.min(p.arrays.memory.shape[1] - 1, Math.floor(((event.clientX - bounds.left) / bounds.width) * p.arrays.memory.shape[1])));
    update(S);
  };
  for (const row of [...rows, context]) row.querySelector("canvas").onclick = (event) => pick(event, row.querySelector("canvas"));
  S.updates.push(() => {
    const weights = rowOf(p.arrays.weights, S.t);
    const features = p.arrays.memory.shape[1];
    rows.forEach((row, s) => {
      row.querySelector(".share").textContent = fmtValue(weights[s], false);
      row.querySelector("canvas").style.opacity = 0.25 + 0.75 * weights[s];
      row.classList.toggle("now", s + 1 === S.unit);
    });
    paintVector(canvas, S, p.arrays.context.subarray((S.t - 1) * features, S.t * features));
    number.value = S.feature + 1;
    sayContext(formula, S, weights, features);
  });
}

// Tokens of the text itself, without the empty places behind it.
function realTokens(p) {
  return p.units - p.facts.padding;
}

// The chosen number of the context vector as the sum that it is: the largest terms, and the rest together.
function sayContext(node, S, weights, features) {
  const { p } = S;
  const u = Math.min(S.feature, features - 1);
  const terms = weights.map((weight, s) => ({ weight, value: p.arrays.memory[s * features + u], product: weight * p.arrays.memory[s * features + u] }));
  const order = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const shown = order.slice(0, 3);
  const rest = order.slice(3).reduce((sum, term) => sum + term.product, 0);
  const value = p.arrays.context[(S.t - 1) * features + u];
  node.replaceChildren();
  node.append(fill(p.words.context_line, { u: u + 1 }), " ");
  shown.forEach((term, at) => node.append(`${at ? " + " : ""}${fmtValue(term.weight, false)} × ${term.value < 0 ? `(${fmtValue(term.value)})` : fmtValue(term.value, false)}`));
  if (order.length > 3) node.append(` + ${fill(p.words.rest, { count: order.length - 3, value: fmtValue(rest) })}`);
  node.append(" = ", make("b", { "data-signal": "context", "data-t": S.t, "data-feature": u + 1, "data-value": value }, null, fmtValue(value)));
}

function paintVector(canvas, S, values) {
  [canvas.width, canvas.height] = [values.length, 1];
  const context = canvas.getContext("2d");
  const image = context.createImageData(values.length, 1);
  values.forEach((value, at) => {
    const index = indexOf(value, -S.p.reach, S.p.reach) * 3;
    for (let c = 0; c < 3; c++) image.data[at * 4 + c] = S.colours.state[index + c];
    image.data[at * 4 + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
