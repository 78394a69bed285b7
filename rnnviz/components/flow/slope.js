// Decades per step: the slope of log10 over the distance, by least squares; figures/flow.py says the same for Python.
// `bent` says whether a value lies further than a power of ten from that straight line.
function slopeOf(row) {
  let [n, sx, sy] = [0, 0, 0];
  const fine = [];
  row.forEach((value, distance) => {
    if (!(value > 0) || !Number.isFinite(value)) return;
    const power = Math.log10(value);
    fine.push([distance, power]);
    [n, sx, sy] = [n + 1, sx + distance, sy + power];
  });
  if (n < 2) return { slope: NaN, bent: false };
  let [above, below] = [0, 0];
  for (const [x, y] of fine) {
    above += (x - sx / n) * (y - sy / n);
    below += (x - sx / n) ** 2;
  }
  const slope = above / below;
  return { slope, bent: fine.some(([x, y]) => Math.abs(y - sy / n - slope * (x - sx / n)) > 1) };
}

// The mean of log10 over every loss, at each distance, with the tenth and ninetieth percentile.
function overAllLosses(p, values) {
  const found = [];
  for (let distance = 0; distance < p.units; distance++) {
    const powers = [];
    for (let t = distance + 1; t <= p.units; t++) {
      const value = at(values, t, t - distance);
      if (value > 0 && Number.isFinite(value)) powers.push(Math.log10(value));
    }
    if (!powers.length) {
      found.push(null);
      continue;
    }
    powers.sort((a, b) => a - b);
    const pick = (share) => powers[Math.round(share * (powers.length - 1))];
    found.push({ mean: powers.reduce((a, b) => a + b, 0) / powers.length, low: pick(0.1), high: pick(0.9), count: powers.length });
  }
  return found;
}
