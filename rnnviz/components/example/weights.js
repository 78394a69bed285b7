// The matrices, every number of them to be edited in place. What is no number, or out of bounds, is said and not taken.
function buildWeights(parent, S) {
  const p = S.p;
  const box = make("section", { class: "weights" }, parent);
  S.problem = make("p", { class: "problem", role: "alert" }, box);
  for (const [name, shape] of Object.entries(p.matrices)) {
    const [rows, columns] = name === "b" || name === "b_y" ? [shape[1], 1] : shape; // biases stand upright
    const table = make("table", { class: "matrix", "data-matrix": name }, box);
    const caption = make("caption", {}, table);
    const [letter, below] = name.split("_");
    make("i", {}, caption, letter);
    make("sub", {}, caption, below || "");
    make("span", { class: "note" }, caption, ` ${p.words.matrix[name]}`);
    const acrossLetters = name === "W_xh";
    if (columns > 1) {
      const head = make("tr", {}, make("thead", {}, table));
      make("th", {}, head);
      for (let column = 0; column < columns; column++) make("th", {}, head, acrossLetters ? p.letters[column] : String(column + 1));
    }
    const body = make("tbody", {}, table);
    for (let row = 0; row < rows; row++) {
      const line = make("tr", {}, body);
      make("th", {}, line, rows === 1 ? "" : name === "W_hy" || name === "b_y" ? p.letters[row] : String(row + 1));
      for (let column = 0; column < columns; column++) weightCell(S, line, name, row, column, columns);
    }
  }
}

function weightCell(S, line, name, row, column, columns) {
  const p = S.p;
  const at = row * columns + column;
  const cell = make("td", {}, line);
  const label = fill(p.words.cell, { name, row: row + 1, column: column + 1 });
  const input = make("input", { type: "text", inputmode: "decimal", "aria-label": label, spellcheck: "false", "data-weight": name, "data-row": row, "data-column": column }, cell);
  const slope = make("span", { class: "slope" }, cell);
  const size = p.matrices[name][0] * p.matrices[name][1];
  const original = p.original[name].flat()[at];
  const value = () => p.arrays[`w_${name}`][S.frame * size + at];
  const show = () => {
    input.value = trimmed(value());
    input.removeAttribute("aria-invalid");
    const index = indexOf(value(), -S.reach, S.reach);
    input.style.background = css(S.colours.weight, index);
    input.style.color = inkFor(S.colours.weight, index);
    input.classList.toggle("edited", S.frame === 0 && Math.abs(value() - original) > 1e-12);
    input.title = S.frame === 0 ? String(value()) : `${label}: ${value()}`;
    input.readOnly = S.frame > 0; // a frame of the film is not to be edited
    const g = p.film ? p.arrays[`g_${name}`][S.frame * size + at] : null;
    slope.textContent = g === null || !S.slopes ? "" : `∂ ${fmtSmall(g)}`;
  };
  input.onchange = () => {
    const typed = input.value.trim().replace(",", ".").replace(/^[−–]/, "-");
    const number = Number(typed);
    if (typed === "" || !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(typed) || Math.abs(number) > p.most) {
      input.setAttribute("aria-invalid", "true");
      S.problem.textContent = fill(typed === "" ? p.words.problem_empty : p.words.problem, { given: input.value.slice(0, 20), label, most: p.most, kept: trimmed(value()) });
      return;
    }
    S.problem.textContent = "";
    S.tell("edit", { matrix: name, at, value: number });
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter") input.blur();
    if (event.key === "Escape") {
      show();
      S.problem.textContent = "";
    }
  };
  S.shown.push(() => {
    if (input.getAttribute("aria-invalid") !== "true") show();
  });
}

// As many decimals as the number has, six at most.
function trimmed(v) {
  if (v !== 0 && Math.abs(v) < 5e-7) return fmtSmall(v);
  return (v < 0 ? MINUS : "") + Math.abs(v).toFixed(6).replace(/0+$/, "").replace(/\.$/, ".0");
}
