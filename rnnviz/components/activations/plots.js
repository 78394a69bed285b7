// Three plots on one manner of axes: the functions, their derivatives, and products of a derivative on a logarithmic scale.
const PLOT = { width: 430, height: 190, left: 42, right: 78, top: 12, bottom: 26 };

function axes(svg, S, { low, high, xs, ys, x, y, ink, quiet }) {
  for (const [value, text] of ys) {
    make("line", { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(value), y2: y(value), stroke: quiet, "stroke-width": value === 0 ? 1 : 0.5, "stroke-dasharray": value === 0 ? null : "2 4" }, svg);
    make("text", { x: PLOT.left - 6, y: y(value) + 4, "text-anchor": "end", "font-size": 12, fill: quiet }, svg, text);
  }
  for (const value of xs) {
    make("line", { x1: x(value), x2: x(value), y1: PLOT.height - PLOT.bottom, y2: PLOT.height - PLOT.bottom + 4, stroke: quiet }, svg);
    make("text", { x: x(value), y: PLOT.height - 8, "text-anchor": "middle", "font-size": 12, fill: quiet }, svg, String(value).replace("-", MINUS));
  }
}

function paints(S, dark) {
  const mode = dark ? "dark" : "light";
  return { ink: dark ? "#edebe8" : "#1f2328", quiet: dark ? "#a9a49c" : "#57606a", stroke: (name) => S.p.roles[ACTIVATION[name].role][`${mode}_stroke`], text: (name) => S.p.roles[ACTIVATION[name].role][mode] };
}

