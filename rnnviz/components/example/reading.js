// The four steps beside one another, and the stage that is spoken of: one-hot, W x, W h + b, tanh, W h, softmax.
const STAGES = [
  { rows: ["x"], matrices: [] },
  { rows: ["from_x"], matrices: ["W_xh"] },
  { rows: ["from_h"], matrices: ["W_hh", "b"] },
  { rows: ["h"], matrices: [] },
  { rows: ["y"], matrices: ["W_hy", "b_y"] },
  { rows: ["p", "says"], matrices: [] },
];

function buildReading(parent, S, go) {
  const p = S.p;
  const box = make("section", { class: "reading" }, parent);
  const bar = make("div", { class: "motion", role: "toolbar", "aria-label": p.words.stages }, box);
  const button = (sign, label, act) => (make("button", { type: "button", "aria-label": label, title: label }, bar, sign).onclick = act);
  const to = (stage) => {
    const whole = (S.t - 1) * STAGES.length + stage;
    const bounded = Math.max(0, Math.min(p.time * STAGES.length - 1, whole));
    S.stage = bounded % STAGES.length;
    go({ t: Math.floor(bounded / STAGES.length) + 1 });
  };
  button("◀", p.words.stage_back, () => to(S.stage - 1));
  const count = make("span", { class: "count" }, bar);
  button("▶", p.words.stage_on, () => to(S.stage + 1));
  const caption = make("p", { class: "caption", "aria-live": "polite" }, box);
  const scroll = make("div", { class: "scroll" }, box);
  const table = make("table", { class: "steps" }, scroll);
  const head = make("tr", {}, make("thead", {}, table));
  make("th", {}, head);
  p.tokens.forEach((token, at) => {
    const th = make("th", { scope: "col", "data-step": at + 1, tabindex: 0 }, head);
    make("b", {}, th, token);
    make("span", { class: "note" }, th, ` → ${p.targets[at]}`);
    th.onclick = () => go({ t: at + 1 });
  });
  const body = make("tbody", {}, table);
  const rows = [];
  const block = (name, size, label, read, write) => {
    for (let row = 0; row < size; row++) {
      const line = make("tr", { "data-block": name, class: row === 0 ? "first" : null }, body);
      if (row === 0) {
        const th = make("th", { scope: "rowgroup", rowspan: size, class: "label" }, line);
        th.append(...label);
      }
      for (let t = 1; t <= p.time; t++) {
        const td = make("td", { "data-step": t }, line);
        rows.push(() => write(td, read(t, row), t, row));
      }
    }
  };
  const at = (name, width) => (t, row) => p.arrays[name][(S.frame * p.time + t - 1) * width + row];
  const number = (name, labels) => (td, value, t, row) => {
    td.replaceChildren();
    make("span", { class: "which" }, td, labels[row]);
    make("span", { class: "number", "data-quantity": name, "data-t": t, "data-row": row, "data-frame": S.frame, "data-value": value }, td, signedSix(value));
    if (name === "h") {
      const index = indexOf(value, -1, 1);
      td.style.background = css(S.colours.state, index);
      td.style.color = inkFor(S.colours.state, index);
    }
    const known = p.published[name]?.[t - 1]?.[row];
    if (known !== undefined && S.frame === 0 && S.untouched) {
      const decimals = String(known).split(".")[1]?.length || 0;
      const off = Math.abs(known - value) > 0.6 * 10 ** -decimals;
      make("span", { class: off ? "published off" : "published", title: off ? p.words.published_off : p.words.published, "data-published": known }, td, String(known).replace("-", MINUS));
    }
  };
  const units = Array.from({ length: p.units }, (_, row) => String(row + 1));
  const letters = [...p.letters];
  const label = (symbol, words) => [make("i", {}, null, symbol), make("span", { class: "note" }, null, words)];
  block("x", 1, label("x", p.words.rows.x), (t) => p.tokens[t - 1], (td, token) => {
    td.textContent = `[${letters.map((letter) => (letter === token ? 1 : 0)).join(" ")}]`;
    td.className = "hot";
  });
  block("from_x", p.units, label("W x", p.words.rows.from_x), at("from_x", p.units), number("from_x", units));
  block("from_h", p.units, label("W h + b", p.words.rows.from_h), at("from_h", p.units), number("from_h", units));
  block("h", p.units, label("h", p.words.rows.h), at("h", p.units), number("h", units));
  block("y", letters.length, label("y", p.words.rows.y), at("y", letters.length), number("y", letters));
  const share = number("p", letters);
  block("p", letters.length, label("p", p.words.rows.p), at("p", letters.length), (td, value, t, row) => {
    share(td, value, t, row);
    td.style.backgroundImage = `linear-gradient(to right, color-mix(in srgb, var(--role-hidden) 28%, transparent) ${100 * value}%, transparent ${100 * value}%)`;
  });
  block("says", 1, label(p.words.rows.says_short, p.words.rows.says), (t) => best(S, t), (td, letter, t) => {
    const right = letter === p.targets[t - 1];
    td.replaceChildren();
    make("b", { class: right ? "right" : "wrong", "data-says": letter, "data-t": t }, td, letter);
    make("span", { class: "note" }, td, right ? ` ✓` : ` ✗ ${fill(p.words.should, { letter: p.targets[t - 1] })}`);
  });
  block("loss", 1, label(p.words.rows.loss_short, p.words.rows.loss), at("loss", 1), number("loss", [""]));
  S.shown.push(() => {
    for (const write of rows) write();
    count.textContent = `${S.stage + 1} / ${STAGES.length}`;
    caption.replaceChildren(...captionOf(S));
    const stage = STAGES[S.stage];
    for (const node of S.root.querySelectorAll("[data-block]")) node.classList.toggle("lit", stage.rows.includes(node.dataset.block));
    for (const node of S.root.querySelectorAll("[data-matrix]")) node.classList.toggle("lit", stage.matrices.includes(node.dataset.matrix));
    for (const node of table.querySelectorAll("[data-step]")) node.classList.toggle("now", Number(node.dataset.step) === S.t);
  });
}

