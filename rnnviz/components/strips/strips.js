// The strips picture. State lives on the root and survives reruns; the DOM is rebuilt only when the picture changes.
const LABEL_HEIGHT = 20; // of a token axis
const CURVE_HEIGHT = 76;
const GAP = 6;
const LEAST_COLUMN = 9; // a character is still readable; below that the picture scrolls sideways

export default function (component) {
  const { data, parentElement: host, setTriggerValue } = component;
  const root = host.querySelector("#root");
  const S = host.__strips || (host.__strips = { t: 1, unit: 1, turn: -1, first: 0, speed: 1, timer: null, bytes: null });
  const dark = isDark(host);
  if (S.bytes !== data || S.dark !== dark) {
    const same = S.bytes && S.bytes.length === data.length && S.dark === dark && S.bytes.every((b, i) => b === data[i]);
    if (!same) {
      S.dark = dark;
      S.setTriggerValue = setTriggerValue;
      rebuild(S, root, decode(data));
    }
    S.bytes = data;
  }
  S.setTriggerValue = setTriggerValue;
  return () => {
    clearInterval(S.timer);
    clearTimeout(S.pending);
    S.forgetKeys?.();
    S.observer?.disconnect();
    S.timer = S.bytes = null;
  };
}

function rebuild(S, root, p) {
  const hadFocus = root.contains(root.getRootNode().activeElement) && root.getRootNode().activeElement.classList.contains("stage");
  const playing = S.timer;
  clearInterval(S.timer);
  S.timer = null;
  S.forgetKeys?.();
  S.observer?.disconnect();
  const mode = S.dark ? "dark" : "light";
  S.stops = Object.fromEntries(Object.entries(p.scales).map(([kind, scale]) => [kind, scale[mode]]));
  S.colours = Object.fromEntries(Object.entries(S.stops).map(([kind, stops]) => [kind, table(stops)]));
  S.p = p;
  S.root = root;
  S.updates = [];
  S.texts = new Set();
  if (p.choice.turn !== S.turn) [S.turn, S.t, S.unit] = [p.choice.turn, p.choice.t, p.choice.unit];
  S.t = Math.max(1, Math.min(p.time, S.t));
  S.unit = Math.max(1, Math.min(p.units, S.unit));
  S.rows = Math.min(p.rows, p.units);
  S.sent = { t: p.choice.t, unit: p.choice.unit };
  S.tell = (name, value) => S.setTriggerValue(name, value);
  S.commit = () => {
    clearTimeout(S.pending);
    S.pending = setTimeout(() => {
      if (S.timer || (S.sent.t === S.t && S.sent.unit === S.unit)) return;
      S.sent = { t: S.t, unit: S.unit };
      S.tell("chosen", { t: S.t, unit: S.unit, of: p.time });
    }, 150);
  };
  const go = ({ t = S.t, unit = S.unit }) => {
    S.t = Math.max(1, Math.min(p.time, t));
    S.unit = unit;
    S.hover = null;
    reveal(S);
    update(S);
    if (!S.timer) S.commit();
  };

  root.replaceChildren();
  root.className = `${mode} ${p.layout}`;
  for (const [role, ink] of Object.entries(p.roles)) root.style.setProperty(`--role-${role}`, ink[mode]);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  if (p.layout !== "present") buildExport(bar, S);
  buildStage(main, S, go);
  if (p.layout !== "compact") buildSays(main, S);
  buildCards(root, S, go);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => layout(S));
  S.observer.observe(S.time);
  layout(S);
  reveal(S);
  update(S);
  if (hadFocus) S.stage.focus({ preventScroll: true });
  if (playing) play(S, go);
}

// Sizes follow the page's type: a projector's larger letters come with larger strips.
function typeScale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

function rowHeight(S) {
  if (S.p.layout === "compact") return (288 / S.rows) * typeScale();
  return (S.rows <= 10 ? 6 : S.rows <= 32 ? 4 : S.rows <= 96 ? 2 : 1) * typeScale();
}

