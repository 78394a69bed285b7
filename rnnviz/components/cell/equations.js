// Every equation of the cell twice: in symbols, and with the numbers of this unit and step, down to the result.
function buildEquations(parent, S) {
  const p = S.p;
  const list = make("div", { class: "equations", role: "list" }, parent);
  const proof = make("p", { class: "note proof", title: p.words.proof_help }, parent);
  S.updates.push(() => {
    const values = numbersAt(p, S.t, S.over);
    list.replaceChildren(...p.parts.map((part) => equation(S, part, values)));
    proof.textContent = fill(p.words.proof, { residual: p.residual.toExponential(0).replace("e-", "e" + MINUS) });
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest(".equation");
    if (line) S.focusOn(line.dataset.key);
  });
}

function equation(S, part, values) {
  const p = S.p;
  const line = make("div", { class: "equation" + (S.focus === part.signal ? " focus" : ""), role: "listitem", "data-key": part.signal });
  const symbols = make("div", { class: "symbols" }, line);
  const symbol = (name) => {
    const node = make("span", { class: `term role-${roleOf(p, name)}`, "data-key": name });
    for (const [letter, below] of symbolOf(p, name, S.t)) {
      make("i", {}, node, letter);
      make("sub", {}, node, String(below));
    }
    return node;
  };
  symbols.append(symbol(part.signal), " = ", ...written(part.tree, symbol, (v) => document.createTextNode(String(v))));
  const numbers = make("div", { class: "numbers" }, line);
  const result = values[part.signal];
  const bold = make("b", { class: `role-${part.role}`, "data-key": part.signal, ...addressOf(p, part.signal, S.t, result, S.over) }, null, fmtValue(result, part.kind !== "gate"));
  const hand = heldAt(p, part.signal, S.t);
  const held = hand && (hand.low === hand.high || Math.abs(evaluate(part.tree, values) - result) > 1e-5); // a clamp need not bind
  const dragged = S.over?.signal === part.signal;
  if (held || dragged) {
    const otherwise = fmtValue(evaluate(part.tree, values), part.kind !== "gate");
    numbers.append(...fillNodes(p.words.set_to, { value: bold, otherwise }));
    return line;
  }
  const decimals = decimalsFor(part.tree, values, result);
  // a minus stands in front of the first term and inside brackets; a later term's has become the operator
  const print = (value, how) => {
    const text = fmtValue(Math.abs(value), false, decimals);
    const minus = value < 0 && Number(text) !== 0 && how !== "later";
    return how === "factor" && minus ? `(${MINUS}${text})` : (minus ? MINUS : "") + text;
  };
  const leaf = (name, how) =>
    make("span", { class: `term role-${roleOf(p, name)}`, "data-key": name, "data-operand": name, ...addressOf(p, name, S.t, values[name], S.over) }, null, print(values[name], how));
  const plain = (v, how) => document.createTextNode(Number.isInteger(v) ? String(v) : print(v, how));
  const sign = (each) => (Number((typeof each === "string" ? values[each] : each).toFixed(decimals)) < 0 ? -1 : 1);
  numbers.append("= ", ...written(part.tree, leaf, plain, sign));
  const rounded = (tree) => evaluate(roundedTree(tree, values, decimals), values);
  const halfway = !Array.isArray(part.tree) ? part.tree : part.tree.map((each, at) => (at && Array.isArray(each) ? evaluate(each, values) : each));
  if (Array.isArray(halfway) && halfway.some((each, at) => each !== part.tree[at])) {
    const adds = part.tree.every((each, at) => !at || !Array.isArray(each) || rounded(each).toFixed(decimals) === halfway[at].toFixed(decimals));
    numbers.append(adds ? " = " : ` ${p.words.approximate} `, ...written(halfway, leaf, (v, how) => document.createTextNode(print(v, how)), sign));
  }
  numbers.append(rounded(halfway).toFixed(3) === result.toFixed(3) ? " = " : ` ${p.words.approximate} `, bold);
  return line;
}
