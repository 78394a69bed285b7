// How large the gradient still is, so many steps before its loss. A decade is a fixed height; each line ends in its name.
function drawDecay(data, dark) {
  const [width, height, left, right, top, bottom] = [330, 150, 46, 52, 10, 34];
  const svg = make("svg", { class: "decay", width, height, role: "img", "aria-label": data.label });
  const lines = Object.entries(data.lines);
  const most = Math.max(...lines.map(([, line]) => line.length)) - 1;
  const logs = lines.flatMap(([, line]) => line.filter((v) => v > 0).map(Math.log10));
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(0, ...logs))];
  const x = (back) => width - right - (back / most) * (width - left - right);
  const y = (log) => top + ((high - log) / (high - low)) * (height - top - bottom);
  const step = Math.max(1, Math.ceil((high - low) / 4));
  for (let decade = high; decade >= low; decade -= step) {
    make("line", { x1: left, x2: width - right, y1: y(decade), y2: y(decade), class: "guide" }, svg);
    make("text", { x: left - 6, y: y(decade) + 4, class: "end" }, svg, `1e${decade < 0 ? MINUS + -decade : decade}`);
  }
  for (const back of [0, most / 2, most]) make("text", { x: x(back), y: height - bottom + 16, class: "mid" }, svg, String(back));
  make("text", { x: (left + width - right) / 2, y: height - 3, class: "mid" }, svg, data.words.axis);
  for (const [kind, line] of lines) {
    const look = data.series[kind];
    const colour = dark ? look.dark : look.colour;
    const points = line.map((v, back) => (v > 0 ? `${x(back).toFixed(1)} ${y(Math.log10(v)).toFixed(1)}` : null)).filter(Boolean);
    make("path", { d: `M${points.join(" L")}`, fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": look.dash || null, "data-curve": kind }, svg);
    const last = line.findLastIndex((v) => v > 0);
    const address = { "data-signal": "gradient", "data-cell": kind, "data-back": last, "data-value": line[last] };
    make("text", { x: x(last) + (last === most ? -4 : 4), y: y(Math.log10(line[last])) - 5, class: "name", ...address }, svg, kind.toUpperCase());
  }
  return svg;
}
