// What went into the quantity in focus, largest first: weight times value for every term of W x and U h, and the biases.
function buildTerms(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card terms" }, parent);
  const title = make("h3", {}, card);
  const body = make("div", {}, card);
  S.updates.push(() => {
    const part = p.parts.find((each) => each.signal === S.focus);
    const values = numbersAt(p, S.t, S.over);
    title.textContent = fill(p.words.terms_title, { name: part.name });
    const letters = [...new Set(namesIn(part.tree).flatMap((name) => /^(?:wx|uh)_(\w+)$/.exec(name)?.[1] || []))];
    const rows = letters.length ? letters.flatMap((letter) => blockRows(S, letter, values)) : productRows(S, part, values);
    const reach = Math.max(1e-9, ...rows.map((row) => Math.abs(row.value)));
    body.replaceChildren(...rows.map((row) => bar(S, row, reach)));
    if (letters.length) {
      const sum = letters.reduce((total, l) => total + values[`wx_${l}`] + values[`bi_${l}`] + values[`uh_${l}`] + values[`bh_${l}`], 0);
      if (!namesIn(part.tree).some((name) => p.parts.some((each) => each.signal === name))) {
        const line = make("p", { class: "total" }, body, p.words.together);
        make("b", { "data-signal": "preactivation", "data-letter": letters[0], "data-t": S.t, "data-value": sum }, line, fmtValue(sum));
      }
    }
    make("p", { class: "note" }, body, p.words.terms_note);
  });
}

function blockRows(S, letter, values) {
  const p = S.p;
  const block = p.letters.indexOf(letter);
  const rows = [];
  for (const [from, total, bias] of [["x", "wx", "bi"], ["h", "uh", "bh"]]) {
    const shape = p.arrays[`${from}_place`].shape; // block, time, term
    const start = (block * shape[1] + S.t - 1) * shape[2];
    let rest = values[`${total}_${letter}`];
    let shown = 0;
    for (let k = 0; k < shape[2]; k++) {
      const [place, weight, value] = ["place", "weight", "value"].map((what) => p.arrays[`${from}_${what}`][start + k]);
      if (value === 0) continue; // a one-hot input is zero everywhere else
      rest -= weight * value;
      shown++;
      rows.push({ from, key: `${total}_${letter}`, label: termLabel(S, from, place), weight, x: value, value: weight * value });
    }
    const left = p[`${from}_of`] - shown;
    const zeros = from === "x" && p.inputs.length;
    if (left > 0 && !zeros) rows.push({ from, key: `${total}_${letter}`, label: fill(p.words.rest, { count: left }), value: rest });
    rows.push({ from, key: `${bias}_${letter}`, label: `b`, below: (from === "x" ? "i" : "h") + letter, value: values[`${bias}_${letter}`] });
  }
  return rows;
}

function termLabel(S, from, place) {
  const p = S.p;
  if (from === "x") return p.inputs.length ? `“${p.inputs[place - 1]}”` : p.layer > 1 ? `h↓${place}` : `x[${place}]`;
  return `h[${place}]`;
}

// A state's products: f × c and i × g, say.
function productRows(S, part, values) {
  const p = S.p;
  const addends = part.tree[0] === "+" ? part.tree.slice(1) : [part.tree];
  return addends.map((tree) => {
    const label = written(tree, (name) => document.createTextNode(symbolOf(p, name, S.t)[0].join("")), (v) => document.createTextNode(String(v)));
    return { key: namesIn(tree)[0], label: label.map((node) => node.textContent).join("").replaceAll(" ", ""), value: evaluate(tree, values) };
  });
}

function bar(S, row, reach) {
  const line = make("div", { class: "term-row", "data-key": row.key });
  const label = make("span", { class: `what role-${row.from === "x" ? "input" : row.from === "h" ? "hidden" : "plain"}` }, line, row.label);
  if (row.below) make("sub", {}, label, row.below);
  const track = make("span", { class: "track" }, line);
  const wide = (50 * Math.abs(row.value)) / reach;
  const colours = S.colours.state;
  make("span", { class: "fill", style: `width: ${wide}%; ${row.value < 0 ? "right: 50%" : "left: 50%"}; background: ${css(colours, row.value < 0 ? 40 : 214)}` }, track);
  make("span", { class: "number", title: row.weight === undefined ? null : `${fmtValue(row.weight)} × ${fmtValue(row.x)}`, "data-product": row.value }, line, fmtValue(row.value));
  if (row.weight !== undefined) make("span", { class: "factors" }, line, `${fmtValue(row.weight)} × ${fmtValue(row.x)}`);
  return line;
}
