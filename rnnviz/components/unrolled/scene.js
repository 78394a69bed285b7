// Everything that is lines and letters: arrows, frames, inputs below, outputs above. The boxes' colours lie on a canvas behind.
function drawScene(S, g, { dark = S.dark } = {}) {
  const p = S.p;
  const ink = dark ? "#edebe8" : "#1f2328";
  const quiet = dark ? "#a9a49c" : "#57606a";
  const mode = dark ? "dark" : "light";
  const stroke = (role) => p.roles[role][`${mode}_stroke`];
  const svg = make("svg", { width: S.width, height: g.height, class: "scene", role: "group", "aria-label": fill(p.words.label, { layers: p.layers, time: p.time }) });
  const defs = make("defs", {}, svg);
  for (const role of ["input", "hidden", "cell"]) {
    const marker = make("marker", { id: `at-${role}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" }, defs);
    make("path", { d: "M0 0 L8 4 L0 8 Z", fill: stroke(role) }, marker);
  }
  const steps = visibleSteps(S, g);
  const draw = { S, p, g, svg, ink, quiet, stroke, dark };
  if (S.fold < 1) for (const t of steps) drawFlow(draw, t);
  if (S.fold > 0) drawLoop(draw);
  for (const t of steps) drawColumn(draw, t);
  drawRowNames(draw);
  if (p.mode === "encoder-decoder" && S.fold < 1) drawHandover(draw);
  return svg;
}

// What flows from this step to the next: h, and c as a double line. The width is the norm of what flows.
function drawFlow({ S, p, g, svg, stroke, dark }, t) {
  const shade = 1 - S.fold;
  for (let layer = 1; layer <= p.layers; layer++)
    p.directions.forEach((direction, d) => {
      const to = direction === "backward" ? t - 1 : t + 1;
      if (to < 1 || to > p.time || Math.abs(g.columnAt(to) - g.columnAt(t)) < 2) return;
      const sign = to > t ? 1 : -1;
      const [x1, x2] = [g.columnAt(t) + (sign * g.box.width) / 2, g.columnAt(to) - (sign * g.box.width) / 2];
      const inside = (x) => x >= g.left - 4 && x <= g.left + g.room + 8;
      if (!inside(x1) && !inside(x2)) return;
      const y = g.rowAt(layer, d) + g.box.height * (p.has_cell ? 0.66 : 0.5);
      make("line", { x1: x1 + sign * 2, y1: y, x2: x2 - sign * 2, y2: y, stroke: stroke("hidden"), "stroke-width": flowWidth(S, layer, d, t), "marker-end": "url(#at-hidden)", opacity: shade, class: "flow", "data-flow": "hidden", "data-t": t }, svg);
      if (!p.has_cell) return;
      const above = g.rowAt(layer, d) + g.box.height * 0.3;
      make("line", { x1: x1 + sign * 2, y1: above, x2: x2 - sign * 2, y2: above, stroke: stroke("cell"), "stroke-width": 5, opacity: shade, class: "flow", "data-flow": "cell" }, svg);
      make("line", { x1: x1 + sign * 2, y1: above, x2: x2 - sign * 2, y2: above, stroke: dark ? "#171614" : "#fff", "stroke-width": 2, opacity: shade }, svg);
    });
}

// Arrow width from the norm of the state: 1 to 6 pixels, the widest where every unit is at ±1.
function flowWidth(S, layer, direction, t) {
  return 1 + 5 * Math.min(1, runOf(S).norms[placeOf(S.p, layer, direction, t)] / Math.sqrt(S.p.units));
}

// Folded: the state goes back into the same box.
function drawLoop({ S, p, g, svg, stroke, quiet, dark }) {
  const x = g.columnAt(S.t);
  for (let layer = 1; layer <= p.layers; layer++)
    p.directions.forEach((direction, d) => {
      const y = g.rowAt(layer, d) + g.box.height / 2;
      const out = g.box.width / 2;
      const wide = 3.4 * g.em;
      const bend = `M${x + out} ${y} C ${x + out + wide} ${y}, ${x + out + wide} ${y - g.box.height / 2 - 1.1 * g.em}, ${x} ${y - g.box.height / 2 - 1.1 * g.em} S ${x - out - wide} ${y}, ${x - out - 2} ${y}`;
      make("path", { d: bend, fill: "none", stroke: stroke("hidden"), "stroke-width": flowWidth(S, layer, d, S.t), "marker-end": "url(#at-hidden)", opacity: S.fold, class: "loop" }, svg);
      if (p.has_cell) {
        const near = `M${x + out} ${y - 8} C ${x + out + wide * 0.55} ${y - 8}, ${x + out + wide * 0.55} ${y - g.box.height / 2 - 0.55 * g.em}, ${x} ${y - g.box.height / 2 - 0.55 * g.em} S ${x - out - wide * 0.55} ${y - 8}, ${x - out - 2} ${y - 8}`;
        make("path", { d: near, fill: "none", stroke: stroke("cell"), "stroke-width": 5, opacity: S.fold, class: "loop" }, svg);
        make("path", { d: near, fill: "none", stroke: dark ? "#171614" : "#fff", "stroke-width": 2, opacity: S.fold, class: "loop" }, svg);
      }
      make("text", { x: x + out + wide * 0.9, y: y + 4, "font-size": 0.8 * g.em, fill: quiet, opacity: S.fold }, svg, fill(p.words.loop, { before: direction === "backward" ? S.t + 1 : S.t - 1, layer }));
    });
}

function drawColumn({ S, p, g, svg, ink, quiet, stroke, dark }, t) {
  const x = g.columnAt(t);
  const shade = t === S.t ? 1 : 1 - S.fold;
  const group = make("g", { class: "column" + (t === S.t ? " now" : ""), "data-column": t, opacity: shade }, svg);
  const own = t > p.typed; // the model reads what it said
  const base = g.rowAt(1, 0) + g.box.height;
  make("rect", { x: x - g.column / 2 + 1, y: 2, width: g.column - 2, height: g.bottom + 1.35 * g.em, rx: 6, class: "cursor" }, group);
  make("line", { x1: x, y1: g.bottom - 1.1 * g.em, x2: x, y2: base + 3, stroke: stroke("input"), "stroke-width": 1.5, "marker-end": "url(#at-input)" }, group);
  const token = make("text", { x, y: g.bottom, "text-anchor": "middle", "font-size": 1.25 * g.em, "font-family": "monospace", "font-style": own ? "italic" : null, "font-weight": t === S.t ? 700 : 400, fill: own ? stroke("hidden") : ink, class: "token" + (p.unknown.includes(t) ? " unknown" : ""), "data-step": t }, group, p.tokens[t - 1]);
  if (p.change?.t === t) {
    token.textContent = S.view === "was" ? p.tokens[t - 1] : `${p.tokens[t - 1]}→${p.change.character}`;
    token.setAttribute("font-weight", 700);
  }
  make("text", { x, y: g.bottom + 1.1 * g.em, "text-anchor": "middle", "font-size": 0.75 * g.em, fill: quiet }, group, String(t));
  for (let layer = 1; layer <= p.layers; layer++)
    p.directions.forEach((direction, d) => {
      const y = g.rowAt(layer, d);
      const norm = runOf(S).norms[placeOf(p, layer, d, t)];
      const frame = make("rect", { x: x - g.box.width / 2, y, width: g.box.width, height: g.box.height, rx: 3, fill: "transparent", stroke: stroke("hidden"), "stroke-width": layer === p.layer && t === S.t ? 3 : 1.2, class: "box", tabindex: 0, role: "button", "data-t": t, "data-layer": layer, "data-direction": direction }, group);
      frame.setAttribute("aria-label", fill(p.words.box, { layer, t, token: p.tokens[t - 1], norm: norm.toPrecision(3) }));
      if (showsChange(S)) {
        const by = p.arrays.change_norms[placeOf(p, layer, d, t)];
        make("text", { x: x - 5, y: y + g.box.height + 0.95 * g.em, "text-anchor": "end", "font-size": 0.75 * g.em, "font-family": "monospace", fill: by ? ink : quiet, "data-change": by, "data-t": t, "data-layer": layer, "data-direction": direction }, group, by ? by.toPrecision(2) : "0");
      }
      if (d) {
        // what feeds the forward box feeds this one too, past it on the right
        const [foot, side, role] = [g.rowAt(layer, 0) + g.box.height, x + g.box.width / 2 + 9, layer === 1 ? "input" : "hidden"];
        make("path", { d: `M${x} ${foot + 12} H${side} V${y + g.box.height - 8} H${x + g.box.width / 2 + 2}`, fill: "none", stroke: stroke(role), "stroke-width": 1.3, "marker-end": `url(#at-${role})`, "data-feed": layer, "data-foot": foot }, group);
      }
      const above = layer < p.layers ? g.rowAt(layer + 1, 0) + g.box.height : g.top;
      const last = d === p.directions.length - 1;
      if ((layer < p.layers || speaks(p, t)) && (last || p.directions.length === 1)) make("line", { x1: x, y1: y - 1, x2: x, y2: above + 4, stroke: stroke("hidden"), "stroke-width": 1.5, "marker-end": "url(#at-hidden)" }, group);
      if (!last) make("path", { d: `M${x - g.box.width / 2} ${y + 8} H${x - g.box.width / 2 - 5} V${g.rowAt(layer, 1) - 8} H${x}`, fill: "none", stroke: stroke("hidden"), "stroke-width": 1.2 }, group);
    });
  if (!p.next.length || !speaks(p, t)) return;
  const run = runOf(S);
  const [best, probability] = run.next[t - 1][0];
  const hit = t < p.time && best === run.tokens[t];
  make("text", { x, y: 1.35 * g.em, "text-anchor": "middle", "font-size": 1.15 * g.em, "font-family": "monospace", "font-weight": hit ? 700 : 400, "text-decoration": hit ? "underline" : null, fill: ink }, group, best);
  make("text", { x, y: 2.5 * g.em, "text-anchor": "middle", "font-size": 0.75 * g.em, "font-family": "monospace", fill: quiet, "data-signal": "probability", "data-t": t, "data-token": best, "data-value": probability, "data-run": run.values }, group, fmtProb(probability));
  if (t >= p.typed && t < p.time && S.fold < 1 && p.mode !== "many-to-one" && g.columnAt(t + 1) < g.left + g.room + 4) {
    const [x2, half] = [g.columnAt(t + 1), g.column / 2];
    make("path", { d: `M${x + 0.7 * g.em} ${1.1 * g.em} C ${x + half} ${1.1 * g.em}, ${x + half} ${g.bottom - 0.4 * g.em}, ${x2 - 0.6 * g.em} ${g.bottom - 0.4 * g.em}`, fill: "none", stroke: stroke("hidden"), "stroke-width": 1.3, "stroke-dasharray": "4 3", "marker-end": "url(#at-hidden)", class: "feedback", opacity: shade }, svg);
  }
}

function drawRowNames({ S, p, g, svg, ink, quiet }) {
  const name = (y, text, below, size = 0.8) => {
    make("text", { x: 2, y, "font-size": size * g.em, fill: ink, "font-weight": 600 }, svg, text);
    if (below) make("text", { x: 2, y: y + 1.05 * g.em, "font-size": 0.75 * g.em, fill: quiet }, svg, below);
  };
  if (p.next.length) name(1.35 * g.em, p.words.output, p.words.output_below);
  for (let layer = 1; layer <= p.layers; layer++)
    p.directions.forEach((direction, d) => name(g.rowAt(layer, d) + g.box.height / 2, fill(p.words.layer, { layer }), p.directions.length > 1 ? p.words[`direction_${direction}`] : showsChange(S) ? p.words.change_of : p.name));
  name(g.bottom, p.words.input, null);
}

// The state is all that the second half gets to see of the first.
function drawHandover({ p, g, svg, ink, quiet }) {
  const x = g.columnAt(p.typed) + g.column / 2;
  const y = g.height - 0.4 * g.em;
  if (x > g.left && x < g.left + g.room) make("line", { x1: x, y1: 0, x2: x, y2: g.height, stroke: ink, "stroke-dasharray": "6 4", "stroke-width": 1.5 }, svg);
  make("text", { x: Math.min(x - 8, g.left + g.room - 4), y, "text-anchor": "end", "font-size": 0.85 * g.em, fill: quiet }, svg, p.words.encoder);
  if (x < g.left + g.room - 60) make("text", { x: Math.max(x + 8, g.left), y, "font-size": 0.85 * g.em, fill: quiet }, svg, p.words.decoder);
}
