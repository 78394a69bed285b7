// What each step makes of the gradient: a bar up where it grows, down where it shrinks. The bars add up to the line above.
// The tick over a bar is the step's largest singular value: more than that it can let through for no loss at all.
function factorAt(S, k) {
  const chain = chainOf(S);
  const [here, before] = [at(chain, S.unit, k), at(chain, S.unit, k + 1)];
  return before === 0 ? 0 : here / before; // nothing arrived, so nothing is passed on
}

// Over all losses: the mean of log10 of the factor at each distance.
function meanFactors(S) {
  const [p, chain] = [S.p, chainOf(S)];
  return (S.meanOfFactors ||= Array.from({ length: p.units - 1 }, (_, d) => {
    let [sum, count] = [0, 0];
    for (let t = d + 2; t <= p.units; t++) {
      const power = Math.log10(at(chain, t, t - d - 1) / at(chain, t, t - d));
      if (Number.isFinite(power)) [sum, count] = [sum + power, count + 1];
    }
    return count > 2 ? sum / count : NaN;
  }));
}

function drawFactors(S, dark = S.dark) {
  const [p, g] = [S.p, S.g];
  const height = S.factorsHeight;
  const span = 1; // decades up and down
  const zero = height / 2;
  const y = (v) => zero - (Math.max(-span, Math.min(span, v)) / span) * (zero - 4);
  const svg = make("svg", { class: "factors", width: S.width, height, viewBox: `0 0 ${S.width} ${height}`, role: "img", "aria-label": p.words.factors_label });
  const quiet = dark ? "#a9a49c" : "#57606a";
  const ink = dark ? "#edebe8" : "#1f2328";
  const colour = dark ? "#D8A6FF" : "#7A1FA2";
  make("line", { x1: g.left, x2: g.left + g.wide, y1: zero, y2: zero, stroke: quiet, "stroke-width": 1 }, svg);
  for (const [v, text] of [[span, "× 10"], [0, "× 1"], [-span, "÷ 10"]]) make("text", { x: g.left + g.wide + 6, y: Math.max(g.font, Math.min(height - 2, y(v) + 4)), "font-size": g.font, fill: quiet }, svg, text);
  make("text", { x: g.left - 8, y: zero - 2, "text-anchor": "end", "font-size": g.font, fill: ink }, svg, p.words.factors_name);
  make("text", { x: g.left - 8, y: zero + g.font, "text-anchor": "end", "font-size": g.font, fill: quiet }, svg, p.lower || S.average ? "" : p.words.factors_bound);
  const wide = Math.max(1, g.column * 0.7);
  const last = S.average ? p.units : S.unit;
  for (let k = 1; k < last; k++) {
    const value = S.average ? 10 ** meanFactors(S)[last - k - 1] : factorAt(S, k);
    const bound = S.average || value === 0 ? NaN : p.arrays.bound[k]; // of the step from k to k + 1
    const x = g.x(k) - wide / 2;
    if (value > 0 && Number.isFinite(value)) {
      const tip = y(Math.log10(value));
      make("rect", { x, width: wide, y: Math.min(zero, tip), height: Math.max(0.5, Math.abs(tip - zero)), fill: colour, opacity: k === S.t && !S.average ? 1 : value > 1 ? 0.62 : 0.85 }, svg);
      if (Math.abs(Math.log10(value)) > span) make("text", { x: g.x(k), y: value > 1 ? 10 : height - 2, "text-anchor": "middle", "font-size": 10, fill: "#fff" }, svg, value > 1 ? "▲" : "▼");
    }
    if (bound > 0) make("line", { x1: x - 0.5, x2: x + wide + 0.5, y1: y(Math.log10(bound)), y2: y(Math.log10(bound)), stroke: ink, "stroke-width": 1.5 }, svg);
  }
  if (!S.average) make("line", { x1: g.x(S.t), x2: g.x(S.t), y1: 0, y2: height, stroke: ink, "stroke-width": 1.5, class: "cursor" }, svg);
  return svg;
}
