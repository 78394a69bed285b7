// Attention. The shared timeline's two coordinates are here the output step (`t`) and the input token (`unit`).
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__attention || (host.__attention = { t: 1, unit: 1, turn: -1, speed: 1, timer: null, bytes: null, mass: 0.75, feature: 0, editing: false });
  return whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
}

function rebuild(S, root, p) {
  const refocus = remembered(root);
  [S.p, S.root, S.updates, S.editing] = [p, root, [], false];
  const step = startTimeline(S, p, () => {
    hideTip(S);
    update(S);
  });
  // while nobody has chosen another input, the frame goes where each step looks most
  S.follows = S.unit === strongest(p, S.t);
  const go = ({ t = S.t, unit }) => {
    const to = Math.max(1, Math.min(p.time, t));
    if (unit) S.follows = unit === strongest(p, to);
    step({ t: to, unit: unit ?? (S.follows ? strongest(p, to) : S.unit) });
  };
  S.moveRow = (by) => go({ unit: Math.max(1, Math.min(p.units, S.unit + by)) });
  S.resume = () => play(S, go);
  dress(S, root, p);
  S.main = make("div", { class: "main" }, root);
  buildAnswer(S.main, S, go);
  const bar = buildPlayer(S.main, S, go);
  if (p.arrays.weights && p.beside === "arcs") buildMass(bar, S);
  if (p.layout !== "present" && p.arrays.weights) buildFiles(bar, S, () => asSvg(S));
  S.panels = make("div", { class: "panels" }, S.main);
  S.beside = make("div", { class: "panel" }, S.panels);
  S.matrix = make("div", { class: "panel" }, S.panels);
  if (p.arrays.weights || p.arrays.gradient) buildLegend(S.main, S);
  const cards = make("div", { class: "cards" }, root);
  buildStep(cards, S, go);
  if (p.words.notice) {
    const card = make("section", { class: "card see-card notice" }, cards);
    make("h3", {}, card, p.words.notice_title);
    for (const text of p.words.notice) explained({ class: "note" }, card, text, p.words);
  }
  const below = make("div", { class: "belows" }, root);
  if (p.layout !== "present") {
    buildBridge(below, S);
    buildTrials(below, S);
    buildSiblings(below, S);
  }
  buildBeam(below, S);
  S.tip = make("div", { class: "tip", hidden: true }, root);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => {
    if (S.main.clientWidth !== S.width) layout(S, go);
  });
  S.observer.observe(S.main);
  layout(S, go);
  refocus();
}

// The input, from 1, that output step `t` looks at most; 1 without attention.
function strongest(p, t) {
  if (!p.arrays.weights) return 1;
  const columns = p.arrays.weights.shape[1];
  let best = 0;
  for (let s = 1; s < Math.min(columns, p.units); s++) if (p.arrays.weights[(t - 1) * columns + s] > p.arrays.weights[(t - 1) * columns + best]) best = s;
  return best + 1;
}

// What has the focus, by its kind and name, so that the same control has it again in the picture that follows.
function remembered(root) {
  const node = root.getRootNode().activeElement;
  if (!node || !root.contains(node)) return () => {};
  const nameOf = (each) => each.getAttribute("aria-label") || each.textContent;
  const [tag, name] = [node.tagName, nameOf(node)];
  return () => [...root.querySelectorAll(tag)].find((each) => nameOf(each) === name)?.focus({ preventScroll: true });
}

function layout(S, go) {
  const { p } = S;
  const w = p.words;
  S.width = S.main.clientWidth;
  S.g = geometry(S);
  S.panels.classList.toggle("narrow", S.g.narrow);
  const alone = !p.arrays.weights && !p.arrays.gradient;
  S.panels.classList.toggle("alone", alone);
  S.beside.hidden = alone;
  S.paints = [];
  const tipOf = (template, format, signal) => (t, s, found) => {
    const value = make("b", { class: "number", "data-signal": signal, "data-t": t, "data-input": s, "data-value": found }, null, format(found));
    return fillNodes(template, { said: seen(p.said[t - 1]), read: p.source[s - 1] ?? "·", value });
  };
  if (p.arrays.gradient) {
    const high = highestGradient(S);
    S.paints.push(
      drawMatrix(S.beside, S, go, {
        values: p.arrays.gradient, signal: "gradient", kind: "gradient", low: high / DECADES, high, log: true, title: w.gradient_title, tip: tipOf(w.gradient_tip, fmtSmall, "gradient"), movable: false,
        aside: p.arrays.agreement, asideName: { title: w.agreement, signal: "agreement", format: (v) => fmtValue(v, true, 2) },
      }),
    );
  } else if (p.arrays.weights) S.paints.push(drawArcs(S.beside, S, go));
  if (p.arrays.weights) {
    S.paints.push(
      drawMatrix(S.matrix, S, go, {
        values: p.arrays.weights, signal: "attention", kind: "attention", low: 0, high: 1, title: w.matrix_title, tip: tipOf(w.weight_tip, (v) => fmtValue(v, false), "attention"), movable: true,
        aside: p.arrays.entropy, asideName: { title: w.entropy_short, signal: "entropy", format: (v) => v.toFixed(2) },
      }),
    );
  } else {
    S.matrix.replaceChildren();
    make("h3", { class: "panel-title" }, S.matrix, w.no_matrix_title);
    make("p", { class: "no-matrix" }, S.matrix, fill(w.no_matrix, { count: p.arrays.bridge.length }));
  }
  update(S);
}

// Gradients span many sizes: their colours are logarithmic, over three powers of ten below the largest.
const DECADES = 1000;

function highestGradient(S) {
  return Math.max(...S.p.arrays.gradient) || 1;
}

function update(S) {
  if (!S.g) return;
  for (const paint of S.paints) paint();
  for (const act of S.updates) act();
}

function buildLegend(parent, S) {
  const { p } = S;
  const row = make("div", { class: "legend-row" }, parent);
  if (p.arrays.weights) {
    make("span", { class: "what" }, row, p.words.legend);
    make("span", {}, row, "0");
    make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.attention.join(",")})` }, row);
    make("span", {}, row, "1");
  }
  if (p.arrays.gradient) {
    make("span", { class: "what" }, row, p.words.gradient_legend);
    make("span", { class: "number" }, row, `≤ ${fmtSmall(highestGradient(S) / DECADES)}`);
    make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.gradient.join(",")})` }, row);
    make("span", { class: "number" }, row, fmtSmall(highestGradient(S)));
  }
  if (p.arrays.gradient && p.arrays.agreement) make("span", { class: "note" }, row, p.words.agreement_note);
  make("span", { class: "note" }, row, fill(p.arrays.weights ? p.words.proof_note : p.words.proof_alone, { residual: fmtSmall(p.facts.residual) }));
}
