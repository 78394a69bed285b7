// Sizes: both panels have one row a token, so that they stand at one height.
function geometry(S) {
  const p = S.p;
  const scale = typeScale();
  const width = S.main.clientWidth || 900;
  const narrow = width < 640 * Math.min(scale, 1.1);
  const panel = narrow ? width : Math.floor((width - 24) / 2);
  const row = 26 * scale;
  const said = widest(p.said) * 8.2 * scale + 14;
  const read = widest(p.source) * 8.2 * scale;
  const left = Math.min(150 * scale, said);
  const right = 58 * scale;
  const cell = Math.max(11 * scale, Math.min(44 * scale, (panel - left - right) / p.units));
  const turned = read > cell - 4;
  const top = turned ? Math.min(120 * scale, read * 0.82 + 16 * scale) : 24 * scale;
  return { scale, width, narrow, panel, row, cell, left, right, turned, top, said, read: Math.max(46 * scale, Math.min(170 * scale, read + 14)) };
}

function widest(tokens) {
  return Math.max(...tokens.map((token) => [...token].length));
}

// One row of a matrix (output, input); steps count from 1.
function rowOf(matrix, t) {
  const width = matrix.shape[1];
  return [...matrix.subarray((t - 1) * width, t * width)];
}

// The heaviest input tokens of a row that hold so much of its weight together.
function heaviest(row, share) {
  const order = row.map((_, s) => s).sort((a, b) => row[b] - row[a]);
  let sum = 0;
  const kept = [];
  for (const s of order) {
    if (sum >= share - 1e-6) break;
    kept.push(s);
    sum += row[s];
  }
  return new Set(kept);
}

// A token as a label shows it: a space that is said can be seen. In the answer itself it stays a space.
function seen(token) {
  return token === " " ? "␣" : token;
}
