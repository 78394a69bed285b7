// The text as a file, on a light ground for print: title, prompt, tokens with their tint, legend.
function writingSvg(S) {
  const { p } = S;
  const [unit, wide, line] = [8.6, 900, 26];
  const colours = table(p.scales.probability.light);
  const marks = [];
  let [x, y] = [16, 70];
  const put = (piece, bits) => {
    for (const sign of piece) {
      if (sign === "\n" || x > wide - 30) [x, y] = [16, y + line];
      if (sign === "\n") continue;
      marks.push({ sign, x, y, bits });
      x += unit;
    }
  };
  put(p.prompt, NaN);
  p.written.pieces.forEach((piece, at) => put(piece, -Math.log2(p.arrays.probability[at])));
  const high = y + 70;
  const svg = make("svg", { xmlns: SVG_NS, width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "font-family": "sans-serif", "font-size": 13, fill: "#1f2328" });
  make("title", {}, svg, p.title);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 16, y: 28, "font-size": 16, "font-weight": "bold" }, svg, p.title);
  for (const mark of marks) {
    const index = Number.isNaN(mark.bits) ? 0 : indexOf(Math.min(mark.bits, p.most_bits), 0, p.most_bits);
    if (!Number.isNaN(mark.bits)) make("rect", { x: mark.x, y: mark.y - 16, width: unit + 0.3, height: 22, fill: css(colours, index) }, svg);
    make("text", { x: mark.x + unit / 2, y: mark.y, "text-anchor": "middle", "font-family": "monospace", "font-size": 14, fill: Number.isNaN(mark.bits) ? "#57606a" : inkFor(colours, index) }, svg, mark.sign);
  }
  const stops = p.scales.probability.light;
  make("text", { x: 16, y: high - 17 }, svg, p.words.legend);
  stops.forEach((stop, k) => make("rect", { x: 220 + k * 40, y: high - 26, width: 40.5, height: 10, fill: stop }, svg));
  make("text", { x: 210, y: high - 17, "text-anchor": "end" }, svg, "0");
  make("text", { x: 228 + stops.length * 40, y: high - 17 }, svg, fill(p.words.legend_most, { bits: p.most_bits }));
  return new XMLSerializer().serializeToString(svg);
}
