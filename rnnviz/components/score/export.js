// The sentences as a file, on a light ground for print: title, tokens with their tint, totals, legend.
function scoreSvg(S) {
  const { p } = S;
  const unit = 9;
  const wide = Math.max(820, 40 + Math.max(...p.rows.map((row) => [row.opening, ...row.tokens].reduce((sum, token) => sum + [...token].length * unit + 5, 0))));
  const high = 70 + p.rows.length * 62 + 40;
  const svg = make("svg", { xmlns: SVG_NS, width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "font-family": "sans-serif", "font-size": 13, fill: "#1f2328" });
  make("title", {}, svg, p.title);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 16, y: 28, "font-size": 16, "font-weight": "bold" }, svg, p.title);
  const colours = table(p.scales.probability.light);
  p.rows.forEach((row, at) => {
    const top = 58 + at * 62;
    make("text", { x: 16, y: top, "font-weight": "bold" }, svg, row.label);
    make("text", { x: wide - 16, y: top, "text-anchor": "end", "font-family": "monospace" }, svg, `${fmtBits(row.bits, p.words.bits)}, P = ${fmtChance(row.bits)}`);
    let x = 16;
    [row.opening, ...row.tokens].forEach((token, k) => {
      const text = seenToken(token);
      const size = [...text].length * unit + 4;
      const bits = k ? p.arrays[`surprise${at}`][k - 1] : NaN;
      const index = Number.isNaN(bits) ? 0 : indexOf(bits, 0, p.most_bits);
      if (!Number.isNaN(bits)) make("rect", { x, y: top + 10, width: size, height: 24, fill: css(colours, index) }, svg);
      make("text", { x: x + size / 2, y: top + 27, "text-anchor": "middle", "font-family": "monospace", "font-size": 14, fill: Number.isNaN(bits) ? "#57606a" : inkFor(colours, index) }, svg, text);
      x += size + 1;
    });
  });
  const stops = p.scales.probability.light;
  const base = high - 26;
  make("text", { x: 16, y: base + 9 }, svg, p.words.legend);
  stops.forEach((stop, k) => make("rect", { x: 200 + k * 40, y: base, width: 40.5, height: 10, fill: stop }, svg));
  make("text", { x: 190, y: base + 9, "text-anchor": "end" }, svg, "0");
  make("text", { x: 208 + stops.length * 40, y: base + 9 }, svg, fill(p.words.legend_most, { bits: p.most_bits }));
  return new XMLSerializer().serializeToString(svg);
}
