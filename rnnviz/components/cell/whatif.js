// Lay a hand on the run: drag a quantity, for this unit or all, at one step or over a span. While the hand moves, this step
// is computed here; when it lets go, Python runs the network on from there.
function buildWhatIf(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card whatif" }, parent);
  const title = make("h3", {}, card, p.words.whatif_title);
  if (p.held.length) make("span", { class: "badge" }, title, p.words.override_on);
  make("p", { class: "note" }, card, p.words.whatif_lead);
  const sliders = make("div", { class: "sliders" }, card);
  for (const part of p.parts) slider(sliders, S, part);
  const who = make("div", { class: "scope" }, card);
  choice(who, S, "who", [["unit", fill(p.words.this_unit, { unit: p.unit })], ["all", fill(p.words.all_units, { units: p.units })]]);
  choice(who, S, "when", [["here", p.words.this_step], ["on", p.words.from_here], ["all", p.words.whole_text], ["span", p.words.span]]);
  const span = make("span", { class: "span" }, who);
  const field = (name, label) => {
    const node = make("input", { type: "number", min: 1, max: p.time, value: S[name], "aria-label": label, title: label }, span);
    node.onchange = () => {
      S[name] = Math.max(1, Math.min(p.time, Math.round(Number(node.value)) || 1));
      node.value = S[name];
    };
    return node;
  };
  S.from = Math.min(S.from || 1, p.time);
  S.to = Math.min(S.to || p.time, p.time);
  field("from", p.words.span_from);
  make("span", {}, span, "–");
  field("to", p.words.span_to);
  S.updates.push(() => (span.hidden = S.when !== "span"));
  if (p.parts.some((part) => part.role === "keep")) {
    const carry = make("button", { type: "button", class: "see" }, card, p.words[p.states.includes("cell") ? "carry" : "carry_gru"]);
    carry.onclick = () => S.tell("carry", scope(S));
  }
  if (!p.held.length) return;
  const list = make("ul", { class: "held" }, card);
  p.held.forEach((h) => {
    const part = p.parts.find((each) => each.signal === h.signal);
    const item = make("li", {}, list);
    const text = fill(p.words.held, { name: part ? part.name : h.signal, value: held(h, part?.kind !== "gate"), who: h.units === null ? p.words.every_unit : fill(p.words.this_unit, { unit: h.units.join(p.words.comma) }), layer: h.layer, first: h.first, last: h.last >= p.time ? p.words.the_end : h.last });
    make("span", {}, item, text);
    const off = make("button", { type: "button", "aria-label": fill(p.words.let_go, { name: text }), title: fill(p.words.let_go, { name: text }) }, item, "×");
    off.onclick = () => S.tell("letgo", { edit: h.written });
  });
  const d = p.downstream;
  const brief = make("p", { class: "note brief" }, card);
  S.updates.push(() => (brief.textContent = fill(p.words.brief, { changed: d.changed, all: d.changed + d.unchanged, layer: p.layer, t: S.t, bits: fmtBits(p.arrays.divergence[S.t - 1], p.words.bits) })));
  const reset = make("button", { type: "button", class: "see" }, card, p.words.reset);
  reset.onclick = () => S.tell("letgo", { all: true });
}

function held(h, signed) {
  return h.low === h.high ? fmtValue(h.low, signed) : `${fmtValue(h.low, signed)} … ${fmtValue(h.high, signed)}`;
}

function slider(parent, S, part) {
  const p = S.p;
  const row = make("label", { class: "slide", "data-key": part.signal }, parent);
  const name = make("span", { class: `role-${part.role}` }, row);
  make("i", {}, name, part.symbol);
  const input = make("input", { type: "range", min: part.low, max: part.high, step: (part.high - part.low) / 200, "aria-label": fill(p.words.drag, { name: part.name }), "data-drag": part.signal }, row);
  const number = make("span", { class: "number" }, row);
  const show = (value) => {
    number.textContent = fmtValue(value, part.kind !== "gate");
    input.setAttribute("aria-valuetext", number.textContent); // the slider's own value is the nearest of its 200 steps
  };
  input.oninput = () => {
    pause(S);
    S.over = { signal: part.signal, value: Number(input.value) };
    S.refresh();
  };
  input.onchange = () => {
    const value = Number(input.value);
    S.tell("edit", { signal: part.signal, value, ...scope(S) });
  };
  S.updates.push(() => {
    const value = S.over?.signal === part.signal ? S.over.value : numbersAt(p, S.t, S.over)[part.signal];
    if (S.over?.signal !== part.signal) input.value = value;
    row.classList.toggle("on", Boolean(heldAt(p, part.signal, S.t)) || S.over?.signal === part.signal);
    show(value);
  });
}

function choice(parent, S, name, options) {
  const group = make("span", { class: "choice", role: "radiogroup" }, parent);
  for (const [value, text] of options) {
    const node = make("button", { type: "button", role: "radio", "data-choice": value }, group, text);
    node.onclick = () => {
      S[name] = value;
      S.refresh();
    };
    S.updates.push(() => node.setAttribute("aria-checked", S[name] === value));
  }
}

// Whom the hand holds and when, in steps of the text.
function scope(S) {
  const { unit } = S.p;
  const [first, last] = { here: [S.t, S.t], on: [S.t, null], all: [1, null], span: [Math.min(S.from, S.to), Math.max(S.from, S.to)] }[S.when];
  return { unit: S.who === "all" ? null : unit, first, last };
}
