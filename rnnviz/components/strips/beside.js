// Beside each strip: its legend, made from its own domain, and the number at the playhead.
function buildNumbers(parent, S) {
  const p = S.p;
  make("div", { class: "axis" }, parent);
  p.strips.forEach((strip, at) => {
    const item = make("div", { class: "item" }, parent);
    const legend = make("div", { class: "legend" }, item);
    make("span", { class: "ramp", style: `background: linear-gradient(to top, ${S.stops[strip.kind].join(",")})` }, legend);
    const ends = make("span", { class: "ends" }, legend);
    for (const text of legendTexts(p, strip)) make("span", {}, ends, text);
    if (strip.kind !== "gate" && Math.max(-strip.reach[0], strip.reach[1]) > strip.high) {
      legend.title = fill(p.words.beyond, { value: fmtValue(Math.max(-strip.reach[0], strip.reach[1]), false) });
      legend.classList.add("cut");
    }
    const numbers = make("div", { class: "numbers" }, item);
    const value = make("div", { class: `value role-${strip.role}` }, numbers);
    S.updates.push(() => {
      const found = valueAt(p, at, S.unit, S.t);
      value.replaceChildren(make("i", {}, null, strip.symbol), make("sub", {}, null, String(S.t)), document.createTextNode(" = "));
      make("b", address(p, at, S.unit, S.t, found.value, found.exact), value, shown(p, at, found.value, found.exact));
    });
    if (strip.opened === null) return;
    for (const [stat, words, share] of [["opened", p.words.open, strip.opened], ["closed", p.words.closed, strip.closed]]) {
      const line = make("div", { class: "note", title: fill(p.words.share, { units: p.units }) }, numbers, words);
      make("span", { class: "number", "data-signal": strip.signal, "data-layer": p.layer, "data-direction": p.direction, "data-stat": stat, "data-value": share }, line, fmtProb(share));
    }
  });
}

// Which line is which: a sample of each curve with its letter; the cell state has a scale of its own.
function buildCurveLegend(parent, S) {
  const p = S.p;
  const legend = make("div", { class: "curve-legend" }, parent);
  for (const strip of p.strips) {
    const ink = p.roles[strip.role];
    const item = make("span", {}, legend);
    const svg = make("svg", { width: 26, height: 10, "aria-hidden": "true" }, item);
    const stroke = ink[S.dark ? "dark_stroke" : "light_stroke"];
    make("line", { x1: 0, x2: 26, y1: 5, y2: 5, stroke, "stroke-width": strip.role === "cell" ? 2.5 : 1.5, "stroke-dasharray": ink.dash || null }, svg);
    make("i", { class: `role-${strip.role}` }, item, ` ${strip.symbol}`);
  }
  const own = p.strips.findIndex((strip) => strip.role === "cell");
  const note = make("div", { class: "note" }, legend);
  S.updates.push(() => {
    note.textContent = p.words.curve_axis + (own < 0 ? "" : fill(p.words.cell_axis, { value: fmtValue(curveHigh(p, own, S.unit), false) }));
  });
}

// The words at the ends of a legend, from the domain itself, top first.
function legendTexts(p, strip) {
  if (strip.kind === "gate") return [p.words.legend_open, p.words.legend_half, p.words.legend_closed];
  const write = (v) => (Math.abs(v) === 1 ? (v > 0 ? "+1" : MINUS + "1") : (v > 0 ? "+" : MINUS) + Math.abs(v).toPrecision(3));
  const beyond = (over, text) => (over ? "≥ " : "") + text;
  const [low, high] = strip.reach;
  return [beyond(high > strip.high, write(strip.high)), "0", (low < strip.low ? "≤ " : "") + write(strip.low)];
}