// Labels on the left, time in the middle (it alone scrolls sideways), legends and numbers on the right.
function buildStage(parent, S, go) {
  const p = S.p;
  const height = Math.round(Math.max(S.rows * rowHeight(S), 54 * typeScale()));
  S.stripHeight = height;
  const stage = make("div", { class: "stage", tabindex: 0, role: "group", "aria-label": p.title, style: `--strip: ${height}px; --gap: ${GAP}px; --axis: ${LABEL_HEIGHT * typeScale()}px` }, parent);
  S.stage = stage;
  const labels = make("div", { class: "labels" }, stage);
  buildWindow(make("div", { class: "axis window" }, labels), S);
  for (const strip of p.strips) {
    const label = make("div", { class: "label" }, labels);
    make("i", { class: `symbol role-${strip.role}` }, label, strip.symbol);
    make("span", {}, label, strip.name);
  }
  const time = make("div", { class: "time" }, stage);
  const inner = make("div", { class: "inner" }, time);
  [S.time, S.inner, S.canvases, S.rowMarks, S.axes] = [time, inner, [], [], []];
  buildAxis(inner, S, go);
  p.strips.forEach((strip, at) => {
    const box = make("div", { class: "strip", role: "img", tabindex: 0, "data-signal": strip.signal, "data-layer": p.layer, "data-direction": p.direction, "data-min": strip.low, "data-max": strip.high }, inner);
    box.setAttribute("aria-label", fill(p.words.label, { name: strip.name, shown: S.rows, units: p.units, time: p.time }));
    S.canvases.push(make("canvas", {}, box));
    S.rowMarks.push(make("div", { class: "row-mark" }, box));
    listenToPointer(box, S, at, go);
  });
  buildAxis(inner, S, go);
  S.playhead = make("div", { class: "playhead" }, inner);
  S.tip = make("div", { class: "tip", hidden: true }, stage);
  if (p.layout !== "compact") buildCurve(inner, labels, S);
  const side = make("div", { class: "side" }, stage);
  buildNumbers(side, S);
  if (p.layout !== "compact") buildCurveLegend(side, S);
  S.updates.push(() => {
    const width = S.column;
    S.playhead.style.left = `${(S.t - 1) * width}px`;
    S.playhead.style.width = `${width}px`;
    const row = p.order.indexOf(S.unit) - S.first;
    const tall = S.stripHeight / S.rows;
    for (const mark of S.rowMarks) {
      mark.hidden = row < 0 || row >= S.rows;
      mark.style.top = `${row * tall}px`;
      mark.style.height = `${tall}px`;
    }
    for (const axis of S.axes) [...axis.children].forEach((node, at) => node.classList.toggle("now", at + 1 === S.t));
    for (const text of S.texts) markText(text, S);
  });
}

function buildAxis(parent, S, go) {
  const axis = make("div", { class: "axis tokens", "aria-hidden": "true" }, parent);
  S.p.tokens.forEach((token, at) => {
    const node = make("span", { class: S.p.unknown.includes(at + 1) ? "unknown" : null, title: `t = ${at + 1}` }, axis, token);
    node.onclick = () => go({ t: at + 1 });
  });
  S.axes.push(axis);
}

// Which units are on screen, and buttons to see others.
function buildWindow(parent, S) {
  const p = S.p;
  if (S.rows >= p.units) return;
  const step = (by) => () => {
    S.first = Math.max(0, Math.min(p.units - S.rows, S.first + by));
    draw(S);
    update(S);
  };
  const up = make("button", { type: "button", "aria-label": p.words.up, title: p.words.up }, parent, "▲");
  const down = make("button", { type: "button", "aria-label": p.words.down, title: p.words.down }, parent, "▼");
  up.onclick = step(-S.rows);
  down.onclick = step(S.rows);
  const text = make("span", { class: "range" }, parent);
  S.updates.push(() => {
    const range = { first: S.first + 1, last: S.first + S.rows, all: p.units, sort: p.words.sort };
    text.textContent = `${range.first}–${range.last}/${range.all}`;
    text.title = fill(p.words.units, range);
    up.disabled = S.first === 0;
    down.disabled = S.first + S.rows >= p.units;
  });
}

