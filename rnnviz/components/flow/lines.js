// One line a network: log10 of the gradient that arrives at each step, from the loss on the right to the first step on the left.
function drawLines(S, dark = S.dark) {
  const [p, g] = [S.p, S.g];
  const height = S.linesHeight;
  const [top, bottom] = [6, height - 18 * g.scale];
  const highest = S.highest; // the colours end at a fixed power of ten; a line that explodes takes the axis with it
  const y = (v) => bottom - ((Math.max(p.low, Math.min(highest, v)) - p.low) / (highest - p.low)) * (bottom - top);
  const svg = make("svg", { class: "lines", width: S.width, height, viewBox: `0 0 ${S.width} ${height}`, role: "img", "aria-label": p.words.lines_label });
  const quiet = dark ? "#a9a49c" : "#57606a";
  const ink = dark ? "#edebe8" : "#1f2328";
  for (const [from, to, name] of [[p.low, p.vanishing, "vanishing"], [p.exploding, highest, "exploding"]]) {
    make("rect", { x: g.left, width: g.wide, y: y(to), height: y(from) - y(to), fill: quiet, opacity: 0.13 }, svg);
    make("text", { x: g.left + g.wide / 2, y: name === "vanishing" ? y(from) - 5 : y(to) + g.font, "text-anchor": "middle", "font-size": g.font, fill: quiet }, svg, fill(p.words[name], { edge: power(p[name]) }));
  }
  const every = Math.max(2, Math.ceil((highest - p.low) / 6 / 2) * 2);
  for (let tick = highest - ((highest - p.low) % every); tick >= p.low; tick -= every) {
    make("line", { x1: g.left, x2: g.left + g.wide, y1: y(tick), y2: y(tick), stroke: quiet, "stroke-width": 0.5, "stroke-dasharray": "2 4" }, svg);
    make("text", { x: g.left + g.wide + 6, y: y(tick) + 4, "font-size": g.font, fill: quiet }, svg, (tick === p.low ? "≤ " : "") + power(tick));
  }
  const reach = S.average ? p.units : S.unit; // the column of distance 0
  const step = [1, 2, 5, 10, 20, 50, 100].find((n) => n * g.column >= 30 * g.scale) || 200;
  for (let distance = 0; distance < reach; distance += step) {
    make("text", { x: g.x(reach - distance), y: height - 4, "text-anchor": "middle", "font-size": g.font, fill: quiet }, svg, distance ? String(distance) : "0");
  }
  make("text", { x: g.left - 8, y: height - 4, "text-anchor": "end", "font-size": g.font, fill: quiet }, svg, p.words.distance);
  const ends = [];
  const draw = (points, look, name, title) => {
    let path = "";
    let end = null;
    for (const [k, v] of points) {
      if (v === null || Number.isNaN(v) || v === Infinity || v < p.low) {
        if (v !== null && v < p.low && path) {
          path += `L${g.x(k).toFixed(1)} ${y(p.low).toFixed(1)}`; // it leaves the scale here
          end = [k, p.low];
        }
        break;
      }
      path += `${path ? "L" : "M"}${g.x(k).toFixed(1)} ${y(v).toFixed(1)}`;
      end = [k, v];
    }
    if (!end) return;
    make("path", { d: path, fill: "none", stroke: look.stroke, "stroke-width": look.width * g.scale, "stroke-dasharray": look.dash || null, "stroke-linejoin": "round", "data-line": name }, svg);
    ends.push({ name, title, look, x: g.x(end[0]), y: y(end[1]) });
  };
  p.lines.forEach((line, i) => {
    const look = { stroke: p.series[line.series][dark ? "dark" : "colour"], width: i === p.main ? 3 : 2, dash: p.series[line.series].dash, marker: p.series[line.series].marker };
    draw(S.average ? averaged(S, i, look, svg, g, y, draw) : rowOf(S, p.arrays[`line${i}`]), look, line.series, p.words.series[line.series]);
  });
  if (p.arrays.path && !S.average) {
    const look = { stroke: p.roles.cell[dark ? "dark_stroke" : "light_stroke"], width: 1.6, dash: "1 2", marker: null };
    draw(rowOf(S, p.arrays.path), look, "cell_path", p.words.path_line);
  }
  // names where the lines end, pushed apart where they end together
  ends.sort((a, b) => a.y - b.y).forEach((end, i) => (end.at = Math.max(end.y, i ? ends[i - 1].at + g.font + 2 : top + 8)));
  for (let i = ends.length - 1, least = bottom; i >= 0; i--) least = (ends[i].at = Math.min(ends[i].at, least)) - g.font - 2;
  for (const end of ends) {
    marker(svg, end, g);
    make("line", { x1: g.left - 4, x2: end.x, y1: end.at, y2: end.y, stroke: end.look.stroke, "stroke-width": 0.75, opacity: end.x > g.left + 3 * g.column ? 0 : 0.7 }, svg);
    make("text", { x: end.x > g.left + 3 * g.column ? end.x - 8 : g.left - 8, y: end.at + 4, "text-anchor": "end", "font-size": g.font, "font-weight": 700, fill: ink, "data-name": end.name }, svg, end.title);
  }
  if (!S.average) make("line", { x1: g.x(S.t), x2: g.x(S.t), y1: top, y2: bottom, stroke: ink, "stroke-width": 1.5, class: "cursor" }, svg);
  for (const [i, line] of S.average ? [] : p.lines.entries()) {
    const value = at(p.arrays[`line${i}`], S.unit, S.t);
    if (value >= 10 ** p.low && Number.isFinite(value)) make("circle", { cx: g.x(S.t), cy: y(Math.log10(value)), r: 4 * g.scale, fill: p.series[line.series][dark ? "dark" : "colour"], stroke: dark ? "#171614" : "#fff", "stroke-width": 1.5 }, svg);
  }
  return svg;
}

