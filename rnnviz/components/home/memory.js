// The vector as it is now, with its numbers, and beside it every vector it has been, one column a character.
function buildMemory(parent, S, go) {
  const p = S.p;
  const rows = p.shown.length;
  const both = Boolean(p.changed);
  const tall = Math.round((both ? Math.min(28, 152 / rows) : Math.min(56, (p.layout === "present" ? 224 : 288) / rows)) * typeScale());
  S.stripHeight = tall * rows;
  const stage = make("div", { class: "stage", tabindex: 0, role: "group", "aria-label": p.title, style: `--strip: ${S.stripHeight}px; --row: ${tall}px` }, parent);
  S.stage = stage;
  const now = make("div", { class: "now-side" }, stage);
  S.time = make("div", { class: "time" }, stage);
  S.inner = make("div", { class: "inner" }, S.time);
  S.tip = make("div", { class: "tip", hidden: true }, stage);
  const runs = [{ values: p.arrays.values, tokens: p.tokens, says: both ? p.words.as_typed : p.words.now, run: "own" }];
  if (both) {
    const tokens = p.tokens.map((token, at) => (at + 1 === p.changed.t ? p.changed.token : token));
    runs.push({ values: p.arrays.other_values, tokens, says: p.words.with_change, run: "changed" });
  }
  for (const run of runs) {
    const head = make("div", { class: "axis head" }, now);
    S.updates.push(() => (head.textContent = fill(run.says, { t: S.t, token: run.tokens[S.t - 1] })));
    buildVector(now, S, run);
    buildAxis(S, run, go);
    buildHistory(S, run, go);
  }
  S.playhead = make("div", { class: "playhead" }, S.inner);
  buildSize(now, S);
  buildLegend(parent, S);
  S.updates.push(() => {
    S.playhead.style.left = `${(S.t - 1) * S.column}px`;
    S.playhead.style.width = `${S.column}px`;
  });
}

// The numbers of one column: the vector that the next step starts from.
function buildVector(parent, S, run) {
  const p = S.p;
  const box = make("div", { class: "vector" }, parent);
  const cells = p.shown.map((unit) => {
    const row = make("div", { class: "row" }, box);
    const name = make("span", { class: "unit", title: fill(p.words.unit, { unit }) }, row);
    make("i", { class: "role-hidden" }, name, "h");
    make("sub", {}, name, String(unit));
    return make("b", { class: "number cell" }, row);
  });
  S.updates.push(() => {
    cells.forEach((cell, row) => {
      const value = run.values[row * p.time + S.t - 1];
      const index = indexOf(value, -p.reach, p.reach);
      cell.style.background = css(S.colours.state, index);
      cell.style.color = inkFor(S.colours.state, index);
      cell.textContent = fmtValue(value);
      Object.assign(cell.dataset, { ...place(S, p.shown[row], S.t, run), value });
    });
  });
}

// What a number on screen says of itself, so that anyone can check it from outside.
function place(S, unit, t, run) {
  return { signal: "hidden", layer: S.p.layer, direction: S.p.direction, t, unit, run: run.run };
}

function buildAxis(S, run, go) {
  const axis = make("div", { class: "axis tokens", "aria-hidden": "true" }, S.inner);
  const nodes = run.tokens.map((token, at) => {
    const node = make("span", { title: `t = ${at + 1}` }, axis, token);
    if (S.p.unknown.includes(at + 1)) node.classList.add("unknown");
    if (run.run === "changed" && at + 1 === S.p.changed.t) node.classList.add("put-in");
    node.onclick = () => (pause(S), go({ t: at + 1 }));
    return node;
  });
  S.updates.push(() => nodes.forEach((node, at) => {
    node.classList.toggle("now", at + 1 === S.t);
    node.classList.toggle("unread", at >= Math.max(S.seen, S.t));
  }));
}

