// The picture as it came from Python, with what follows from it.
function decode(data) {
  const head = unpack(data);
  const { line, cells } = head.arrays;
  // the surprise of a character, in bits, follows from the probability that it was given one step before
  const surprise = head.given.map((_, at) => (at && head.given[at - 1] !== null ? -Math.log2(head.given[at - 1]) : null));
  return { ...head, surprise, line, cells, exactUnit: head.choice.unit };
}

// One value, and whether it is the exact one. Steps and units count from 1.
function valueAt(p, strip, unit, t) {
  if (p.encoding === "f4") return { value: p.cells[(strip * p.units + unit - 1) * p.time + t - 1], exact: true };
  if (unit === p.exactUnit) return { value: p.line[strip * p.time + t - 1], exact: true };
  const { low, high } = p.strips[strip];
  return { value: low + (p.cells[(strip * p.units + unit - 1) * p.time + t - 1] / LAST) * (high - low), exact: false };
}

function colourIndex(p, strip, unit, t) {
  const cell = p.cells[(strip * p.units + unit - 1) * p.time + t - 1];
  return p.encoding === "u1" ? cell : indexOf(cell, p.strips[strip].low, p.strips[strip].high);
}

// Draw the rows from `first` on, one pixel a cell; CSS scales it up without smoothing.
function drawStrip(canvas, p, strip, first, rows, colours) {
  canvas.width = p.time;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(p.time, rows);
  for (let row = 0; row < rows; row++) {
    const unit = p.order[first + row];
    for (let t = 1; t <= p.time; t++) {
      const at = (row * p.time + t - 1) * 4;
      const missing = p.encoding === "f4" && Number.isNaN(p.cells[(strip * p.units + unit - 1) * p.time + t - 1]);
      const i = missing ? 0 : colourIndex(p, strip, unit, t) * 3;
      for (let c = 0; c < 3; c++) image.data[at + c] = missing ? ((row + t) % 2 ? 187 : 229) : colours[i + c];
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

// Where a number comes from, so that anyone can check it from outside.
function address(p, strip, unit, t, value, exact) {
  const where = { "data-signal": p.strips[strip].signal, "data-layer": p.layer, "data-direction": p.direction, "data-t": t, "data-unit": unit };
  return exact ? { ...where, "data-value": value } : where;
}

function shown(p, strip, value, exact) {
  const signed = p.strips[strip].kind !== "gate";
  return exact ? fmtValue(value, signed) : `${p.words.approximate} ${fmtValue(value, signed, 2)}`; // a byte resolves two decimals of a gate
}

// The curve of one signal of one unit as an SVG path over columns of a width; `high` scales it to a height around `zero`.
function curve(p, strip, unit, width, zero, height, high) {
  let path = "";
  for (let t = 1; t <= p.time; t++) {
    const { value } = valueAt(p, strip, unit, t);
    if (Number.isFinite(value)) path += `${path ? "L" : "M"}${((t - 0.5) * width).toFixed(1)} ${(zero - (value / high) * height).toFixed(1)}`;
  }
  return path;
}

// What a curve is scaled by: the bound of its equations, or this unit's own largest magnitude.
function curveHigh(p, strip, unit) {
  if (p.strips[strip].role !== "cell" && p.strips[strip].high === 1) return 1;
  let high = 0;
  for (let t = 1; t <= p.time; t++) high = Math.max(high, Math.abs(valueAt(p, strip, unit, t).value));
  return high || 1;
}