function listenToPointer(box, S, strip, go) {
  const p = S.p;
  const place = (event) => {
    const area = box.getBoundingClientRect();
    const t = Math.floor((event.clientX - area.left) / S.column) + 1;
    const row = Math.floor(((event.clientY - area.top) / area.height) * S.rows);
    return { t: Math.max(1, Math.min(p.time, t)), unit: p.order[S.first + Math.max(0, Math.min(S.rows - 1, row))] };
  };
  box.onclick = (event) => {
    pause(S);
    go(place(event));
  };
  box.onpointermove = (event) => {
    const { t, unit } = place(event);
    const { value, exact } = valueAt(p, strip, unit, t);
    S.tip.hidden = false;
    S.tip.textContent = `${p.strips[strip].symbol}, unit ${unit}, t = ${t} ${p.tokens[t - 1]}: `;
    make("b", address(p, strip, unit, t, value, exact), S.tip, shown(p, strip, value, exact));
    const stage = S.stage.getBoundingClientRect();
    S.tip.style.left = `${Math.min(event.clientX - stage.left + 12, stage.width - 210)}px`;
    S.tip.style.top = `${event.clientY - stage.top + 16}px`;
  };
  box.onpointerleave = () => (S.tip.hidden = true);
}

function buildCurve(inner, labels, S) {
  const p = S.p;
  const label = make("div", { class: "label curve-label" }, labels);
  const node = make("svg", { class: "curve", height: CURVE_HEIGHT, role: "img" }, inner);
  let drawn = null;
  S.updates.push(() => {
    label.replaceChildren(make("span", {}, null, fill(p.words.curve_title, { unit: S.unit })));
    const key = `${S.unit} ${S.column} ${p.exactUnit}`;
    if (key === drawn) return;
    drawn = key;
    node.replaceChildren();
    node.setAttribute("width", p.time * S.column);
    node.setAttribute("aria-label", fill(p.words.curve_title, { unit: S.unit }));
    drawCurves(node, S, 0);
  });
}

// All signals of the chosen unit on one time axis: 1 at the top, 0 in the middle, -1 at the bottom.
function drawCurves(parent, S, left) {
  const p = S.p;
  const [zero, height] = [CURVE_HEIGHT / 2, CURVE_HEIGHT / 2 - 5];
  for (const level of [1, 0, -1]) make("line", { x1: left, x2: left + p.time * S.column, y1: zero - level * height, y2: zero - level * height, class: level ? "guide" : "guide zero" }, parent);
  p.strips.forEach((strip, at) => {
    const ink = p.roles[strip.role];
    const stroke = ink[S.dark ? "dark_stroke" : "light_stroke"];
    const attributes = { d: curve(p, at, S.unit, S.column, zero, height, curveHigh(p, at, S.unit)), fill: "none", stroke, "stroke-width": strip.role === "cell" ? 2.5 : 1.5 };
    if (ink.dash) attributes["stroke-dasharray"] = ink.dash;
    make("path", { ...attributes, "data-curve": strip.signal }, parent);
  });
}

