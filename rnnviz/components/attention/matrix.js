// A matrix with output tokens as rows and input tokens as columns: attention, and on its left gradients with the same axes.
function drawMatrix(panel, S, go, { values, signal, kind, low, high, log, title, aside, asideName, tip, movable }) {
  const { p, g } = S;
  const [rows, columns] = [p.time, values.shape[1]];
  const width = g.left + columns * g.cell + g.right;
  const height = g.top + rows * g.row + 4;
  panel.replaceChildren();
  make("h3", { class: "panel-title" }, panel, title);
  const scroller = make("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": title, "data-signal": signal, "data-min": low, "data-max": high }, panel);
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "matrix", role: "img", "aria-label": title }, scroller);
  matrixLabels(svg, S, columns, go);
  const colours = S.colours[kind];
  const indexFor = (value) => (log ? indexOf(Math.log10(Math.max(value, low)), Math.log10(low), Math.log10(high)) : indexOf(value, low, high));
  for (let t = 1; t <= rows; t++) {
    for (let s = 1; s <= columns; s++) {
      const value = values[(t - 1) * columns + s - 1];
      const place = { x: g.left + (s - 1) * g.cell, y: g.top + (t - 1) * g.row, width: g.cell - 1, height: g.row - 1 };
      const padding = kind === "attention" && s > p.units - p.facts.padding;
      make("rect", { ...place, class: "cell", fill: padding && value === 0 ? "url(#hatch)" : css(colours, indexFor(value)), "data-signal": signal, "data-t": t, "data-input": s, "data-value": value }, svg);
      if (g.cell >= 34 * g.scale) cellNumber(svg, place, value, colours, low, high, kind);
    }
    if (aside) make("text", { x: g.left + columns * g.cell + 8, y: g.top + (t - 0.5) * g.row + 4, class: "aside", "data-signal": asideName.signal, "data-t": t, "data-value": aside[t - 1] }, svg, Number.isNaN(aside[t - 1]) ? "–" : asideName.format(aside[t - 1]));
  }
  if (aside) make("text", { x: g.left + columns * g.cell + 8, y: g.top - 6, class: "aside quiet" }, svg, asideName.title);
  const row = make("rect", { class: "row-mark", x: g.left - 1, width: columns * g.cell, height: g.row, fill: "none" }, svg);
  const chosen = make("rect", { class: "cell-mark", width: g.cell - 1, height: g.row - 1, fill: "none" }, svg);
  for (const step of kind === "attention" ? p.facts.edited : []) {
    if (step <= rows) make("text", { x: 2, y: g.top + (step - 0.5) * g.row + 4, class: "edited" }, svg, "✎");
  }
  listenToCells(svg, S, go, { columns, values, tip, movable });
  return () => {
    row.setAttribute("y", g.top + (S.t - 1) * g.row - 0.5);
    chosen.setAttribute("x", g.left + (Math.min(S.unit, columns) - 1) * g.cell);
    chosen.setAttribute("y", g.top + (S.t - 1) * g.row);
    for (const label of svg.querySelectorAll(".out-label")) label.classList.toggle("now", Number(label.dataset.step) === S.t);
    for (const label of svg.querySelectorAll(".in-label")) label.classList.toggle("now", Number(label.dataset.place) === S.unit);
  };
}

