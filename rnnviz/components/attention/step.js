// One step of decoding in numbers: score, exponential, weight for every input token; then what could be said.
function buildStep(parent, S, go) {
  const { p } = S;
  const w = p.words;
  const card = make("section", { class: "card step" }, parent);
  const title = make("h3", {}, card);
  const body = make("div", {}, card);
  S.updates.push(() => {
    title.textContent = fill(w.step_title, { t: S.t, time: p.time, token: seen(p.said[S.t - 1]) });
    if (S.editing) return; // a slider that is being dragged stays under the hand
    body.replaceChildren();
    if (p.arrays.weights) stepTable(body, S, go);
    else make("p", { class: "note" }, body, w.step_none);
  });
  const next = make("section", { class: "card" }, parent);
  make("h3", {}, next, w.next_title);
  const list = make("div", { class: "choices" }, next);
  make("p", { class: "note" }, next, w.next_note);
  S.updates.push(() => {
    list.replaceChildren();
    for (const [token, probability] of p.alternatives[S.t - 1]) {
      const said = token === p.said[S.t - 1];
      const row = make("button", { type: "button", class: `choice${said ? " hit" : ""}`, title: said ? w.said : fill(w.prefer, { token: seen(token) }) }, list);
      row.onclick = () => (said ? null : S.tell("prefer", { t: S.t, token }));
      make("span", { class: "token" }, row, seen(token));
      const track = make("span", { class: "track" }, row);
      make("span", { style: `width: ${100 * probability}%` }, track);
      make("span", { class: "number", "data-signal": "probability", "data-t": S.t, "data-token": token, "data-value": probability }, row, fmtProb(probability));
    }
  });
}

// Input places that attention may look at.
function attended(p) {
  return p.facts.masked ? p.units - p.facts.padding : p.units;
}

function stepTable(body, S, go) {
  const { p, t } = S;
  const w = p.words;
  const weights = rowOf(p.arrays.weights, t);
  const scores = rowOf(p.arrays.scores, t);
  const own = rowOf(p.arrays.own, t);
  const foreign = p.facts.edited.includes(t) || p.facts.scheme !== "own";
  const heat = p.facts.temperature;
  const real = attended(p);
  const top = Math.max(...scores.slice(0, real));
  const powers = scores.map((e, s) => (s < real ? Math.exp((e - top) / heat) : 0));
  const grid = make("div", { class: "steps", role: "table", "aria-label": w.step_label }, body);
  const head = make("div", { class: "step-row head", role: "row" }, grid);
  const list = make("div", { class: "step-rows" }, grid);
  for (const name of [w.col_token, w.col_score, heat === 1 ? w.col_exp : fill(w.col_exp_heat, { heat }), foreign ? w.col_given : w.col_weight]) make("span", { role: "columnheader" }, head, name);
  const order = weights.map((_, s) => s);
  for (const s of order) {
    const masked = s >= real;
    const row = make("div", { class: `step-row${s + 1 === S.unit ? " now" : ""}`, role: "row" }, list);
    const name = make("span", { class: "token", role: "cell" }, row, p.source[s]);
    name.onclick = () => go({ unit: s + 1 });
    make("span", { class: "number", role: "cell", "data-signal": "score", "data-t": t, "data-input": s + 1, "data-value": scores[s] }, row, masked ? w.masked : fmtValue(scores[s], true, 2));
    make("span", { class: "number", role: "cell" }, row, masked ? "0" : powers[s] < 0.0005 ? fmtSmall(powers[s]) : powers[s].toFixed(3));
    const last = make("span", { class: "weight", role: "cell" }, row);
    const slider = make("input", { type: "range", min: 0, max: 1, step: 0.01, value: weights[s], disabled: masked, "aria-label": fill(w.weight_label, { token: p.source[s] }), style: `--share: ${100 * weights[s]}%` }, last);
    const number = make("b", { class: "number", "data-signal": "attention", "data-t": t, "data-input": s + 1, "data-value": weights[s] }, last, fmtValue(weights[s], false));
    slider.oninput = () => {
      S.editing = true;
      slider.style.setProperty("--share", `${100 * slider.value}%`);
      number.textContent = fmtValue(Number(slider.value), false);
    };
    slider.onchange = () => {
      S.editing = false;
      S.tell("row", { t, weights: shared(weights, s, Number(slider.value), real) });
    };
  }
  const heaviestRow = list.children[weights.indexOf(Math.max(...weights))];
  list.scrollTop = Math.max(0, heaviestRow.offsetTop - list.clientHeight / 2); // a long text scrolls to where the weight is
  const sum = weights.reduce((a, b) => a + b, 0);
  const total = make("div", { class: "step-row sum", role: "row" }, grid);
  make("span", {}, total, w.sum);
  make("span", {}, total);
  make("span", { class: "number" }, total, powers.reduce((a, b) => a + b, 0).toFixed(3));
  make("b", { class: "number", "data-signal": "attention_sum", "data-t": t, "data-value": sum }, total, sum.toFixed(3));
  const note = make("p", { class: "note" }, body);
  note.append(...fillNodes(w.entropy, { bits: make("b", { class: "number", "data-signal": "entropy", "data-t": t, "data-value": p.arrays.entropy[t - 1] }, null, fmtBits(p.arrays.entropy[t - 1], w.bits)), most: fmtBits(Math.log2(real), w.bits) }));
  if (foreign) make("p", { class: "note" }, body, fill(w.own_note, { token: p.source[own.indexOf(Math.max(...own))], weight: fmtValue(Math.max(...own), false) }));
  else make("p", { class: "note" }, body, w.drag_note);
}

// A row with one weight changed; the others share the rest as they did before, or evenly where they had nothing.
function shared(weights, at, value, real) {
  const rest = weights.slice(0, real).reduce((sum, weight, s) => (s === at ? sum : sum + weight), 0);
  return weights.slice(0, real).map((weight, s) => (s === at ? value : rest > 1e-9 ? (weight / rest) * (1 - value) : (1 - value) / Math.max(1, real - 1)));
}
