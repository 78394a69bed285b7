// Where columns and rows stand, in CSS pixels, for the width there is. Columns that do not fit are reached by the window.
function geometry(S) {
  const p = S.p;
  const em = typeScale() * 16;
  const left = 5.25 * em;
  const room = Math.max(200, S.width - left - 8);
  const least = (p.units <= 8 ? 5.25 : 4.5) * em;
  const fit = Math.max(2, Math.floor(room / least));
  const shown = Math.min(p.time, fit);
  const column = Math.min(7 * em, room / shown);
  const rows = p.layers * p.directions.length;
  const box = { width: Math.min(column - 1.75 * em, 4.5 * em), height: (p.units <= 8 ? 1.25 * p.units : 3.75) * em };
  const gap = 2.6 * em;
  const top = 3.4 * em; // the outputs
  const rowAt = (layer, direction) => top + 1.1 * em + (rows - 1 - ((layer - 1) * p.directions.length + direction)) * (box.height + gap);
  const bottom = top + rows * (box.height + gap) + 1.1 * em; // the baseline of the inputs
  const centre = left + (shown * column) / 2;
  const columnAt = (t) => {
    const straight = left + (t - S.first - 0.5) * column;
    return straight + (centre - straight) * S.fold;
  };
  return { em, left, room, shown, column, rows, box, gap, top, rowAt, bottom, centre, columnAt, height: bottom + 1.6 * em + (p.mode === "encoder-decoder" ? 1.2 * em : 0) };
}

// Steps in the window, from `first` + 1; folded, only the one in hand.
function visibleSteps(S, g) {
  if (S.fold === 1) return [S.t];
  return Array.from({ length: g.shown }, (_, at) => S.first + at + 1).filter((t) => t <= S.p.time);
}

// Whether a step shows what the network says, in this mode.
function speaks(p, t) {
  if (p.mode === "many-to-one") return t === p.time;
  if (p.mode === "encoder-decoder" || p.mode === "one-to-many") return t >= p.typed;
  return true;
}