function matrixLabels(svg, S, columns, go) {
  const { p, g } = S;
  const defs = make("defs", {}, svg);
  const hatch = document.createElementNS(SVG_NS, "pattern");
  for (const [name, value] of Object.entries({ id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" })) hatch.setAttribute(name, value);
  defs.append(hatch);
  make("rect", { width: 5, height: 5, fill: S.dark ? "#333" : "#E5E5E5" }, hatch);
  make("line", { x1: 0, x2: 0, y1: 0, y2: 5, stroke: S.dark ? "#555" : "#BBB", "stroke-width": 3 }, hatch);
  for (let s = 1; s <= columns; s++) {
    const x = g.left + (s - 0.5) * g.cell;
    const attributes = g.turned ? { x: 0, y: 0, transform: `translate(${x + 4} ${g.top - 7}) rotate(-52)`, "text-anchor": "start" } : { x, y: g.top - 8, "text-anchor": "middle" };
    make("text", { ...attributes, class: `in-label${p.unknown.includes(s) ? " unknown" : ""}`, "data-place": s, style: g.cell < 15 * g.scale ? `font-size: ${Math.round(g.cell)}px` : null }, svg, p.source[s - 1] ?? "·");
  }
  p.said.forEach((token, at) => {
    const label = make("text", { x: g.left - 8, y: g.top + (at + 0.5) * g.row + 4, "text-anchor": "end", class: "out-label", "data-step": at + 1 }, svg, seen(token));
    label.onclick = () => (pause(S), go({ t: at + 1 }));
  });
}

function cellNumber(svg, place, value, colours, low, high, kind) {
  if (kind !== "attention" || value < 0.005) return;
  const text = value >= 0.995 ? "1" : value.toFixed(2).slice(1);
  make("text", { x: place.x + place.width / 2, y: place.y + place.height / 2 + 4, class: "inside", style: `fill: ${inkFor(colours, indexOf(value, low, high))}` }, svg, text);
}

// A click chooses; a drag along a row carries the weight of the cell where it began to the one where it ends.
function listenToCells(svg, S, go, { columns, values, tip, movable }) {
  const g = S.g;
  const placeOf = (event) => {
    const box = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const [s, t] = [Math.floor((x - g.left) / g.cell) + 1, Math.floor((y - g.top) / g.row) + 1];
    return s >= 1 && s <= columns && t >= 1 && t <= S.p.time ? { t, s } : null;
  };
  const free = (place) => place && place.s <= attended(S.p);
  let from = null;
  const ghost = make("rect", { class: "ghost", width: g.cell - 1, height: g.row - 1, visibility: "hidden" }, svg);
  svg.onpointerdown = (event) => {
    const place = placeOf(event);
    if (!place) return;
    pause(S);
    from = place;
    go({ t: place.t, unit: place.s });
    if (movable) svg.setPointerCapture(event.pointerId);
  };
  svg.onpointermove = (event) => {
    const place = placeOf(event);
    if (from && movable && free(place) && free(from) && place.s !== from.s) {
      ghost.setAttribute("x", g.left + (place.s - 1) * g.cell);
      ghost.setAttribute("y", g.top + (from.t - 1) * g.row);
      ghost.setAttribute("visibility", "visible");
    } else ghost.setAttribute("visibility", "hidden");
    if (!place) return hideTip(S);
    showTip(S, event, tip(place.t, place.s, values[(place.t - 1) * columns + place.s - 1]));
  };
  svg.onpointerup = (event) => {
    const place = placeOf(event);
    ghost.setAttribute("visibility", "hidden");
    const start = from;
    from = null;
    if (!movable || !free(start) || !free(place) || place.s === start.s) return;
    const row = rowOf(values, start.t).slice(0, attended(S.p));
    row[place.s - 1] += row[start.s - 1];
    row[start.s - 1] = 0;
    S.tell("row", { t: start.t, weights: row });
  };
  svg.onpointercancel = () => ((from = null), ghost.setAttribute("visibility", "hidden"));
  svg.onpointerleave = () => hideTip(S);
}

function showTip(S, event, nodes) {
  S.tip.replaceChildren(...nodes);
  S.tip.hidden = false;
  const host = S.root.getBoundingClientRect();
  S.tip.style.left = `${Math.max(0, Math.min(host.width - S.tip.offsetWidth, event.clientX - host.left + 14))}px`;
  S.tip.style.top = `${event.clientY - host.top + 18}px`;
}

function hideTip(S) {
  S.tip.hidden = true;
  S.tip.replaceChildren(); // a number that nobody sees is not on screen
}
