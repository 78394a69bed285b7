// Charts over the steps of a run: raw thin and smoothed thick, other runs in grey, known levels dashed.
const CHARTS = {
  loss: { height: 190, log: true },
  metric: { height: 150, log: false },
  norm: { height: 120, log: true },
};
const LOOK = {
  training: { light: "#0072B2", dark: "#3F9BD4" },
  validation: { light: "#D55E00", dark: "#E8762A", dash: "7 3" },
  metric: { light: "#D55E00", dark: "#E8762A" },
  norm: { light: "#7A1FA2", dark: "#D8A6FF" },
  clipped: { light: "#3C485A", dark: "#A9B0BA", dash: "2 3" },
};

function buildChart(parent, S, name) {
  const box = make("div", { class: "chart", "data-chart": name }, parent);
  const head = make("div", { class: "chart-head" }, box);
  const svg = make("svg", { role: "img" }, box);
  const tip = make("div", { class: "tip", hidden: true }, box);
  box.onpointermove = (event) => {
    const place = S.places?.[name];
    if (!place) return;
    const x = event.clientX - svg.getBoundingClientRect().left;
    const step = Math.max(0, ((x - place.left) / (place.right - place.left)) * place.end);
    const parts = place.lines.filter((line) => !line.run && line.count).map((line) => [line, nearest(line.step, step)]);
    if (!parts.length || x < place.left - 4) return void (tip.hidden = true);
    tip.hidden = false;
    const at = parts[0][0].step[parts[0][1]];
    const values = parts.map(([line, i]) => `${S.p.words.lines[line.name]} ${measure(S, line.name, line.mean[i])}`).join(S.p.words.joined);
    tip.textContent = fill(S.p.words.step_at, { step: at, values });
    tip.style.left = `${Math.max(0, Math.min(x + 10, box.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = "1.5rem";
  };
  box.onpointerleave = () => (tip.hidden = true);
  return () => drawChart(head, svg, S, name);
}

function nearest(steps, wanted) {
  let best = 0;
  for (let i = 1; i < steps.length; i++) if (Math.abs(steps[i] - wanted) < Math.abs(steps[best] - wanted)) best = i;
  return best;
}

function drawChart(head, svg, S, name, wide = svg.parentNode.clientWidth) {
  const p = S.p;
  const scale = typeScale();
  const every = p.curves.map((_, at) => curveOf(p, at));
  const lines = every.filter((line) => line.chart === name);
  const own = lines.filter((line) => !line.run);
  const guides = p.guides.filter((guide) => guide.chart === name);
  headOf(head, S, name, own);
  const [width, height] = [wide, CHARTS[name].height * Math.min(scale, 1.25)];
  const font = 12 * Math.min(scale, 1.3);
  const [left, right, top, bottom] = [46 * Math.min(scale, 1.3), width - 8, 8, height - 20 * Math.min(scale, 1.3)];
  // all charts share one axis, though a score is measured more rarely than the loss
  const last = Math.max(0, ...every.filter((line) => !line.run).map((line) => line.step[line.count - 1] || 0));
  const end = axisEnd(p.total, last);
  const log = (name === "metric" ? p.metric === "rmse" : CHARTS[name].log) && S.log;
  const [low, high] = reachOf(lines, guides, name, p.metric, log);
  const y = (value) => bottom - (bottom - top) * (log ? (Math.log10(Math.max(value, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low)) : (value - low) / (high - low));
  const x = (step) => left + (right - left) * Math.min(1, step / end);
  S.places = { ...S.places, [name]: { left, right, end, lines } };
  svg.replaceChildren();
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("aria-label", fill(p.words.chart_alt, { chart: p.words.charts[name], step: last, value: own[0]?.count ? fmtSmall(own[0].mean[own[0].count - 1]) : "–" }));
  for (const level of log ? decades(low, high) : levels(low, high, 4)) {
    make("line", { x1: left, x2: right, y1: y(level), y2: y(level), class: "grid" }, svg);
    make("text", { x: left - 6, y: y(level) + 4, "text-anchor": "end", "font-size": font, class: "quiet" }, svg, tick(level, log));
  }
  for (const step of levels(0, end, width > 420 ? 5 : 3)) {
    if (step > end) continue;
    make("text", { x: x(step), y: height - 4, "text-anchor": step ? (x(step) > right - 20 ? "end" : "middle") : "start", "font-size": font, class: "quiet" }, svg, fmtCount(step));
  }
  for (const line of lines.filter((l) => l.run && l.count)) {
    path(svg, line.step, line.mean, x, y, { stroke: S.dark ? "#7a7a78" : "#9b9b99", "stroke-width": 1.25, opacity: 0.8, "data-run": line.run });
    const at = nearest(line.step, 0.7 * Math.min(end, line.step[line.count - 1])); // clear of the names at the right
    make("text", { x: Math.min(right, x(line.step[at])), y: Math.max(top + 10, y(line.mean[at]) - 4), "text-anchor": "end", "font-size": font - 1.5, class: "level-name quiet" }, svg, line.run);
  }
  for (const [at, guide] of guides.entries()) {
    if (guide.value < low || guide.value > high) continue;
    make("line", { x1: left, x2: right, y1: y(guide.value), y2: y(guide.value), class: "level", "data-guide": guide.name }, svg);
    const place = guide.value > (low + high) / 2 || y(guide.value) - top < 16 ? 13 : -4;
    make("text", { x: at % 2 ? left + 6 : right - 2, y: y(guide.value) + place, "text-anchor": at % 2 ? "start" : "end", "font-size": font - 0.5, class: "level-name" }, svg, `${guide.name} ${fmtSmall(guide.value)}`);
  }
  for (const line of own) {
    if (!line.count) continue;
    const look = LOOK[line.name];
    const stroke = look[S.dark ? "dark" : "light"];
    const many = line.name === "training" || line.name === "norm" || line.name === "clipped";
    if (many && line.width > 1) band(svg, line, x, y, stroke);
    if (many) path(svg, line.step, line.mean, x, y, { stroke, "stroke-width": 0.75, opacity: line.name === "training" ? 0.45 : 0.8, "stroke-dasharray": look.dash });
    if (line.name === "training") path(svg, line.step, smoothed(line, S.keep), x, y, { stroke, "stroke-width": 2.25 * scale, "data-line": line.name });
    if (!many) {
      path(svg, line.step, line.mean, x, y, { stroke, "stroke-width": 2 * scale, "stroke-dasharray": look.dash, "data-line": line.name });
      if (line.count < 80) for (let i = 0; i < line.count; i++) if (Number.isFinite(line.mean[i])) make("circle", { cx: x(line.step[i]), cy: y(line.mean[i]), r: 2.25, fill: stroke }, svg);
    }
  }
  const shown = S.shownStep();
  if (shown !== null && shown <= end) make("line", { x1: x(shown), x2: x(shown), y1: top, y2: bottom, class: "now" }, svg);
}

// What stands above a chart: its name and the last number of each line, in the line's colour.
function headOf(head, S, name, own) {
  const w = S.p.words;
  head.replaceChildren();
  make("b", {}, head, name === "metric" ? w.metrics[S.p.metric] : w.charts[name]);
  for (const line of own) {
    if (!line.count) continue;
    const value = line.mean[line.count - 1];
    const item = make("span", { class: "figure" }, head);
    const look = LOOK[line.name];
    const sample = make("svg", { width: 20, height: 8, "aria-hidden": true }, item);
    make("line", { x1: 0, x2: 20, y1: 4, y2: 4, stroke: look[S.dark ? "dark" : "light"], "stroke-width": 2.5, "stroke-dasharray": look.dash }, sample);
    make("span", {}, item, ` ${w.lines[line.name]} `);
    make("b", { class: "number", "data-stat": line.name, "data-step": line.step[line.count - 1], "data-value": value }, item, measure(S, line.name, value));
  }
}

function measure(S, name, value) {
  return name === "metric" && isShare(S.p.metric) ? fmtProb(value) : fmtSmall(Number(value));
}

function isShare(metric) {
  return metric === "accuracy" || metric === "exact";
}

function reachOf(lines, guides, name, metric, log) {
  if (name === "metric" && isShare(metric)) return [0, 1];
  let [low, high] = [Infinity, -Infinity];
  for (const line of lines) {
    for (let i = 0; i < line.count; i++) {
      const [a, b] = [line.low[i], line.high[i]];
      if (Number.isFinite(a) && (!log || a > 0)) low = Math.min(low, a);
      if (Number.isFinite(b)) high = Math.max(high, b);
    }
  }
  for (const guide of guides) {
    if (guide.value > 0 && (high === -Infinity || log || (guide.value < high * 4 && guide.value > low / 1000))) [low, high] = [Math.min(low, guide.value), Math.max(high, guide.value)];
  }
  if (!(high > -Infinity)) return log ? [0.01, 10] : [0, 1];
  if (log) return [low / 1.2, Math.max(high * 1.2, low * 2)];
  return [Math.min(0, low), high > 0 ? high * 1.05 : 1];
}

function path(svg, steps, values, x, y, attributes) {
  let d = "";
  for (let i = 0; i < steps.length; i++) if (Number.isFinite(values[i])) d += `${d ? "L" : "M"}${x(steps[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`;
  if (d) make("path", { d, fill: "none", "stroke-linejoin": "round", ...attributes }, svg);
}

function band(svg, line, x, y, stroke) {
  const edge = (values) => Array.from(line.step, (step, i) => `${x(step).toFixed(1)} ${y(values[i]).toFixed(1)}`);
  make("path", { d: `M${[...edge(line.high), ...edge(line.low).reverse()].join("L")}Z`, fill: stroke, opacity: 0.14 }, svg);
}

function fmtCount(v) {
  return String(v).replace(/\B(?=(\d{3})+$)/g, THIN);
}
