// What the network answers: at every step under its token, for classes as lines over the text, for numbers as a curve.
function drawAnswers(box, S, film, at, frame) {
  const p = S.p;
  box.replaceChildren();
  const time = film.tokens.length;
  const best = p.arrays[`film${at}_best`].subarray(frame * time, (frame + 1) * time);
  const sure = p.arrays[`film${at}_sure`].subarray(frame * time, (frame + 1) * time);
  const right = p.arrays[`film${at}_right`].subarray(frame * time, (frame + 1) * time);
  if (!film.answers.length) drawNumbers(box, S, film, sure, right);
  else if (film.asks === "last") drawClasses(box, S, film, at, frame);
  else drawEach(box, S, film, best, sure, right);
  sayAnswer(box, S, film, best, sure, right);
}

function drawEach(box, S, film, best, sure, right) {
  const p = S.p;
  const row = make("div", { class: "tokens", style: `grid-template-columns: ${S.left}px repeat(${film.tokens.length}, ${S.column(film)}px)` }, box);
  make("span", { class: "row-name" }, row, p.words.read);
  film.tokens.forEach((token) => make("span", { class: film.unknown.includes(token) ? "token unknown" : "token", title: token }, row, token));
  make("span", { class: "row-name" }, row, film.asks === "next" ? p.words.expects : p.words.says);
  const any = film.targets.some((target) => target !== "");
  film.tokens.forEach((token, t) => {
    const asked = film.targets[t] !== "" || !any;
    const answer = film.answers[best[t]];
    const known = !Number.isNaN(right[t]);
    const good = known && film.targets[t] === answer;
    const at = indexOf(sure[t], 0, 1);
    const style = asked || !known ? `background: ${css(S.colours.probability, at)}; color: ${inkFor(S.colours.probability, at)}` : "";
    const cell = { class: `answer${known ? (good ? " good" : " wrong") : ""}${asked || film.asks === "next" ? "" : " unasked"}`, style, "data-signal": "probability", "data-t": t + 1, "data-token": answer, "data-value": sure[t] };
    const node = make("span", cell, row, answer);
    node.title = fill(p.words.answer_tip, { t: t + 1, answer, p: fmtProb(sure[t]) }) + (known ? fill(p.words.right_tip, { right: film.targets[t], p: fmtProb(right[t]) }) : "");
  });
  if (film.targets.some((target) => target !== "")) {
    make("span", { class: "row-name" }, row, p.words.right);
    film.targets.forEach((target, t) => make("span", { class: "token" }, row, target === film.answers[best[t]] ? "✓" : target));
  }
}

