// A translator's answer, and where it looked for each token of it: the attention matrix as it forms. It is built once for a
// text; what arrives, twice a second or frame by frame, changes the cells that stand. Without attention: what is left of the
// input between reading and saying, which is the bridge.
function drawPair(parent, S, film, at, frame) {
  const now = pairAt(S, film, at, frame);
  const before = parent.children[at];
  const seen = (S.tall ||= {})[film.key];
  const rows = Math.max(film.rows, seen?.title === film.title && seen.run === S.p.run ? seen.rows : 0); // answers grow and shrink: the picture stays
  S.tall[film.key] = { title: film.title, run: S.p.run, rows };
  const shape = JSON.stringify([film.key, film.title, film.tokens, film.unknown, film.targets, film.attends, film.units, rows, parent.clientWidth]);
  let box = before;
  if (before?.pairShape !== shape) {
    box = make("section", { class: "look pair", "data-look": film.key });
    make("h3", {}, box, film.title);
    box.update = film.attends ? buildMatrix(box, S, film, rows, parent.clientWidth) : buildBridge(box, S, film);
    box.says = make("p", { class: "note" }, box);
    if (film.unknown.length) make("p", { class: "note" }, box, fill(S.p.words.unknown, { names: film.unknown.slice(0, 12).join(S.p.words.names_joined) }));
    box.pairShape = shape;
    if (before) before.replaceWith(box);
    else parent.append(box);
  }
  box.dataset.step = film.steps[frame];
  box.update(now);
  box.says.textContent = sayPair(S.p.words, film, now);
}

// The numbers of one frame: tokens said with their probabilities, weights (output × input), the bridge. What is built once
// for a text reads them from here alone: a film that follows upon training packs them otherwise.
function pairAt(S, film, at, frame) {
  const part = (name, size) => S.p.arrays[`film${at}_${name}`]?.subarray(frame * size, (frame + 1) * size);
  const [count, length] = part("count", 2);
  const [weights, bridge] = [part("attention", film.rows * film.tokens.length), part("bridge", film.units)];
  const said = [...part("said", film.rows)].slice(0, count).map((number) => film.names[number]);
  return {
    said, length, sure: part("sure", film.rows), exact: film.exact,
    bridge: (unit) => (film.exact ? bridge[unit] : (bridge[unit] / LAST) * 2 - 1),
    right: (o) => said[o] === film.targets[o],
    weight: (o, i) => weights[o * film.tokens.length + i] / (film.exact ? 1 : 65535),
  };
}