function buildHistory(S, run, go) {
  const p = S.p;
  const name = fill(p.words.picture, { shown: p.shown.length, units: p.units, time: p.time });
  const strip = make("div", { class: "strip", role: "img", tabindex: 0, "aria-label": name, "data-signal": "hidden", "data-layer": p.layer, "data-direction": p.direction, "data-min": -p.reach, "data-max": p.reach, "data-run": run.run }, S.inner);
  const canvas = make("canvas", {}, strip);
  const at = (event) => {
    const area = strip.getBoundingClientRect();
    const t = Math.max(1, Math.min(p.time, Math.floor((event.clientX - area.left) / S.column) + 1));
    return { t, row: Math.max(0, Math.min(p.shown.length - 1, Math.floor(((event.clientY - area.top) / area.height) * p.shown.length))) };
  };
  strip.onclick = (event) => (pause(S), go({ t: at(event).t }));
  strip.onpointermove = (event) => {
    const { t, row } = at(event);
    S.tip.hidden = t > Math.max(S.seen, S.t);
    const value = run.values[row * p.time + t - 1];
    S.tip.textContent = fill(p.words.tip, { unit: p.shown[row], t, token: run.tokens[t - 1] }) + " ";
    const number = make("b", { class: "number" }, S.tip, fmtValue(value));
    Object.assign(number.dataset, { ...place(S, p.shown[row], t, run), value });
    const stage = S.stage.getBoundingClientRect();
    S.tip.style.left = `${Math.max(0, Math.min(event.clientX - stage.left + 12, stage.width - 230))}px`;
    S.tip.style.top = `${event.clientY - stage.top + 16}px`;
  };
  strip.onpointerleave = () => (S.tip.hidden = true);
  S.updates.push(() => paint(canvas, S, run));
}

// Columns up to the playhead in full; those that were read already, but lie ahead of it, pale; the rest is not there yet.
function paint(canvas, S, run) {
  const p = S.p;
  const sharp = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(S.column * p.time * sharp), Math.round(S.stripHeight * sharp)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  const gap = S.column > 14 ? sharp : 0;
  const edge = (t) => Math.round(t * S.column * sharp);
  const tall = height / p.shown.length;
  for (let t = 1; t <= Math.max(S.t, S.seen); t++) {
    context.globalAlpha = t <= S.t ? 1 : 0.25;
    for (let row = 0; row < p.shown.length; row++) {
      context.fillStyle = css(S.colours.state, indexOf(run.values[row * p.time + t - 1], -p.reach, p.reach));
      context.fillRect(edge(t - 1), Math.round(row * tall), edge(t) - edge(t - 1) - gap, Math.round((row + 1) * tall) - Math.round(row * tall) - gap);
    }
  }
}

// How far a step moved the whole vector; with a changed character, how far apart the two readings are.
function buildSize(parent, S) {
  const p = S.p;
  const sizes = p.changed ? p.arrays.distance : p.arrays.step;
  const signal = p.changed ? "hidden_distance" : "hidden_step";
  const most = Math.max(...sizes) || 1;
  const label = make("div", { class: "size-label", title: p.changed ? p.words.distance_help : p.words.step_help }, parent);
  make("span", {}, label, p.changed ? p.words.distance : p.words.step);
  const number = make("b", { class: "number" }, label);
  const bars = make("div", { class: "sizes", role: "img", "aria-label": p.changed ? p.words.distance_help : p.words.step_help }, S.inner);
  const nodes = Array.from(sizes, (size) => make("span", { style: `--part: ${size / most}` }, bars));
  S.updates.push(() => {
    const size = sizes[S.t - 1];
    number.textContent = fmtSmall(size);
    Object.assign(number.dataset, { signal, layer: p.layer, direction: p.direction, t: S.t, unit: "all", value: size });
    nodes.forEach((node, at) => {
      node.classList.toggle("now", at + 1 === S.t);
      node.classList.toggle("unread", at >= Math.max(S.seen, S.t));
    });
  });
}

function buildLegend(parent, S) {
  const p = S.p;
  const row = make("div", { class: "legend-row" }, parent);
  make("span", { class: "what" }, row, p.words.legend);
  const write = (v) => (v > 0 ? "+" : MINUS) + Number(Math.abs(v).toPrecision(3));
  make("span", { class: "number" }, row, write(-p.reach));
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.state.join(",")})` }, row);
  make("span", { class: "number" }, row, write(p.reach));
  make("span", {}, row, fill(p.shown.length === p.units ? p.words.all : p.changed ? p.words.differing : p.words.some, { shown: p.shown.length, units: p.units, layer: p.layer }));
}
