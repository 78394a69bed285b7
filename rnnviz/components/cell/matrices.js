// A cell of few units with every number of the step: each gate's weights and sums, unit by unit, and each state's operands.
function buildMatrices(parent, S) {
  const p = S.p;
  const box = make("section", { class: "matrices" }, parent);
  make("h3", {}, box, fill(p.words.matrices, { units: p.units }));
  make("p", { class: "note" }, box, p.words.matrices_note);
  const grid = make("div", { class: "grid" }, box);
  S.updates.push(() => {
    if (S.t < p.window[0] || S.t > p.window[1]) return;
    grid.replaceChildren(...p.parts.map((part) => matrix(S, part)));
  });
}

function matrix(S, part) {
  const p = S.p;
  const scroll = make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": part.name || part.symbol }); // long rows scroll by key, too
  const tableNode = make("table", {}, scroll);
  const title = make("caption", { class: `role-${part.role}` }, tableNode);
  const symbol = (name) => symbolOf(p, name, S.t).map(([letter, below]) => letter + below).join(" ");
  title.append(...written(part.tree, (name) => document.createTextNode(symbol(name)), (v) => document.createTextNode(String(v))));
  title.prepend(`${symbol(part.signal)} = `);
  const letters = [...new Set(namesIn(part.tree).flatMap((name) => /^uh_(\w+)$/.exec(name)?.[1] || []))];
  const others = namesIn(part.tree).filter((name) => !/^(wx|bi|uh|bh)_/.test(name));
  const head = make("tr", {}, make("thead", {}, tableNode));
  make("th", {}, head, p.words.matrices_unit);
  for (const letter of letters) {
    make("th", {}, head, `W x`);
    make("th", {}, head, `b`);
    for (let unit = 1; unit <= p.units; unit++) make("th", {}, head, `× h${unit} ${fmtValue(everyone(p, "previous_hidden", unit, S.t))}`);
    make("th", {}, head, "b");
    make("th", {}, head, "Σ");
  }
  for (const name of others) make("th", {}, head, symbol(name));
  make("th", {}, head, symbol(part.signal));
  const body = make("tbody", {}, tableNode);
  for (let unit = 1; unit <= p.units; unit++) {
    const row = make("tr", { class: unit === p.unit ? "now" : null }, body);
    make("th", { scope: "row" }, row, String(unit));
    for (const letter of letters) {
      const block = p.letters.indexOf(letter);
      const wx = p.arrays.Wx[(block * p.time + S.t - 1) * p.units + unit - 1];
      const [bx, bh] = [p.arrays.bx, p.arrays.bh].map((array) => array[block * p.units + unit - 1]);
      let sum = wx + bx + bh;
      make("td", {}, row, fmtValue(wx));
      make("td", {}, row, fmtValue(bx));
      for (let from = 1; from <= p.units; from++) {
        const weight = p.arrays.U[(block * p.units + unit - 1) * p.units + from - 1];
        sum += weight * everyone(p, "previous_hidden", from, S.t);
        weightCell(S, row, weight);
      }
      make("td", {}, row, fmtValue(bh));
      make("td", { class: "sum", "data-matrix-sum": letter, "data-unit": unit, "data-value": sum }, row, fmtValue(sum));
    }
    for (const name of others) make("td", {}, row, fmtValue(everyone(p, name, unit, S.t), p.parts.find((each) => each.signal === name)?.kind !== "gate"));
    const value = everyone(p, part.signal, unit, S.t);
    make("td", { class: `result role-${part.role}`, "data-signal": part.signal, "data-layer": p.layer, "data-direction": p.direction, "data-t": S.t, "data-unit": unit, "data-value": value }, row, fmtValue(value, part.kind !== "gate"));
  }
  return scroll;
}

function weightCell(S, row, weight) {
  const reach = Math.max(...S.p.arrays.U.map(Math.abs)) || 1;
  const index = indexOf(weight, -reach, reach);
  make("td", { style: `background: ${css(S.colours.weight, index)}; color: ${inkFor(S.colours.weight, index)}` }, row, fmtValue(weight));
}

function everyone(p, name, unit, t) {
  const steps = p.window[1] - p.window[0] + 1;
  return p.arrays.exact[(p.vectors.indexOf(name) * steps + t - p.window[0]) * p.units + unit - 1];
}