// Beside each strip: its legend, made from its own domain, and the number at the playhead.
function buildNumbers(parent, S) {
  const p = S.p;
  make("div", { class: "axis" }, parent);
  p.strips.forEach((strip, at) => {
    const item = make("div", { class: "item" }, parent);
    const legend = make("div", { class: "legend" }, item);
    make("span", { class: "ramp", style: `background: linear-gradient(to top, ${S.stops[strip.kind].join(",")})` }, legend);
    const ends = make("span", { class: "ends" }, legend);
    for (const text of legendTexts(p, strip)) make("span", {}, ends, text);
    if (strip.kind !== "gate" && Math.max(-strip.reach[0], strip.reach[1]) > strip.high) {
      legend.title = fill(p.words.beyond, { value: fmtValue(Math.max(-strip.reach[0], strip.reach[1]), false) });
      legend.classList.add("cut");
    }
    const numbers = make("div", { class: "numbers" }, item);
    const value = make("div", { class: `value role-${strip.role}` }, numbers);
    S.updates.push(() => {
      const found = valueAt(p, at, S.unit, S.t);
      value.replaceChildren(make("i", {}, null, strip.symbol), make("sub", {}, null, String(S.t)), document.createTextNode(" = "));
      make("b", address(p, at, S.unit, S.t, found.value, found.exact), value, shown(p, at, found.value, found.exact));
    });
    if (strip.opened === null) return;
    for (const [stat, words, share] of [["opened", p.words.open, strip.opened], ["closed", p.words.closed, strip.closed]]) {
      const line = make("div", { class: "note" }, numbers, `${words} `);
      make("span", { class: "number", "data-signal": strip.signal, "data-layer": p.layer, "data-direction": p.direction, "data-stat": stat, "data-value": share }, line, fmtProb(share));
    }
  });
}

// Which line is which: a sample of each curve with its letter; the cell state has a scale of its own.
function buildCurveLegend(parent, S) {
  const p = S.p;
  const legend = make("div", { class: "curve-legend" }, parent);
  for (const strip of p.strips) {
    const ink = p.roles[strip.role];
    const item = make("span", {}, legend);
    const svg = make("svg", { width: 26, height: 10, "aria-hidden": "true" }, item);
    const stroke = ink[S.dark ? "dark_stroke" : "light_stroke"];
    make("line", { x1: 0, x2: 26, y1: 5, y2: 5, stroke, "stroke-width": strip.role === "cell" ? 2.5 : 1.5, "stroke-dasharray": ink.dash || null }, svg);
    make("i", { class: `role-${strip.role}` }, item, ` ${strip.symbol}`);
  }
  const own = p.strips.findIndex((strip) => strip.role === "cell");
  const note = make("div", { class: "note" }, legend);
  S.updates.push(() => {
    note.textContent = p.words.curve_axis + (own < 0 ? "" : " " + fill(p.words.cell_axis, { value: fmtValue(curveHigh(p, own, S.unit), false) }));
  });
}

// The words at the ends of a legend, from the domain itself, top first.
function legendTexts(p, strip) {
  if (strip.kind === "gate") return [p.words.legend_open, p.words.legend_half, p.words.legend_closed];
  const write = (v) => (Math.abs(v) === 1 ? (v > 0 ? "+1" : MINUS + "1") : (v > 0 ? "+" : MINUS) + Math.abs(v).toPrecision(3));
  const beyond = (over, text) => (over ? "≥ " : "") + text;
  const [low, high] = strip.reach;
  return [beyond(high > strip.high, write(strip.high)), "0", (low < strip.low ? "≤ " : "") + write(strip.low)];
}

function layout(S) {
  const p = S.p;
  const width = S.time.clientWidth;
  if (!width) return;
  S.column = Math.max(LEAST_COLUMN * typeScale(), Math.min(96 * typeScale(), width / p.time));
  S.inner.style.width = `${S.column * p.time}px`;
  S.inner.style.setProperty("--column", `${S.column}px`);
  draw(S);
  update(S);
}

function draw(S) {
  S.canvases.forEach((canvas, at) => drawStrip(canvas, S.p, at, S.first, S.rows, S.colours[S.p.strips[at].kind]));
}

function update(S) {
  if (!S.column) return;
  for (const act of S.updates) act();
}

// Bring the chosen unit and step into view.
function reveal(S) {
  const row = S.p.order.indexOf(S.unit);
  if (row < S.first || row >= S.first + S.rows) {
    S.first = Math.max(0, Math.min(S.p.units - S.rows, row - Math.floor(S.rows / 2)));
    draw(S);
  }
  if (!S.column) return;
  const [left, right] = [(S.t - 1) * S.column, S.t * S.column];
  if (left < S.time.scrollLeft) S.time.scrollLeft = Math.max(0, left - 40);
  else if (right > S.time.scrollLeft + S.time.clientWidth) S.time.scrollLeft = right - S.time.clientWidth + 40;
}
