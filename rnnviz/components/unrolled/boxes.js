// The values behind the boxes: one at a time for numbers, a small image for each box.
function placeOf(p, layer, direction, t) {
  return ((layer - 1) * p.directions.length + direction) * p.time + t - 1;
}

// One value, and whether it is the exact one.
function valueAt(p, array, layer, direction, t, unit) {
  const raw = p.arrays[array][placeOf(p, layer, direction, t) * p.units + unit - 1];
  if (p.encoding === "f4") return { value: raw, exact: true };
  const [low, high] = array === "change" ? [-p.change.reach, p.change.reach] : [p.low, p.high];
  return { value: low + (raw / LAST) * (high - low), exact: false };
}

function showsChange(S) {
  return Boolean(S.p.change) && S.view === "change";
}

// Which run is on screen: with a character changed, the changed one, unless “as it was” is asked for.
function runOf(S) {
  const p = S.p;
  if (!p.change || S.view === "was") return { values: "values", norms: p.arrays.norms, steps: p.arrays.steps, next: p.next, tokens: p.tokens };
  return { values: "other_values", norms: p.arrays.other_norms, steps: p.arrays.other_steps, next: p.change.next, tokens: p.change.tokens };
}

// The units of one box as a grid, row by row; few units are one column.
function drawBoxImage(S, context, layer, direction, t, x, y, width, height, colours) {
  const p = S.p;
  const change = showsChange(S);
  const [low, high] = change ? [-p.change.reach, p.change.reach] : [p.low, p.high];
  const across = p.units <= 8 ? 1 : Math.ceil(Math.sqrt((p.units * width) / height));
  const down = Math.ceil(p.units / across);
  const image = new ImageData(across, down);
  for (let unit = 1; unit <= p.units; unit++) {
    const { value } = valueAt(p, change ? "change" : runOf(S).values, layer, direction, t, unit);
    const index = indexOf(value, low, high);
    for (let c = 0; c < 3; c++) image.data[(unit - 1) * 4 + c] = colours[index * 3 + c];
    image.data[(unit - 1) * 4 + 3] = 255;
  }
  const small = S.scratch || (S.scratch = document.createElement("canvas"));
  [small.width, small.height] = [across, down];
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, x, y, width, height);
  if (p.units > 8) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const tall = height / p.units;
  context.font = `${Math.round(Math.min(tall * 0.72, width / 4.2))}px ${S.codeFont}`;
  for (let unit = 1; unit <= p.units; unit++) {
    const { value } = valueAt(p, change ? "change" : runOf(S).values, layer, direction, t, unit);
    context.fillStyle = inkFor(colours, indexOf(value, low, high));
    context.fillText(fmtValue(value, change || p.kind !== "gate"), x + width / 2, y + (unit - 0.5) * tall);
  }
}

// Not one bit of this state changed: hatched, no colour.
function drawHatch(context, x, y, width, height, dark) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.fillStyle = dark ? "#21201d" : "#f4f4f4";
  context.fill();
  context.clip();
  context.strokeStyle = dark ? "#555" : "#bbb";
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -height; at < width; at += 6) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
  }
  context.stroke();
  context.restore();
}

function paintBoxes(S, g, context, dark = S.dark) {
  const p = S.p;
  const colours = table(p.scales[showsChange(S) ? "state" : p.kind][dark ? "dark" : "light"]);
  for (const t of visibleSteps(S, g)) {
    const x = g.columnAt(t) - g.box.width / 2;
    for (let layer = 1; layer <= p.layers; layer++)
      for (let direction = 0; direction < p.directions.length; direction++) {
        const y = g.rowAt(layer, direction);
        context.globalAlpha = t === S.t ? 1 : 1 - S.fold;
        if (showsChange(S) && p.arrays.change_norms[placeOf(p, layer, direction, t)] === 0) drawHatch(context, x, y, g.box.width, g.box.height, dark);
        else drawBoxImage(S, context, layer, direction, t, x, y, g.box.width, g.box.height, colours);
      }
  }
  context.globalAlpha = 1;
}
