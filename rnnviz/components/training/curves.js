// Numbers of a curve as they came: rows of step, mean, smallest, largest.
function curveOf(p, at) {
  const flat = p.arrays[`line${at}`];
  const count = flat.shape[1];
  return { ...p.curves[at], count, step: flat.subarray(0, count), mean: flat.subarray(count, 2 * count), low: flat.subarray(2 * count, 3 * count), high: flat.subarray(3 * count) };
}

// An exponential average that starts without a bias. `keep` is per step; a point may stand for several.
function smoothed(curve, keep) {
  if (!keep) return curve.mean;
  const k = keep ** curve.width;
  let sum = 0;
  let weight = 0;
  return curve.mean.map((value) => ((sum = k * sum + (1 - k) * value), (weight = k * weight + 1 - k), sum / weight));
}

// The largest step that the axis shows: the end of the run once a quarter is made, before that a round number ahead.
function axisEnd(total, step) {
  if (step * 4 >= total) return Math.max(total, step);
  for (let size = 20; ; size *= 10) for (const part of [1, 2.5, 5]) if (size * part >= step * 1.25) return Math.min(total, size * part);
}

// Round levels between two ends, about `wanted` of them.
function levels(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].find((part) => part * power >= rough) * power;
  const found = [];
  for (let at = Math.ceil(low / unit); at * unit <= high + unit * 1e-6; at++) found.push(Number((at * unit).toPrecision(12)));
  return found;
}

function tick(level, log) {
  const power = Math.log10(level);
  return log && Math.abs(power - Math.round(power)) < 1e-9 && Math.abs(power) > 3 ? `1e${String(Math.round(power)).replace("-", MINUS)}` : fmtSmall(level);
}

function decades(low, high) {
  const found = [];
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  for (let at = first; at <= last; at += Math.max(1, Math.ceil((last - first + 1) / 5))) found.push(10 ** at);
  return found.length ? found : [low, high];
}
