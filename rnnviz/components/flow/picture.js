// The picture as a file, on a light ground for print: title, text, matrix, lines, factors and both legends.
function asSvg(S) {
  const p = S.p;
  const g = S.g;
  const [head, gap] = [96, 18];
  const matrix = head + 22;
  const lines = matrix + S.matrixHeight + 44;
  const factors = lines + S.linesHeight + gap;
  const height = factors + S.factorsHeight + 54;
  const svg = make("svg", { xmlns: SVG_NS, width: S.width, height, viewBox: `0 0 ${S.width} ${height}`, "font-family": "sans-serif", "font-size": 12, fill: "#1f2328" });
  make("title", {}, svg, p.title);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 12, y: 26, "font-size": 16, "font-weight": "bold" }, svg, p.title);
  make("text", { x: 12, y: 46, fill: "#57606a" }, svg, fill(p.words.file_says, { name: p.quantity.title.replace(/_/g, ""), t: S.unit, k: S.t, token: p.tokens[S.unit] ?? "" }));
  make("text", { x: 12, y: 64, fill: "#57606a" }, svg, p.held.map(([text]) => text).join(" · "));
  make("text", { x: 12, y: 84, "font-family": "monospace", "data-tokens": true }, svg, p.tokens.join(""));
  if (g.column >= 8) p.tokens.forEach((token, i) => {
    const colour = i < S.unit ? paint(S, at(p.arrays.tint, S.unit, i + 1), false) : { css: "#ffffff", ink: "#1f2328" };
    make("rect", { x: g.x(i + 1) - g.column / 2, y: matrix - 19, width: g.column, height: 17, fill: colour.css }, svg);
    make("text", { x: g.x(i + 1), y: matrix - 6, "text-anchor": "middle", "font-family": "monospace", fill: colour.ink }, svg, token);
  });
  for (let t = 1; t <= p.units; t++) make("rect", { x: g.x(t) + g.column / 2, y: matrix + ((t - 1) / p.units) * S.matrixHeight, width: g.wide - t * g.column, height: S.matrixHeight / p.units + 0.5, fill: "#E5E5E5" }, svg);
  const canvas = make("canvas");
  paintMatrix(canvas, S, false);
  const large = make("canvas", { width: p.time * 4, height: p.units * 4 });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  make("image", { x: g.left, y: matrix, width: g.wide, height: S.matrixHeight, href: large.toDataURL("image/png"), preserveAspectRatio: "none" }, svg);
  make("text", { x: 12, y: matrix + 16, "font-weight": "bold" }, svg, p.words.matrix_rows[0]);
  make("text", { x: 12, y: matrix + 32 }, svg, p.words.matrix_rows[1]);
  make("rect", { x: g.x(S.t) - g.column / 2, y: matrix, width: g.column, height: S.matrixHeight, fill: "none", stroke: "#000000" }, svg);
  make("rect", { x: g.left, y: matrix + ((S.unit - 1) / p.units) * S.matrixHeight, width: S.unit * g.column, height: S.matrixHeight / p.units, fill: "none", stroke: "#0072B2", "stroke-width": 1.5 }, svg);
  const stops = p.scales.gradient.light;
  const y = matrix + S.matrixHeight + 10;
  stops.forEach((stop, i) => make("rect", { x: g.left + 60 + i * 16, y, width: 16.5, height: 10, fill: stop }, svg));
  make("text", { x: g.left + 54, y: y + 9, "text-anchor": "end" }, svg, `≤ ${power(p.low)}`);
  make("text", { x: g.left + 66 + stops.length * 16, y: y + 9 }, svg, `≥ ${power(p.high)}`);
  const marks = [["#E5E5E5", p.words.undefined], [ZERO.light, p.words.zero.split(/[:：]/)[0]], [ODD, p.words.odd]];
  marks.forEach(([fillColour, text], i) => {
    make("rect", { x: g.left + 290 + i * 170, y, width: 14, height: 10, fill: fillColour, stroke: "#57606a", "stroke-width": 0.5 }, svg);
    make("text", { x: g.left + 309 + i * 170, y: y + 9 }, svg, text);
  });
  const put = (drawn, top) => {
    const group = make("g", { transform: `translate(0 ${top})` }, svg);
    group.append(...drawn.childNodes);
  };
  put(drawLines(S, false), lines);
  put(drawFactors(S, false), factors);
  p.words.lines_read.split(/\. |(?<=。)/).forEach((line, i) => make("text", { x: 12, y: height - 26 + 16 * i, fill: "#57606a" }, svg, line));
  return new XMLSerializer().serializeToString(svg);
}