function buildMatrix(box, S, film, rows, room) {
  const [p, u] = [S.p, Math.min(1.4, typeScale())];
  const [n, known] = [film.tokens.length, film.targets.length > 0];
  const longest = Math.max(...film.tokens.map((token) => [...token].length));
  const letters = known || longest === 1 ? Math.min(10, Math.max(5, ...film.targets.map((token) => [...token].length))) : 10;
  const wide = letters * 8 * u + 10;
  const x = { p: 52 * u, right: 52 * u + (known ? wide : 0) };
  x.sign = x.right + (known ? 18 * u : 0);
  const left = x.sign + wide + 4;
  const column = Math.max(longest > 1 ? 24 * u : 10, Math.min(36 * u, Math.floor((room - left - 4) / n)));
  const height = Math.max(19 * u, Math.min(26 * u, column));
  const head = longest > 1 ? Math.min(76, 18 + longest * 5.5) * u : 20 * u;
  const top = 18 * u + head;
  const wideBox = make("div", { class: "wide" }, box);
  const svg = make("svg", {
    class: "matrix", role: "img", "aria-label": p.words.attention_alt, "data-signal": "attention", "data-min": 0, "data-max": 1,
    width: left + n * column + (longest > 1 ? head : 4), height: top + rows * height + 2, "font-size": 13 * u,
  }, wideBox);
  hatch(svg);
  const title = { "font-size": 12 * u, class: "row-name", y: 12 * u };
  make("text", { ...title, x: left - 6, "text-anchor": "end" }, svg, p.words.asks);
  make("text", { ...title, x: left }, svg, p.words.is_read);
  const heads = film.tokens.map((token, i) => {
    const place = { x: left + (i + 0.5) * column, y: top - 6 * u };
    const slanted = longest > 1 ? { transform: `rotate(-42 ${place.x} ${place.y})` } : { "text-anchor": "middle", "font-size": Math.min(13 * u, column + 3) };
    return make("text", { ...place, ...slanted, class: film.unknown.includes(token) ? "mono unknown" : "mono" }, svg, cut(token, 14));
  });
  const named = { y: top - 6 * u, "font-size": 12 * u, class: "row-name", "text-anchor": "end" };
  make("text", { ...named, x: x.p - 8 }, svg, p.words.probability);
  if (known) make("text", { ...named, x: x.right - 4 }, svg, p.words.right);
  make("text", { ...named, x: left - 6 }, svg, p.words.says);
  const lines = Array.from({ length: rows }, (_, o) => {
    const y = top + o * height;
    const middle = { y: y + height / 2 + 4.5 * u, "text-anchor": "end" };
    const line = {
      p: make("text", { ...middle, x: x.p - 8, "font-size": 12 * u, class: "number" }, svg),
      right: known ? make("text", { ...middle, x: x.right - 4, class: "mono quiet" }, svg, cut(film.targets[o] || "", letters)) : null,
      sign: make("text", { ...middle, x: x.sign - 1, "aria-hidden": true }, svg),
      said: make("text", { ...middle, x: left - 6, class: "mono" }, svg),
    };
    line.cells = film.tokens.map((_, i) => make("rect", { x: left + i * column, y, width: column, height, class: "cell", "data-signal": "attention", "data-t": o + 1, "data-input": i + 1 }, svg));
    const roomy = column >= 29 * u;
    line.texts = roomy ? film.tokens.map((_, i) => make("text", { x: left + (i + 0.5) * column, y: y + height / 2 + 4 * u, "text-anchor": "middle", "font-size": 11 * u, class: "in-cell" }, svg)) : [];
    return line;
  });
  legendOfAttention(box, S);
  let now = null;
  const point = (o, i) => {
    heads.forEach((node, at) => node.classList.toggle("on", at === i));
    lines.forEach((line, at) => line.said.classList.toggle("on", at === o));
  };
  svg.onpointermove = (event) => {
    const cell = event.target.closest(".cell");
    const [o, i] = cell ? [cell.dataset.t - 1, cell.dataset.input - 1] : [-1, -1];
    point(o, i);
    if (!cell?.dataset.value) return void (S.tip.hidden = true);
    showTip(S, event, fill(p.words.attention_tip, { o: o + 1, said: now.said[o], i: i + 1, token: film.tokens[i], value: fmtValue(now.weight(o, i), false) }));
  };
  svg.onpointerleave = () => (point(-1, -1), (S.tip.hidden = true));
  const colours = S.colours.attention;
  return (found) => {
    now = found;
    lines.forEach((line, o) => {
      const there = o < now.said.length;
      const good = now.right(o);
      const judged = known && (there || o < film.targets.length);
      line.said.textContent = there ? cut(now.said[o], letters) : "";
      line.sign.textContent = judged ? (good ? "✓" : "✗") : "";
      for (const node of [line.said, line.sign]) (node.classList.toggle("good", judged && good), node.classList.toggle("bad", judged && !good));
      number(line.p, there ? now.sure[o] : null, { "data-signal": "probability", "data-t": o + 1, "data-token": now.said[o] });
      line.cells.forEach((cell, i) => {
        const value = there ? now.weight(o, i) : null;
        const index = there ? indexOf(value, 0, 1) : 0;
        cell.style.fill = there ? css(colours, index) : "url(#absent)";
        if (there) cell.dataset.value = value;
        else delete cell.dataset.value;
        if (!line.texts.length) return;
        line.texts[i].textContent = there && value >= 0.005 ? value.toFixed(2).replace(/^0/, "") : "";
        line.texts[i].style.fill = inkFor(colours, index);
      });
    });
  };
}

