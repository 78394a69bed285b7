// The T x T matrix: row t is a loss, column k a step. Above the diagonal nothing is defined, so nothing is drawn there.
function buildMatrix(parent, S, go) {
  const p = S.p;
  const panel = make("div", { class: "panel matrix", tabindex: 0, role: "group", "aria-label": fill(p.words.matrix_label, { name: p.quantity.title }), "data-signal": p.quantity.name, "data-layer": p.layer, "data-direction": p.direction, "data-min": 10 ** p.low, "data-max": 10 ** p.high }, parent);
  const tokens = make("div", { class: "axis-tokens", "aria-hidden": "true" }, panel);
  const area = make("div", { class: "area" }, panel);
  const canvas = make("canvas", {}, area);
  const row = make("div", { class: "row-mark" }, area);
  const column = make("div", { class: "column-mark" }, area);
  const side = make("div", { class: "side-label" }, panel);
  make("b", {}, side).append(...symbolNodes(p.quantity.symbol));
  for (const text of p.words.matrix_rows) make("span", {}, side, text);
  S.stage = panel;
  S.drawMatrix = () => {
    const g = S.g;
    const height = S.matrixHeight;
    panel.style.setProperty("--left", `${g.left}px`);
    panel.style.setProperty("--right", `${g.right}px`);
    area.style.height = `${height}px`;
    paintMatrix(canvas, S);
    canvas.style.imageRendering = p.units > height ? "auto" : "pixelated";
    const roomy = g.column >= 8.5 * g.scale;
    tokens.hidden = !roomy;
    if (roomy && tokens.childElementCount !== p.time) p.tokens.forEach((token) => make("span", {}, tokens, token));
  };
  const place = (event) => {
    const box = area.getBoundingClientRect();
    const k = Math.max(1, Math.min(p.time, Math.ceil(((event.clientX - box.left) / box.width) * p.time)));
    const t = Math.max(1, Math.min(p.units, Math.ceil(((event.clientY - box.top) / box.height) * p.units)));
    return { t, k };
  };
  area.onclick = (event) => {
    const { t, k } = place(event);
    pause(S);
    go({ t: Math.min(k, t), unit: t });
    panel.focus({ preventScroll: true });
  };
  area.onpointermove = (event) => {
    const { t, k } = place(event);
    const found = k > t ? NaN : at(matrixOf(S), t, k);
    let value = make("b", { class: "number", ...address(S, p.quantity.name, t, k, found) }, null, fmtSmall(found));
    if (t < p.first) value = p.words.one_loss;
    else if (k > t || nothingLeft(S, found)) value = p.words[k > t ? "undefined" : "nothing_left"];
    S.tip.replaceChildren(...fillNodes(p.words.tip, { t, to: p.tokens[t - 1], k, from: p.tokens[k - 1], value }));
    S.tip.hidden = false;
    const host = S.root.getBoundingClientRect();
    S.tip.style.left = `${Math.max(0, Math.min(host.width - S.tip.offsetWidth, event.clientX - host.left + 14))}px`;
    S.tip.style.top = `${event.clientY - host.top + 18}px`;
  };
  area.onpointerleave = () => hideTip(S);
  S.updates.push(() => {
    row.style.top = `${((S.unit - 1) / p.units) * 100}%`;
    row.style.height = `${100 / p.units}%`;
    row.style.width = `${(S.unit / p.time) * 100}%`;
    column.style.left = `${((S.t - 1) / p.time) * 100}%`;
    column.style.width = `${100 / p.time}%`;
    [...tokens.children].forEach((node, i) => node.classList.toggle("now", i + 1 === S.t));
  });
}

// One pixel a value; what is undefined stays clear, and the hatching of the ground shows through.
function paintMatrix(canvas, S, dark = S.dark) {
  const p = S.p;
  [canvas.width, canvas.height] = [p.time, p.units];
  const context = canvas.getContext("2d");
  const image = context.createImageData(p.time, p.units);
  const values = matrixOf(S);
  const zero = rgb(ZERO[dark ? "dark" : "light"]);
  const odd = rgb(ODD);
  for (let t = 1; t <= p.units; t++) {
    for (let k = 1; k <= t; k++) {
      const value = at(values, t, k);
      if (t < p.first || nothingLeft(S, value)) continue;
      const place = ((t - 1) * p.time + k - 1) * 4;
      const special = !Number.isFinite(value) ? odd : value === 0 ? zero : null;
      const index = special ? 0 : indexOf(Math.log10(Math.abs(value)), p.low, p.high) * 3;
      for (let c = 0; c < 3; c++) image.data[place + c] = special ? special[c] : S.colours.gradient[index + c];
      image.data[place + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

// Where the only character before a loss is left out, nothing is there to answer from.
function nothingLeft(S, value) {
  return S.p.quantity.name === "occlusion" && Number.isNaN(value);
}
