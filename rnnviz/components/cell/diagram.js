// The picture of one step: quantities in boxes, operations in dots, everything with its number. Drawn anew at every step,
// with its colours in the nodes themselves, so that a saved file looks the same.
function drawDiagram(S, { dark = S.dark } = {}) {
  const p = S.p;
  const ground = dark ? "#171614" : "#ffffff";
  const ink = dark ? "#edebe8" : "#1f2328";
  const quiet = dark ? "#a9a49c" : "#57606a";
  const mode = dark ? "dark" : "light";
  const stroke = (role) => p.roles[role]?.[`${mode}_stroke`] || quiet;
  const colour = (role) => p.roles[role]?.[mode] || ink;
  const svg = make("svg", { viewBox: "0 0 830 332", class: "diagram", role: "group", "aria-label": fill(p.words.diagram, { cell: p.cell_title, t: S.t }) });
  const defs = make("defs", {}, svg);
  for (const role of Object.keys(p.roles)) {
    const marker = make("marker", { id: `to-${role}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto", markerUnits: "userSpaceOnUse" }, defs);
    make("path", { d: "M0 0 L8 4 L0 8 Z", fill: stroke(role) }, marker);
  }
  const wiring = wiringOf(p);
  const values = numbersAt(p, S.t, S.over);
  for (const [role, from, d] of wiring.bus) make("path", { d, fill: "none", stroke: stroke(role), "stroke-width": 1.5, "data-key": from, class: "wire" }, svg);
  for (const [role, from, to, d] of wiring.paths) {
    const conveyor = role === "cell";
    const dash = from === to ? "" : p.roles[role].dash;
    make("path", { d, fill: "none", stroke: stroke(role), "stroke-width": conveyor ? 5 : 1.8, "stroke-dasharray": dash || null, "marker-end": conveyor ? null : `url(#to-${role})`, "data-key": from, "data-to": to, class: "wire" }, svg);
    if (conveyor) make("path", { d, fill: "none", stroke: ground, "stroke-width": 2, "pointer-events": "none" }, svg); // a double line
  }
  for (const [sign, x, y] of Object.values(wiring.dots)) {
    make("rect", { x: x - (sign.length > 2 ? 24 : 14), y: y - 14, width: sign.length > 2 ? 48 : 28, height: 28, rx: 14, fill: ground, stroke: ink, "stroke-width": 1.2 }, svg);
    make("text", { x, y: y + 5, "text-anchor": "middle", "font-size": 15, fill: ink }, svg, sign);
  }
  if (wiring.dots.squash && p.letters.length === 1) {
    const total = ["wx_h", "bi_h", "uh_h", "bh_h"].reduce((sum, name) => sum + values[name], 0);
    make("text", { x: 430, y: 212, "font-size": 12, fill: quiet, "data-key": "sum", "data-number": true }, svg, `b = ${fmtValue(values.bi_h + values.bh_h)}`);
    make("text", { x: 476, y: 150, "text-anchor": "middle", "font-size": 13, fill: ink, "data-key": "sum", "data-number": true, "font-family": "monospace" }, svg, fmtValue(total));
  }
  for (const [key, [x, y]] of Object.entries(wiring.boxes)) drawBox(svg, S, key, x, y, { values, ground, ink, quiet, stroke, colour, mode });
  return svg;
}

function drawBox(svg, S, key, x, y, { values, ground, ink, quiet, stroke, colour, mode }) {
  const p = S.p;
  const role = roleOf(p, key);
  const { width, height } = BOX;
  const held = heldAt(p, key, S.t) || S.over?.signal === key;
  const group = make("g", { "data-key": key, class: "box" + (S.focus === key ? " focus" : ""), transform: `translate(${x - width / 2} ${y - height / 2})` }, svg);
  const part = p.parts.find((each) => each.signal === key);
  make("rect", { width, height, rx: role === "candidate" ? 14 : 6, fill: ground, stroke: stroke(role), "stroke-width": held ? 3.5 : S.focus === key ? 3 : 1.5, "stroke-dasharray": part?.kind === "gate" ? p.roles[role].dash || null : null }, group);
  if (key === "x") {
    const unknown = p.unknown.includes(S.t);
    make("text", { x: 10, y: 24, "font-size": 17, "font-style": "italic", fill: colour("input") }, group, "x");
    make("text", { x: 19, y: 28, "font-size": 11, fill: colour("input") }, group, String(S.t));
    if (p.layer === 1) make("text", { x: width - 12, y: 28, "font-size": 22, "text-anchor": "end", "font-family": "monospace", fill: ink }, group, p.tokens[S.t - 1]);
    make("text", { x: 10, y: 54, "font-size": 12, fill: quiet }, group, p.layer > 1 ? fill(p.words.from_below, { layer: p.layer - 1 }) : unknown ? p.words.unknown : p.inputs.length ? p.words.one_hot : fill(p.words.embedding, { size: p.x_of }));
    return;
  }
  const symbols = symbolOf(p, key, S.t);
  const label = make("text", { x: 8, y: 22, "font-size": symbols.length > 1 ? 13 : 17, fill: colour(role) }, group);
  for (const [symbol, below] of symbols) {
    make("tspan", { "font-style": "italic" }, label, symbol);
    make("tspan", { "font-size": 11, dy: 4 }, label, String(below));
    make("tspan", { dy: -4, "font-size": 11 }, label, "\u200a");
  }
  const value = values[key];
  const number = make("text", { x: width - 8, y: 22, "text-anchor": "end", "font-size": 15, "font-family": "monospace", "font-weight": 600, fill: colour(role), ...addressOf(p, key, S.t, value, S.over) }, group, fmtValue(value, part?.kind !== "gate"));
  if (p.vectors.includes(key)) drawVector(group, S, key, 8, 31, width - 16, mode);
  const name = held ? p.words.by_hand : part ? part.name : key.startsWith("previous_") ? p.words.before : "";
  make("text", { x: 8, y: 59, "font-size": 12, fill: held ? colour(role) : quiet, "font-weight": held ? 700 : 400 }, group, name);
  number.classList.add("number");
  if (!part) return;
  group.setAttribute("tabindex", 0);
  group.setAttribute("role", "button");
  group.setAttribute("aria-label", `${part.name}: ${fmtValue(value, part.kind !== "gate")}`);
}

// All units of a quantity side by side; the chosen one is marked. Few units carry their numbers.
function drawVector(group, S, key, x, y, width, mode) {
  const p = S.p;
  const [first, last] = p.window;
  const row = p.vectors.indexOf(key);
  const part = p.parts.find((each) => each.signal === key.replace("previous_", ""));
  const tall = 15;
  if (S.t < first || S.t > last) return make("text", { x, y: y + 12, "font-size": 12, fill: "#888" }, group, "…");
  const steps = last - first + 1;
  const start = (row * steps + S.t - first) * p.units;
  const colours = table(p.scales[part.kind][mode]);
  const cell = width / p.units;
  if (p.arrays.exact) {
    const [low, high] = p.ends[row];
    for (let unit = 1; unit <= p.units; unit++) {
      const value = p.arrays.exact[start + unit - 1];
      const index = indexOf(value, low, high);
      make("rect", { x: x + (unit - 1) * cell, y, width: cell - 1, height: tall, fill: css(colours, index), "data-unit-at": unit }, group);
      make("text", { x: x + (unit - 0.5) * cell, y: y + 11, "font-size": 9.5, "text-anchor": "middle", fill: inkFor(colours, index), "font-family": "monospace", "data-number": true }, group, small(value));
    }
  } else {
    const canvas = make("canvas", { width: p.units, height: 1 });
    const context = canvas.getContext("2d");
    const image = context.createImageData(p.units, 1);
    for (let unit = 0; unit < p.units; unit++) {
      const at = p.arrays.cells[start + unit] * 3;
      for (let c = 0; c < 3; c++) image.data[unit * 4 + c] = colours[at + c];
      image.data[unit * 4 + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    make("image", { x, y, width, height: tall, href: canvas.toDataURL(), preserveAspectRatio: "none", style: "image-rendering: pixelated" }, group);
  }
  const wide = Math.max(3, cell);
  make("rect", { x: x + (p.unit - 0.5) * cell - wide / 2, y: y - 2, width: wide, height: tall + 4, fill: "none", stroke: mode === "dark" ? "#fff" : "#000", "stroke-width": 1.5 }, group);
  make("rect", { x, y: y - 4, width, height: tall + 8, fill: "transparent", class: "pick", "data-pick": key, "data-signal": part.signal, "data-layer": p.layer, "data-direction": p.direction, "data-min": part.low, "data-max": part.high }, group);
}

// Three characters and a sign, for a cell of the strip.
function small(value) {
  const text = Math.abs(value).toFixed(Math.abs(value) >= 9.95 ? 0 : Math.abs(value) >= 0.995 ? 1 : 2).replace(/^0\./, ".");
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + text;
}

// Where a number comes from, so that anyone can check it from outside. A value that a hand is dragging has no address.
function addressOf(p, name, t, value, over = null) {
  const part = p.parts.find((each) => each.signal === name.replace("previous_", ""));
  if (over) return { "data-term": name };
  const place = { "data-layer": p.layer, "data-direction": p.direction, "data-unit": p.unit, "data-value": value };
  if (!part) return { "data-signal": name, "data-t": t, ...place };
  const back = name.startsWith("previous_") ? (p.direction === "backward" ? 1 : -1) : 0;
  return { "data-signal": part.signal, "data-t": t + back, ...place };
}