// Reads, bridge, says: of any input the decoder gets so many numbers and no more.
function buildBridge(box, S, film) {
  const [p, u] = [S.p, Math.min(1.4, typeScale())];
  const left = Math.round(104 * Math.min(1.2, typeScale()));
  make("p", { class: "plain" }, box, fill(p.words.no_attention, { units: film.units }));
  const wide = make("div", { class: "wide" }, box);
  const row = (tokens) => make("div", { style: `grid-template-columns: ${left}px repeat(${tokens}, max-content)`, class: "tokens roomy" }, wide);
  const read = row(film.tokens.length);
  make("span", { class: "row-name" }, read, p.words.read);
  film.tokens.forEach((token) => make("span", { class: film.unknown.includes(token) ? "token unknown" : "token", title: token }, read, token));
  const strip = make("div", { class: "strip bridge", "data-signal": "bridge", "data-min": -1, "data-max": 1 }, wide);
  make("div", { class: "strip-name", style: `width: ${left}px` }, strip, p.words.bridge);
  const canvas = make("canvas", { width: film.units, height: 1, style: `width: ${Math.max(260, film.units * 6) * u}px; height: ${22 * u}px` }, strip);
  const answer = make("div", {}, wide);
  const stops = p.scales.state[S.dark ? "dark" : "light"];
  rampRow(box, p.words.bridge, fmtValue(-1, true, 0), stops, fmtValue(1, true, 0));
  return (now) => {
    const image = new ImageData(film.units, 1);
    for (let unit = 0; unit < film.units; unit++) {
      const at = indexOf(now.bridge(unit), -1, 1);
      image.data.set([...S.colours.state.subarray(3 * at, 3 * at + 3), 255], 4 * unit);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.onpointermove = (event) => {
      const place = canvas.getBoundingClientRect();
      const unit = Math.min(film.units - 1, Math.max(0, Math.floor(((event.clientX - place.left) / place.width) * film.units)));
      showTip(S, event, fill(p.words.bridge_tip, { unit: unit + 1, value: `${now.exact ? "" : "≈ "}${fmtValue(now.bridge(unit))}` }));
    };
    canvas.onpointerleave = () => (S.tip.hidden = true);
    const count = Math.max(now.said.length, film.targets.length);
    const grid = row(count);
    make("span", { class: "row-name" }, grid, p.words.says);
    for (let o = 0; o < count; o++) {
      const there = o < now.said.length;
      const at = there ? indexOf(now.sure[o], 0, 1) : 0;
      const style = there ? `background: ${css(S.colours.probability, at)}; color: ${inkFor(S.colours.probability, at)}` : "";
      const cell = there ? { "data-signal": "probability", "data-t": o + 1, "data-token": now.said[o], "data-value": now.sure[o], title: `${now.said[o]} ${fmtProb(now.sure[o])}` } : {};
      make("span", { class: "answer", style, ...cell }, grid, there ? now.said[o] : "");
    }
    if (film.targets.length) {
      make("span", { class: "row-name" }, grid, p.words.right);
      for (let o = 0; o < count; o++) make("span", { class: `token ${now.right(o) ? "good" : "bad"}` }, grid, now.right(o) ? "✓" : `✗ ${film.targets[o] ?? ""}`);
    }
    answer.replaceChildren(grid);
  };
}

function sayPair(w, film, now) {
  const more = now.length > now.said.length ? fill(w.more_said, { count: now.length - now.said.length }) : "";
  if (!film.targets.length) return w.free + more;
  const hits = film.targets.filter((_, o) => now.right(o)).length;
  const whole = hits === film.targets.length && now.length === hits;
  return (whole ? w.all_right : fill(w.tokens_right, { hits, asked: film.targets.length })) + more;
}

function legendOfAttention(parent, S) {
  const p = S.p;
  const row = rampRow(parent, p.words.attention, "0", p.scales.attention[S.dark ? "dark" : "light"], "1");
  const svg = make("svg", { width: 22, height: 12, "aria-hidden": true }, row);
  hatch(svg, "absent-sample");
  make("rect", { width: 22, height: 12, fill: "url(#absent-sample)" }, svg);
  make("span", {}, row, p.words.absent);
}

function rampRow(parent, name, low, stops, high) {
  const row = make("div", { class: "legend-row" }, parent);
  make("span", { class: "what" }, row, name);
  make("span", {}, row, low);
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${stops.join(", ")})` }, row);
  make("span", {}, row, high);
  return row;
}

// What is not there: grey lines at 45°, which no scale has.
function hatch(svg, id = "absent") {
  const defs = make("defs", {}, svg);
  const pattern = make("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, defs);
  make("rect", { width: 6, height: 6, class: "absent-ground" }, pattern);
  make("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "absent-line" }, pattern);
}

function number(node, value, address) {
  node.textContent = value === null ? "" : fmtProb(value);
  for (const [name, text] of Object.entries({ ...address, "data-value": value })) {
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, text);
  }
}

function cut(token, letters) {
  const parts = [...token];
  return parts.length > letters ? parts.slice(0, letters - 1).join("") + "…" : token;
}
