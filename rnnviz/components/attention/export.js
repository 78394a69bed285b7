// The matrix as a file, on a light ground for print: title, tokens, weights, legend.
function asSvg(S) {
  const { p } = S;
  const values = p.arrays.weights ?? p.arrays.gradient;
  const cell = 34;
  const [left, top] = [40 + widest(p.said) * 9, 96 + widest(p.source) * 7];
  const [width, height] = [left + p.units * cell + 150, top + p.time * cell + 60];
  const svg = make("svg", { xmlns: SVG_NS, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "sans-serif", "font-size": 13, fill: "#1f2328" });
  make("title", {}, svg, p.title);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 16, y: 28, "font-size": 16, "font-weight": "bold" }, svg, p.title);
  make("text", { x: 16, y: 48, fill: "#57606a" }, svg, p.words.matrix_title);
  const colours = table(p.scales.attention.light);
  p.source.forEach((token, s) => make("text", { transform: `translate(${left + (s + 0.5) * cell + 4} ${top - 8}) rotate(-52)`, "font-family": "monospace" }, svg, token));
  p.said.forEach((token, t) => {
    make("text", { x: left - 8, y: top + (t + 0.5) * cell + 4, "text-anchor": "end", "font-family": "monospace" }, svg, seen(token));
    if (!values) return;
    rowOf(values, t + 1).forEach((value, s) => {
      const index = indexOf(value, 0, 1);
      make("rect", { x: left + s * cell, y: top + t * cell, width: cell - 1, height: cell - 1, fill: css(colours, index) }, svg);
      if (value >= 0.005) make("text", { x: left + (s + 0.5) * cell, y: top + (t + 0.5) * cell + 4, "text-anchor": "middle", "font-size": 11, fill: inkFor(colours, index) }, svg, value >= 0.995 ? "1" : value.toFixed(2).slice(1));
    });
  });
  const stops = p.scales.attention.light;
  stops.forEach((stop, at) => make("rect", { x: left + at * 16, y: top + p.time * cell + 16, width: 16.5, height: 10, fill: stop }, svg));
  make("text", { x: left - 8, y: top + p.time * cell + 26, "text-anchor": "end" }, svg, "α 0");
  make("text", { x: left + stops.length * 16 + 8, y: top + p.time * cell + 26 }, svg, "1");
  return new XMLSerializer().serializeToString(svg);
}
