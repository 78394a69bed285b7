// Input tokens on the left, output tokens on the right, and between them arcs as thick as the weight they stand for.
function drawArcs(panel, S, go) {
  const { p, g } = S;
  panel.replaceChildren();
  make("h3", { class: "panel-title" }, panel, p.words.arcs_title);
  const width = g.panel;
  const [x0, x1] = [g.read, width - Math.min(170 * g.scale, g.said + 8)];
  const height = g.top + Math.max(p.time, p.units) * g.row + 4;
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "arcs", role: "img", "aria-label": p.words.arcs_label }, panel);
  // the shorter side stands in the middle of the longer one
  const offset = (count) => g.top + ((Math.max(p.time, p.units) - count) * g.row) / 2;
  const y0 = (s) => offset(p.units) + (s - 0.5) * g.row;
  const y1 = (t) => offset(p.time) + (t - 0.5) * g.row;
  const ink = S.dark ? "#C197F0" : "#6524A3";
  const arcs = make("g", { fill: "none", stroke: ink, "stroke-linecap": "round" }, svg);
  make("text", { x: x0 - 8, y: g.top - 10, "text-anchor": "end", class: "aside quiet" }, svg, p.words.input_side);
  make("text", { x: x1 + 8, y: g.top - 10, class: "aside quiet" }, svg, p.words.output_side);
  const label = (x, y, anchor, token, name, at, act) => {
    const node = make("text", { x, y: y + 4, "text-anchor": anchor, class: name, [`data-${at.key}`]: at.value }, svg, token);
    node.onclick = act;
    return node;
  };
  p.source.forEach((token, at) => {
    const node = label(x0 - 8, y0(at + 1), "end", token, `in-label${p.unknown.includes(at + 1) ? " unknown" : ""}`, { key: "place", value: at + 1 }, () => (pause(S), go({ unit: at + 1 })));
    node.onpointerenter = () => (paint(null, at + 1), node.classList.add("now"));
    node.onpointerleave = () => paint();
  });
  p.said.forEach((token, at) => {
    const node = label(x1 + 8, y1(at + 1), "start", seen(token), "out-label", { key: "step", value: at + 1 }, () => (pause(S), go({ t: at + 1 })));
    node.onpointerenter = () => paint(at + 1);
    node.onpointerleave = () => paint();
  });
  const paint = (only = null, from = null) => {
    arcs.replaceChildren();
    for (let t = 1; t <= p.time; t++) {
      const row = rowOf(p.arrays.weights, t);
      const kept = heaviest(row, S.mass);
      row.forEach((weight, at) => {
        if (!kept.has(at) || weight < 0.004) return;
        const strong = from === null ? t === (only ?? S.t) : at + 1 === from;
        if (!strong && (only !== null || from !== null)) return;
        const middle = (x0 + x1) / 2;
        const d = `M${x0} ${y0(at + 1)}C${middle} ${y0(at + 1)} ${middle} ${y1(t)} ${x1} ${y1(t)}`;
        make("path", { d, "stroke-width": Math.max(0.75, weight * 11 * g.scale), opacity: strong ? 0.95 : 0.2, "data-arc": strong, "data-t": t, "data-input": at + 1, "data-weight": weight }, arcs);
      });
    }
    for (const node of svg.querySelectorAll(".out-label")) node.classList.toggle("now", Number(node.dataset.step) === (from === null ? (only ?? S.t) : -1));
    for (const node of svg.querySelectorAll(".in-label")) node.classList.toggle("now", Number(node.dataset.place) === (from ?? S.unit));
  };
  return () => paint();
}

// How much of each row's weight is drawn: weak arcs are many, and say little.
function buildMass(bar, S) {
  const w = S.p.words;
  const label = make("label", { class: "mass", title: w.mass_help }, bar);
  const text = make("span", {}, label);
  const slider = make("input", { type: "range", min: 50, max: 100, step: 5, value: 100 * S.mass, "aria-label": w.mass_label }, label);
  const say = () => (text.textContent = fill(w.mass, { share: Math.round(100 * S.mass) }));
  slider.oninput = () => {
    S.mass = Number(slider.value) / 100;
    say();
    update(S);
  };
  say();
}