// The probability of every class, if the text ended here.
function drawClasses(box, S, film, at, frame) {
  const p = S.p;
  const [time, count] = [film.tokens.length, film.answers.length];
  const shares = p.arrays[`film${at}_shares`];
  const given = film.targets[time - 1];
  if (!shares.length) return;
  const values = shares.subarray(frame * time * count, (frame + 1) * time * count);
  const width = S.left + time * S.column(film);
  const height = 74;
  const svg = make("svg", { width, height, role: "img", "aria-label": p.words.so_far }, box);
  make("text", { x: 0, y: 14, "font-size": 12, class: "row-name" }, svg, p.words.so_far);
  for (const level of [0, 0.5, 1]) {
    make("line", { x1: S.left, x2: width, y1: 4 + (1 - level) * 62, y2: 4 + (1 - level) * 62, class: "grid" }, svg);
    make("text", { x: S.left - 4, y: 8 + (1 - level) * 62, "text-anchor": "end", "font-size": 11, class: "quiet" }, svg, `${level * 100} %`);
  }
  film.answers.forEach((answer, c) => {
    let d = "";
    for (let t = 0; t < time; t++) d += `${t ? "L" : "M"}${(S.left + (t + 0.5) * S.column(film)).toFixed(1)} ${(4 + (1 - values[t * count + c]) * 62).toFixed(1)}`;
    make("path", { d, fill: "none", stroke: inkOf(c, S.dark), "stroke-width": answer === given ? 3 : 1.75, "stroke-dasharray": DASHES[c % DASHES.length] }, svg);
  });
  const list = make("div", { class: "classes" }, box);
  film.answers.forEach((answer, c) => {
    const value = values[(time - 1) * count + c];
    const row = make("div", { class: "class-row" + (answer === given ? " given" : "") }, list);
    const sample = make("svg", { width: 22, height: 8, "aria-hidden": true }, row);
    make("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: inkOf(c, S.dark), "stroke-width": 2.5, "stroke-dasharray": DASHES[c % DASHES.length] }, sample);
    make("span", {}, row, answer);
    const track = make("span", { class: "track" }, row);
    make("span", { style: `width: ${100 * value}%; background: ${inkOf(c, S.dark)}` }, track);
    make("b", { class: "number", "data-signal": "probability", "data-t": time, "data-token": answer, "data-value": value }, row, fmtProb(value));
  });
}

const INKS = [["#0072B2", "#3F9BD4"], ["#D55E00", "#E8762A"], ["#009E73", "#1FB78B"], ["#7A1FA2", "#D8A6FF"], ["#8A5F00", "#FCC042"], ["#3C485A", "#A9B0BA"], ["#C2126A", "#CB859D"], ["#006C92", "#14C1F8"]];
const DASHES = ["", "8 4", "2 3", "6 2 1 2"];

function inkOf(at, dark) {
  return INKS[at % INKS.length][dark ? 1 : 0];
}

// The numbers that are answered, over those that are right.
function drawNumbers(box, S, film, said, right) {
  const p = S.p;
  const time = film.tokens.length;
  const all = [...said, ...right].filter(Number.isFinite);
  const [low, high] = [Math.min(...all, 0), Math.max(...all, 0.1)];
  const width = S.left + time * S.column(film);
  const [top, bottom] = [6, 96];
  const y = (value) => bottom - ((bottom - top) * (value - low)) / (high - low);
  const x = (t) => S.left + (t + 0.5) * S.column(film);
  const svg = make("svg", { width, height: 104, role: "img", "aria-label": p.words.says }, box);
  for (const level of levels(low, high, 3)) {
    make("line", { x1: S.left, x2: width, y1: y(level), y2: y(level), class: "grid" }, svg);
    make("text", { x: S.left - 4, y: y(level) + 4, "text-anchor": "end", "font-size": 11, class: "quiet" }, svg, String(level).replace("-", MINUS));
  }
  const steps = Array.from({ length: time }, (_, t) => t);
  path(svg, steps, right, x, y, { stroke: S.dark ? "#A9B0BA" : "#3C485A", "stroke-width": 4, opacity: 0.45 });
  if (film.asks === "last" && Number.isFinite(right[time - 1])) make("circle", { cx: x(time - 1), cy: y(right[time - 1]), r: 6, fill: "none", stroke: S.dark ? "#A9B0BA" : "#3C485A", "stroke-width": 3 }, svg);
  path(svg, steps, said, x, y, { stroke: S.dark ? "#4F8DF5" : "#155EF0", "stroke-width": 2 });
  if (film.asks === "last" && Number.isFinite(said[time - 1])) make("circle", { cx: x(time - 1), cy: y(said[time - 1]), r: 4, fill: S.dark ? "#4F8DF5" : "#155EF0" }, svg);
  make("text", { x: 0, y: 14, "font-size": 12, class: "row-name" }, svg, film.asks === "last" ? p.words.so_far : p.words.says);
}

function sayAnswer(box, S, film, best, sure, right) {
  const w = S.p.words;
  const last = film.tokens.length - 1;
  if (film.unknown.length) make("p", { class: "note" }, box, fill(w.unknown, { names: film.unknown.slice(0, 12).join(w.names_joined) }));
  const line = make("p", { class: "note" }, box);
  if (!film.answers.length) {
    const known = !Number.isNaN(right[last]);
    line.append(...fillNodes(known ? w.number_right : w.number, { y: numberNode(sure[last], last + 1, "prediction"), target: known ? fmtValue(right[last]) : "" }));
    return;
  }
  const asked = film.targets.map((target, t) => [target, t]).filter(([target]) => target !== "");
  const hits = asked.filter(([target, t]) => film.answers[best[t]] === target).length;
  if (asked.length > 1) line.textContent = fill(film.some ? w.hits_some : w.hits, { hits, asked: asked.length });
  else if (film.asks === "last") line.textContent = asked.length ? fill(film.answers[best[last]] === asked[0][0] ? w.class_right : w.class_wrong, { answer: film.answers[best[last]], right: asked[0][0], p: fmtProb(sure[last]) }) : fill(w.class_free, { answer: film.answers[best[last]], p: fmtProb(sure[last]) });
  else line.textContent = w.free;
}

function numberNode(value, t, signal) {
  return make("b", { class: "number", "data-signal": signal, "data-t": t, "data-value": value }, null, fmtValue(value));
}