// The row of loss t as points from the loss to the first step: [k, log10]; an exact zero ends the line.
function rowOf(S, values) {
  return Array.from({ length: S.unit }, (_, d) => {
    const value = at(values, S.unit, S.unit - d);
    return [S.unit - d, value > 0 ? Math.log10(value) : value === 0 ? null : NaN];
  });
}

function averaged(S, i, look, svg, g, y) {
  const p = S.p;
  S.means ||= {};
  const mean = (S.means[i] ||= overAllLosses(p, p.arrays[`line${i}`]));
  const fine = mean.map((m, d) => [p.units - d, m]).filter(([, m]) => m && m.count > 2);
  if (fine.length > 1) {
    const edge = (name) => fine.map(([k, m]) => `${g.x(k).toFixed(1)} ${y(m[name]).toFixed(1)}`);
    make("path", { d: `M${[...edge("high"), ...edge("low").reverse()].join("L")}Z`, fill: look.stroke, opacity: 0.16 }, svg);
  }
  return fine.map(([k, m]) => [k, m.mean]);
}

function marker(svg, { x, y, look }, g) {
  const r = 4.5 * g.scale;
  if (look.marker === "circle") make("circle", { cx: x, cy: y, r, fill: look.stroke }, svg);
  if (look.marker === "square") make("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, fill: look.stroke }, svg);
  if (look.marker === "triangle") make("path", { d: `M${x} ${y - r}L${x + r} ${y + r}L${x - r} ${y + r}Z`, fill: look.stroke }, svg);
}

// The power of ten at the top of the lines: room for the largest gradient of all networks.
function highestOf(p) {
  let most = 0;
  p.lines.forEach((_, i) => {
    for (const value of p.arrays[`line${i}`]) if (value > most && Number.isFinite(value)) most = value;
  });
  return Math.max(p.high + 1, Math.ceil(Math.log10(most || 1)));
}
