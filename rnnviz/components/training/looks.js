// Gates and states of the shown layer as the network reads the text, and how far its gradient reaches back.
const ROW = 5;

function drawStrips(box, S, film, at, frame) {
  const p = S.p;
  const [time, rows] = [film.tokens.length, film.rows];
  const column = S.column(film);
  film.strips.forEach((strip, number) => {
    const values = p.arrays[`film${at}_strip${number}`].subarray(frame * rows * time, (frame + 1) * rows * time);
    const node = make("div", { class: "strip", "data-signal": strip.signal, "data-layer": p.layer, "data-min": strip.low, "data-max": strip.high }, box);
    const label = make("div", { class: "strip-name", style: `width: ${S.left}px` }, node);
    make("b", { style: `color: var(--role-${strip.role})` }, label, strip.symbol.replace("_t", ""));
    make("span", {}, label, ` ${strip.name}`);
    const canvas = make("canvas", { width: time, height: rows, style: `width: ${time * column}px; height: ${Math.max(rows * ROW, 21)}px`, role: "img", "aria-label": strip.name }, node);
    const image = new ImageData(time, rows);
    const colours = S.colours[strip.kind];
    for (let i = 0; i < rows * time; i++) {
      const index = film.exact ? indexOf(values[i], strip.low, strip.high) : values[i];
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = colours[3 * index + c];
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.onpointermove = (event) => {
      const place = canvas.getBoundingClientRect();
      const t = Math.min(time - 1, Math.floor(((event.clientX - place.left) / place.width) * time));
      const unit = Math.min(rows - 1, Math.floor(((event.clientY - place.top) / place.height) * rows));
      const raw = values[unit * time + t];
      const value = film.exact ? raw : strip.low + (raw / LAST) * (strip.high - strip.low);
      const text = fmtValue(value, strip.kind !== "gate");
      showTip(S, event, fill(p.words.strip_tip, { name: strip.name, unit: unit + 1, t: t + 1, token: film.tokens[t], value: film.exact ? text : `≈ ${text}` }));
    };
    canvas.onpointerleave = () => (S.tip.hidden = true);
  });
}

// The gradient's norm at every step, on the decades of the gradient scale.
function drawGradient(box, S, film, at, frame) {
  const p = S.p;
  const time = film.tokens.length;
  const values = p.arrays[`film${at}_gradient`].subarray(frame * time, (frame + 1) * time);
  if (!values.some((value) => value > 0)) return;
  const column = S.column(film);
  const [height, low, high] = [46, -8, 1];
  const node = make("div", { class: "strip gradient", "data-signal": "gradient" }, box);
  const label = make("div", { class: "strip-name", style: `width: ${S.left}px` }, node);
  make("b", { class: "gradient-ink" }, label, "∂");
  make("span", {}, label, ` ${p.words.gradient}`);
  const svg = make("svg", { width: time * column + 36, height, role: "img", "aria-label": p.words.gradient }, node);
  for (const level of [-6, -3, 0]) {
    const y = height - ((level - low) / (high - low)) * height;
    make("line", { x1: 0, x2: time * column, y1: y, y2: y, class: "grid" }, svg);
    make("text", { x: time * column + 4, y: Math.max(9, y + 4), "font-size": 11, class: "quiet" }, svg, `1e${String(level).replace("-", MINUS)}`);
  }
  values.forEach((value, t) => {
    if (!(value > 0)) return;
    const share = Math.max(0.02, Math.min(1, (Math.log10(value) - low) / (high - low)));
    const bar = make("rect", { x: t * column + 0.5, width: Math.max(1, column - 1), y: height * (1 - share), height: height * share, class: "gradient-bar", "data-signal": "gradient", "data-t": t + 1, "data-value": value }, svg);
    bar.onpointermove = (event) => showTip(S, event, fill(p.words.gradient_tip, { t: t + 1, token: film.tokens[t], value: fmtSmall(value) }));
    bar.onpointerleave = () => (S.tip.hidden = true);
  });
}

// The tokens below the strips; words stand slanted.
function drawTokens(box, S, film) {
  const column = S.column(film);
  const longest = Math.max(...film.tokens.map((token) => [...token].length));
  if (longest === 1 && film.asks !== "last") return; // they stand above already
  const height = longest === 1 ? 18 : Math.min(64, 14 + longest * 5);
  const svg = make("svg", { width: S.left + film.tokens.length * column + 64, height, class: "axis", "aria-hidden": true }, box);
  const every = longest === 1 ? 1 : Math.ceil(13 / column);
  film.tokens.forEach((token, t) => {
    const x = S.left + (t + 0.5) * column;
    if (longest === 1) return void make("text", { x, y: 13, "text-anchor": "middle", "font-size": Math.min(13, column + 3), class: "mono" }, svg, token);
    if (t % every) return;
    make("text", { x, y: 10, "font-size": 12, transform: `rotate(42 ${x} 10)` }, svg, token.length > 11 ? token.slice(0, 10) + "…" : token);
  });
}

function showTip(S, event, text) {
  S.tip.hidden = false;
  S.tip.textContent = text;
  const root = S.root.getBoundingClientRect();
  S.tip.style.left = `${Math.max(0, Math.min(event.clientX - root.left + 12, root.width - S.tip.offsetWidth - 4))}px`;
  S.tip.style.top = `${event.clientY - root.top + 16}px`;
}
