// The picture as a file, on a light ground for print: title, tokens, every strip, its legend, the playhead.
function asSvg(S) {
  const p = S.p;
  const column = Math.max(14, Math.min(28, 900 / p.time));
  const [left, top, right] = [110, 74, 230];
  const wide = p.time * column;
  const step = S.stripHeight + 12;
  const height = top + p.strips.length * step + CURVE_HEIGHT + 60;
  const svg = make("svg", { xmlns: SVG_NS, width: left + wide + right, height, viewBox: `0 0 ${left + wide + right} ${height}`, "font-family": "sans-serif", "font-size": 12, fill: "#1f2328" });
  make("title", {}, svg, p.title);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 16, y: 28, "font-size": 16, "font-weight": "bold" }, svg, p.title);
  make("text", { x: 16, y: 48, fill: "#57606a" }, svg, fill(p.words.units, { first: S.first + 1, last: S.first + S.rows, all: p.units, sort: p.words.sort }));
  const tokens = (y) => p.tokens.forEach((token, at) => make("text", { x: left + (at + 0.5) * column, y, "text-anchor": "middle", "font-family": "monospace", "font-weight": at + 1 === S.t ? "bold" : null }, svg, token));
  tokens(top - 6);
  p.strips.forEach((strip, at) => {
    const y = top + at * step;
    const stops = p.scales[strip.kind].light;
    const canvas = make("canvas");
    drawStrip(canvas, p, at, S.first, S.rows, table(stops));
    make("text", { x: 16, y: y + 16, "font-size": 17, "font-style": "italic", fill: p.roles[strip.role].light }, svg, strip.symbol);
    make("text", { x: 16, y: y + 34, fill: "#57606a" }, svg, strip.name);
    make("image", { x: left, y, width: wide, height: S.stripHeight, href: enlarged(canvas), preserveAspectRatio: "none", style: "image-rendering: pixelated" }, svg);
    const tall = S.stripHeight / stops.length;
    stops.forEach((stop, i) => make("rect", { x: left + wide + 14, y: y + S.stripHeight - (i + 1) * tall, width: 10, height: tall + 0.5, fill: stop }, svg));
    legendTexts(p, strip).forEach((text, i) => make("text", { x: left + wide + 30, y: y + 10 + (i * (S.stripHeight - 10)) / 2 }, svg, text));
    const { value, exact } = valueAt(p, at, S.unit, S.t);
    make("text", { x: left + wide + 110, y: y + 16, fill: p.roles[strip.role].light, "font-family": "monospace" }, svg, `${strip.symbol}${S.t} = ${shown(p, at, value, exact)}`);
  });
  const bottom = top + p.strips.length * step;
  tokens(bottom + 6);
  make("rect", { x: left + (S.t - 1) * column, y: top - 20, width: column, height: bottom - top + 30, fill: "none", stroke: "#1f2328", "stroke-width": 2 }, svg);
  const curves = make("g", { transform: `translate(${left} ${bottom + 16})` }, svg);
  drawCurves(curves, { ...S, column, dark: false }, 0);
  for (const line of curves.querySelectorAll("line")) line.setAttribute("stroke", "#d0d7de");
  make("text", { x: 16, y: bottom + 16 + CURVE_HEIGHT / 2, fill: "#57606a" }, svg, fill(p.words.curve_title, { unit: S.unit }));
  p.strips.forEach((strip, i) => {
    const [x, y, ink] = [left + wide + 14 + (i % 2) * 70, bottom + 30 + Math.floor(i / 2) * 22, p.roles[strip.role]];
    make("line", { x1: x, x2: x + 30, y1: y, y2: y, stroke: ink.light_stroke, "stroke-width": strip.role === "cell" ? 2.5 : 1.5, "stroke-dasharray": ink.dash || null }, svg);
    make("text", { x: x + 38, y: y + 4, "font-style": "italic", fill: ink.light }, svg, strip.symbol);
  });
  return new XMLSerializer().serializeToString(svg);
}

// Programs differ in how they smooth an enlarged image, so each cell is drawn as 8 x 8 pixels.
function enlarged(canvas) {
  const large = make("canvas", { width: canvas.width * 8, height: canvas.height * 8 });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large.toDataURL("image/png");
}