function best(S, t) {
  const { letters, time, arrays } = S.p;
  const row = Array.from({ length: letters.length }, (_, at) => arrays.p[(S.frame * time + t - 1) * letters.length + at]);
  return letters[row.indexOf(Math.max(...row))];
}

function signedSix(v) {
  if (v !== 0 && Math.abs(v) < 5e-7) return fmtSmall(v); // a probability is never printed as nothing
  return (v < 0 && v.toFixed(6) !== "-0.000000" ? MINUS : "") + Math.abs(v).toFixed(6);
}

// The stage in words, with the numbers of the first unit or letter put in.
function captionOf(S) {
  const p = S.p;
  const { t, frame } = S;
  const size = (name) => p.matrices[name][0] * p.matrices[name][1];
  const weight = (name, at) => p.arrays[`w_${name}`][frame * size(name) + at];
  const of = (name, width, row, step = t) => (step < 1 ? 0 : p.arrays[name][(frame * p.time + step - 1) * width + row]);
  const short = (v) => (v < 0 ? MINUS : "") + Math.abs(v).toFixed(3);
  const factor = (v) => (v < 0 ? `(${short(v)})` : short(v));
  const recurrent = size("W_hh") === 1 ? [weight("W_hh", 0)] : Array.from({ length: p.units }, (_, at) => weight("W_hh", at));
  const recalled = recurrent.map((w, at) => `${factor(w)} × ${factor(of("h", p.units, at, t - 1))}`).join(" + ");
  const bias = weight("b", 0);
  const logits = Array.from({ length: p.units }, (_, at) => `${factor(weight("W_hy", at))} × ${factor(of("h", p.units, at))}`).join(" + ");
  const outBias = p.matrices.b_y ? ` + ${factor(weight("b_y", 0))}` : "";
  const exps = Array.from({ length: p.letters.length }, (_, row) => `e^${factor(of("y", p.letters.length, row))}`).join(" + ");
  const sum = of("from_x", p.units, 0) + of("from_h", p.units, 0);
  const values = {
    token: p.tokens[t - 1], target: p.targets[t - 1], says: best(S, t), place: p.letters.indexOf(p.tokens[t - 1]) + 1,
    from_x: short(of("from_x", p.units, 0)), recalled, bias: factor(bias), from_h: short(of("from_h", p.units, 0)),
    sum: short(sum), h: short(of("h", p.units, 0)), logits: logits + outBias, y: short(of("y", p.letters.length, 0)),
    first: p.letters[0], exps, top: `e^${factor(of("y", p.letters.length, 0))}`, p: fmtProb(of("p", p.letters.length, 0)),
    verdict: best(S, t) === p.targets[t - 1] ? p.words.verdict_right : p.words.verdict_wrong,
  }; // prettier-ignore
  return [document.createTextNode(fill(fill(p.words.captions[S.stage], values), values))];
}
