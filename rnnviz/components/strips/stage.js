// The picture itself: token axes, strips, playhead, pointer and curves.
const LABEL_HEIGHT = 24; // of a token axis
const CURVE_HEIGHT = 76;
const GAP = 6;
const LEAST_COLUMN = 9; // a character is still readable; below that the picture scrolls sideways
const LEAST_WORD = 44;

function rowHeight(S) {
  if (S.p.layout === "compact") return (288 / S.rows) * typeScale();
  return (S.rows <= 9 ? 6 : S.rows <= 32 ? 4 : S.rows <= 96 ? 2 : 1) * typeScale();
}

// Labels on the left, time in the middle (it alone scrolls sideways), legends and numbers on the right.
function buildStage(parent, S, go) {
  const p = S.p;
  const height = Math.round(Math.max(S.rows * rowHeight(S), 54 * typeScale()));
  S.stripHeight = height;
  const stage = make("div", { class: p.answers && p.layout !== "compact" ? "stage with-answers" : "stage", tabindex: 0, role: "group", "aria-label": p.title, style: `--strip: ${height}px; --gap: ${GAP}px; --axis: ${LABEL_HEIGHT * typeScale()}px` }, parent);
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
  if (p.answers && p.layout !== "compact") buildAnswers(inner, labels, S);
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
    S.tip.textContent = fill(p.words.tip, { symbol: p.strips[strip].symbol, unit, t, token: p.tokens[t - 1] });
    make("b", address(p, strip, unit, t, value, exact), S.tip, shown(p, strip, value, exact));
    const stage = S.stage.getBoundingClientRect();
    S.tip.style.left = `${Math.min(event.clientX - stage.left + 12, stage.width - 210)}px`;
    S.tip.style.top = `${event.clientY - stage.top + 16}px`;
  };
  box.onpointerleave = () => (S.tip.hidden = true);
}

// What the model answers at every step, with how sure it is: a classifier's prediction so far, under each token.
function buildAnswers(inner, labels, S) {
  const p = S.p;
  make("div", { class: "label answers-label" }, labels, p.words.so_far);
  const row = make("div", { class: "answers", role: "img", "aria-label": p.words.so_far }, inner);
  const colours = S.colours.probability;
  p.next.forEach(([[answer, probability]], at) => {
    const index = indexOf(probability, 0, 1);
    const style = `background: ${css(colours, index)}; color: ${inkFor(colours, index)}`;
    make("span", { style, title: `t = ${at + 1}: ${answer}, ${fmtProb(probability)}`, "data-signal": "probability", "data-t": at + 1, "data-token": answer, "data-value": probability }, row, answer);
  });
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
