// The full numbers of one box: the one under the pointer, else the one at the playhead.
function buildPanel(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card panel" }, parent);
  const title = make("h3", {}, card);
  const facts = make("p", { class: "facts" }, card);
  const list = make("div", { class: "units" }, card);
  const note = make("p", { class: "note" }, card, p.words.panel_note);
  note.hidden = p.encoding === "f4" && p.units <= 8;
  const rows = Array.from({ length: p.units }, (_, before) => {
    const unit = before + 1;
    const node = make("button", { type: "button", title: fill(p.words.open_unit, { unit }), "data-unit-button": unit }, list);
    make("span", { class: "which" }, node, String(unit));
    return { unit, node, number: make("span", { class: "number", "data-signal": p.signal, "data-unit": unit }, node) };
  });
  let drawn = null;
  S.showPanel = () => {
    const { t, layer, direction } = S.hovered || { t: S.t, layer: p.layer, direction: 0 };
    const key = `${t} ${layer} ${direction} ${S.view} ${S.unit}`;
    if (drawn === key) return;
    drawn = key;
    const at = placeOf(p, layer, direction, t);
    const place = { "data-layer": layer, "data-direction": p.directions[direction], "data-t": t };
    const run = runOf(S);
    title.textContent = fill(p.words.panel, { layer, t, token: run.tokens[t - 1], name: p.name });
    const number = (stat, value) => make("b", { "data-stat": stat, ...place, "data-value": value }, null, value.toPrecision(4));
    facts.replaceChildren(...fillNodes(p.words.facts, { norm: number("norm", run.norms[at]), step: number("step", run.steps[at]) }));
    if (p.change) {
      const by = p.arrays.change_norms[at];
      facts.append(...fillNodes(by ? p.words.fact_changed : p.words.fact_same, { by: number("change", by) }));
    }
    for (const { unit, node, number } of rows) {
      const { value, exact } = valueAt(p, run.values, layer, direction, t, unit);
      node.className = unit === S.unit ? "unit now" : "unit";
      number.textContent = exact ? fmtValue(value, p.kind !== "gate") : `≈${fmtValue(value, p.kind !== "gate", 2)}`;
      Object.assign(number.dataset, { run: run.values, layer, direction: p.directions[direction], t }, exact ? { value } : {});
      const index = indexOf(value, p.low, p.high);
      node.style.background = css(S.colours[p.kind], index);
      node.style.color = inkFor(S.colours[p.kind], index);
    }
  };
  list.onclick = (event) => {
    const found = event.target.closest("[data-unit-button]");
    const { t, layer, direction } = S.hovered || { t: S.t, layer: p.layer, direction: 0 };
    if (found) S.tell("open", { t, layer, direction: p.directions[direction], unit: Number(found.dataset.unitButton) });
  };
}

// What the model expects after the playhead.
function buildExpects(parent, S) {
  const p = S.p;
  if (!p.next.length) return;
  const card = make("section", { class: "card" }, parent);
  const title = make("h3", {}, card);
  const list = make("div", { class: "bars" }, card);
  S.shown.push(() => {
    title.textContent = fill(p.words.expects, { t: S.t });
    const run = runOf(S);
    probabilityBars(list, run.next[S.t - 1], run.tokens[S.t], S.t);
  });
}
