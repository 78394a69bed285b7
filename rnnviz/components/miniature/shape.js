// Boxes and arrows of a sequence task: answers above, states in the middle, what is read below.
function drawShape(data, dark) {
  const role = (name) => data.roles[name][dark ? "dark_stroke" : "light_stroke"];
  const gap = 11;
  const widths = data.columns.map((c) => Math.max(34, 8 * Math.max([...c.read].length, [...c.says].length) + 12, c.probability === null ? 0 : 46));
  const whole = widths.reduce((a, b) => a + b, 0) + gap * (widths.length - 1) + 4;
  const svg = make("svg", { class: "shape", width: whole, height: 148, role: "img", "aria-label": data.label });
  let left = 2;
  let before = null;
  const read = data.columns.filter((c) => !c.decodes).length;
  data.columns.forEach((column, at) => {
    const [width, middle] = [widths[at], left + widths[at] / 2];
    if (before) arrow(svg, `M${before.right} 82`, left, 82, "right", role("hidden"));
    const t = column.decodes ? at + 1 - read : at + 1; // the decoder counts its own steps
    const state = role(column.decodes ? "cell" : "hidden");
    make("rect", { x: left, y: 70, width, height: 24, rx: 4, fill: "none", stroke: state, "stroke-width": 2 }, svg);
    const name = make("text", { x: middle, y: 86, class: "state" }, svg, column.decodes ? "s" : "h");
    make("tspan", { class: "sub", dy: 3 }, name, String(t));
    if (column.read) {
      box(svg, left, 122, width, column.read, role("input"));
      arrow(svg, `M${middle} 122`, middle, 95, "up", role("input"));
    }
    if (column.says) {
      box(svg, left, 22, width, column.says, "currentColor");
      arrow(svg, `M${middle} 70`, middle, 47, "up", role("hidden"));
      const address = { "data-signal": "probability", "data-t": t, "data-token": column.says, "data-value": column.probability };
      if (column.probability !== null) make("text", { x: middle, y: 14, class: "p", ...address }, svg, fmtProb(column.probability));
    }
    if (before?.says && !column.read) {
      const turn = left - gap / 2;
      make("path", { d: `M${before.right} 34 H${turn} V110 H${middle} V100`, class: "fed", stroke: role("input") }, svg);
      arrow(svg, `M${middle} 104`, middle, 95, "up", role("input"));
    }
    before = { right: left + width, says: column.says };
    left += width + gap;
  });
  return svg;
}

function box(svg, left, top, width, text, stroke) {
  make("rect", { x: left, y: top, width, height: 24, rx: 4, fill: "none", stroke, "stroke-width": 1 }, svg);
  make("text", { x: left + width / 2, y: top + 17, class: "token" }, svg, text);
}

function arrow(svg, from, x, y, way, stroke) {
  make("path", { d: `${from} ${way === "up" ? "V" : "H"}${way === "up" ? y + 5 : x - 5}`, stroke, "stroke-width": 1.5, fill: "none" }, svg);
  const head = way === "up" ? `M${x - 4} ${y + 6} L${x} ${y} L${x + 4} ${y + 6} Z` : `M${x - 6} ${y - 4} L${x} ${y} L${x - 6} ${y + 4} Z`;
  make("path", { d: head, fill: stroke }, svg);
}
