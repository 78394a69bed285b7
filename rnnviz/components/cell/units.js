// A map over all units of the layer (downwards) and the text (across), with the playhead; a click goes there.
function unitMap(parent, S, go, { cells, colours, empty, label, signal, low, high }) {
  const p = S.p;
  const frame = make("div", { class: "map" }, parent);
  const canvas = make("canvas", { width: p.time, height: p.units, role: "img", "aria-label": label, "data-signal": signal, "data-min": low, "data-max": high }, frame);
  const context = canvas.getContext("2d");
  const image = context.createImageData(p.time, p.units);
  for (let at = 0; at < p.units * p.time; at++) {
    for (let c = 0; c < 3; c++) image.data[at * 4 + c] = colours[cells[at] * 3 + c];
    image.data[at * 4 + 3] = empty(at) ? 0 : 255;
  }
  context.putImageData(image, 0, 0);
  const head = make("div", { class: "head" }, frame);
  canvas.onclick = (event) => {
    const area = canvas.getBoundingClientRect();
    const share = (at, from, size, count) => Math.max(1, Math.min(count, Math.floor(((at - from) / size) * count) + 1));
    pause(S);
    go({ t: share(event.clientX, area.left, area.width, p.time), unit: share(event.clientY, area.top, area.height, p.units) });
  };
  S.updates.push(() => {
    head.style.left = `${((S.t - 1) / p.time) * 100}%`;
    head.style.width = `${100 / p.time}%`;
  });
}

// Which units the prediction hangs on: each silenced alone over the whole text, all of them in one pass on the server.
function buildUnits(parent, S, go) {
  const p = S.p;
  const box = make("section", { class: "downstream units" }, parent);
  make("h3", {}, box, fill(p.words.units_title, { layer: p.layer }));
  make("p", { class: "note" }, box, fill(p.words.units_lead, { units: p.units }));
  if (!p.ablation) {
    const button = make("button", { type: "button", class: "see" }, box, fill(p.words.units_button, { units: p.units }));
    button.onclick = () => {
      button.disabled = true;
      button.textContent = p.words.units_waiting;
      S.tell("ablate", "yes");
    };
    return;
  }
  const { reach, most, best } = p.ablation;
  const label = fill(p.words.units_map, { layer: p.layer });
  unitMap(box, S, go, { cells: p.arrays.ablation, colours: S.colours.gradient, empty: () => false, label, signal: "ablation", low: 0, high: reach });
  const legend = make("div", { class: "ramp-row" }, box);
  make("span", {}, legend, fill(p.words.bits, { value: 0 }));
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.gradient.join(",")})` }, legend);
  make("span", {}, legend, `${most > reach ? "≥ " : ""}${fill(p.words.bits, { value: fmtSmall(reach) })}`);
  const line = make("p", { class: "best" }, box, p.words.units_best);
  for (const [unit, bits] of best) {
    const node = make("button", { type: "button", "data-best": unit, "data-value": bits }, line, fill(p.words.units_one, { unit, bits: fill(p.words.bits, { value: fmtSmall(bits) }) }));
    node.onclick = () => go({ unit });
  }
  const close = make("button", { type: "button" }, line, p.words.units_close);
  close.onclick = () => S.tell("ablate", "no");
}