function frame(label) {
  return make("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, class: "plot", role: "img", "aria-label": label });
}

// `which` is "value" or "slope"; the function in hand is thick, the others stay as company.
function curves(S, which, dark = S.dark) {
  const { ink, quiet, stroke, text } = paints(S, dark);
  const [from, to] = S.p.limits.x;
  const chosen = ACTIVATION[S.point.function];
  // the function in hand fits whole, so that the point is always on its curve
  const [low, high] = which === "value" ? [Math.min(-1.6, chosen.value(from, S.point.alpha) * 1.1), Math.max(2.2, chosen.value(to, S.point.alpha) * 1.1)] : [-0.2, Math.max(1.25, S.point.alpha * 1.1)];
  const x = (v) => PLOT.left + ((v - from) / (to - from)) * (PLOT.width - PLOT.left - PLOT.right);
  const y = (v) => PLOT.height - PLOT.bottom - ((v - low) / (high - low)) * (PLOT.height - PLOT.top - PLOT.bottom);
  const svg = frame(S.p.words[which]);
  const unit = high - low > 8 ? 3 : 1;
  const marks = which === "value" ? Array.from({ length: 12 }, (_, at) => (at - 5) * unit).filter((v) => v >= low && v <= high) : [0, 1, ...(high > 2 ? [2] : [])];
  const ys = [...marks.map((v) => [v, String(v).replace("-", MINUS)]), ...(which === "slope" ? [[0.25, "¼"]] : [])];
  axes(svg, S, { low, high, xs: [-6, -3, 0, 3, 6], ys, x, y, ink, quiet });
  const ends = [];
  const clip = (v) => Math.max(low, Math.min(high, v));
  for (const name of Object.keys(ACTIVATION)) {
    const thick = name === S.point.function;
    let path = "";
    for (let at = 0; at <= 480; at++) {
      const v = from + ((to - from) * at) / 480;
      const value = ACTIVATION[name][which](v, S.point.alpha);
      const jump = name === "step" ? which === "value" && at === 241 : which === "slope" && (name === "relu" || name === "leaky_relu") && at === 241;
      if (value > high || value < low) continue;
      path += `${!path || jump ? "M" : "L"}${x(v).toFixed(1)} ${y(value).toFixed(1)}`;
    }
    make("path", { d: path, fill: "none", stroke: stroke(name), "stroke-width": thick ? 3.2 : 1.4, "stroke-dasharray": S.p.roles[ACTIVATION[name].role].dash || null, opacity: thick ? 1 : 0.55, "data-curve": name }, svg);
    ends.push({ name, y: y(clip(ACTIVATION[name][which](to, S.point.alpha))), chosen: thick });
  }
  if (which === "value" && S.point.alpha > 1) {
    const max = [from, 0, to].map((v) => Math.max(S.point.alpha * v, v)).map((v, at) => `${at ? "L" : "M"}${x([from, 0, to][at])} ${y(clip(v))}`);
    make("path", { d: max.join(""), fill: "none", stroke: ink, "stroke-dasharray": "1 4", "stroke-width": 2, "data-curve": "max" }, svg);
  }
  // names at the line ends, pushed apart where lines end together
  ends.sort((a, b) => a.y - b.y).forEach((end, at) => (end.y = Math.max(end.y, at ? ends[at - 1].y + 14 : PLOT.top + 4)));
  for (let at = ends.length - 1, floor = PLOT.height - PLOT.bottom; at >= 0; at--) floor = (ends[at].y = Math.min(ends[at].y, floor)) - 14;
  for (const end of ends) make("text", { x: PLOT.width - PLOT.right + 6, y: end.y + 4, "font-size": 13, "font-weight": end.chosen ? 700 : 400, fill: text(end.name) }, svg, S.p.words.short[end.name]);
  const value = chosen[which](S.point.x, S.point.alpha);
  make("line", { x1: x(S.point.x), x2: x(S.point.x), y1: PLOT.top, y2: PLOT.height - PLOT.bottom, stroke: ink, "stroke-width": 1 }, svg);
  const dot = make("circle", { cx: x(S.point.x), cy: y(clip(value)), r: 7, fill: stroke(S.point.function), stroke: ink, "stroke-width": 1.5, class: "dot" }, svg);
  dot.dataset.which = which;
  return svg;
}

// |w f'(x)|^k for k = 0 … n, on a scale of powers of ten.
function products(S, dark = S.dark) {
  const { ink, quiet, stroke, text } = paints(S, dark);
  const [low, high] = [-12, 6];
  const n = S.point.steps;
  const x = (k) => PLOT.left + (k / n) * (PLOT.width - PLOT.left - PLOT.right);
  const y = (power) => PLOT.height - PLOT.bottom - ((Math.max(low, Math.min(high, power)) - low) / (high - low)) * (PLOT.height - PLOT.top - PLOT.bottom);
  const svg = frame(S.p.words.product);
  const band = (from, to, label) => {
    make("rect", { x: PLOT.left, width: PLOT.width - PLOT.left - PLOT.right, y: y(to), height: y(from) - y(to), fill: quiet, opacity: 0.12 }, svg);
    make("text", { x: PLOT.left + 6, y: y(to) + 15, "font-size": 12, fill: quiet }, svg, label);
  };
  band(low, -4, S.p.words.vanishing);
  band(2, high, S.p.words.exploding);
  axes(svg, S, { low, high, xs: [...new Set([0, Math.round(n / 2), n])], ys: [-12, -8, -4, 0, 4].map((p) => [p, p ? `1e${p}`.replace("-", MINUS) : "1"]), x, y, ink, quiet });
  const ends = [];
  for (const name of Object.keys(ACTIVATION)) {
    const chosen = name === S.point.function;
    const factor = Math.abs(S.point.weight * ACTIVATION[name].slope(S.point.x, S.point.alpha));
    const power = factor === 0 ? -Infinity : Math.log10(factor);
    let path = "";
    for (let k = 0; k <= n; k++) {
      const here = k === 0 ? 0 : k * power;
      path += `${path ? "L" : "M"}${x(k).toFixed(1)} ${y(here).toFixed(1)}`;
      if (here < low || here > high) break;
    }
    make("path", { d: path, fill: "none", stroke: stroke(name), "stroke-width": chosen ? 3.2 : 1.4, "stroke-dasharray": S.p.roles[ACTIVATION[name].role].dash || null, opacity: chosen ? 1 : 0.55 }, svg);
    ends.push({ name, y: y(n * power), chosen });
  }
  ends.sort((a, b) => a.y - b.y).forEach((end, at) => (end.y = Math.max(end.y, at ? ends[at - 1].y + 14 : PLOT.top + 4)));
  for (let at = ends.length - 1, floor = PLOT.height - PLOT.bottom; at >= 0; at--) floor = (ends[at].y = Math.min(ends[at].y, floor)) - 14;
  for (const end of ends) make("text", { x: PLOT.width - PLOT.right + 6, y: end.y + 4, "font-size": 13, "font-weight": end.chosen ? 700 : 400, fill: text(end.name) }, svg, S.p.words.short[end.name]);
  return svg;
}
