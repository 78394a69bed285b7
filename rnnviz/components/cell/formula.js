// Formulas as trees: what they name, what they come to, and how they are printed, with symbols or with numbers.
//
// `from_x_f` stands for W_if x + b_if, so it is written as the sum of two leaves, wx_f and bi_f; `from_h_f` likewise.

function expanded(tree) {
  if (typeof tree === "string") {
    const [, from, letter] = /^from_([xh])_(\w+)$/.exec(tree) || [];
    return from === "x" ? ["+", `wx_${letter}`, `bi_${letter}`] : from === "h" ? ["+", `uh_${letter}`, `bh_${letter}`] : tree;
  }
  if (!Array.isArray(tree)) return tree;
  const parts = tree.slice(1).map(expanded);
  return tree[0] === "+" ? ["+", ...parts.flatMap((part) => (part[0] === "+" ? part.slice(1) : [part]))] : [tree[0], ...parts];
}

function namesIn(tree) {
  if (Array.isArray(tree)) return [...new Set(tree.slice(1).flatMap(namesIn))];
  return typeof tree === "string" ? [tree] : [];
}

const FUNCTIONS = { sigmoid: (v) => 1 / (1 + Math.exp(-v)), tanh: Math.tanh, relu: (v) => Math.max(0, v) };
const FUNCTION_SIGNS = { sigmoid: "σ", tanh: "tanh", relu: "max(0, ·)" };

function evaluate(tree, values) {
  if (typeof tree === "string") return values[tree];
  if (!Array.isArray(tree)) return tree;
  const [head, ...rest] = tree;
  const parts = rest.map((part) => evaluate(part, values));
  if (head === "+") return parts.reduce((a, b) => a + b);
  if (head === "-") return parts[0] - parts[1];
  if (head === "*") return parts.reduce((a, b) => a * b);
  return FUNCTIONS[head](parts[0]);
}

// Every number there is at a step, by name. `over` is a value that a hand is just dragging: {signal, value}.
function numbersAt(p, t, over = null) {
  const at = (array, row) => p.arrays[array][row * p.time + t - 1];
  const values = {};
  p.states.forEach((name, row) => (values[`previous_${name}`] = at("before", row)));
  p.letters.forEach((letter, row) => {
    values[`wx_${letter}`] = at("from_x", row);
    values[`uh_${letter}`] = at("from_h", row);
    values[`bi_${letter}`] = p.input_bias[row];
    values[`bh_${letter}`] = p.hidden_bias[row];
  });
  const touched = new Set();
  p.parts.forEach((part, row) => {
    const hand = over?.signal === part.signal;
    const follows = namesIn(part.tree).some((name) => touched.has(name)) && !heldAt(p, part.signal, t);
    values[part.signal] = hand ? over.value : follows ? evaluate(part.tree, values) : at("values", row);
    if (hand || follows) touched.add(part.signal);
  });
  return values;
}

// The intervention that holds this signal of the chosen unit at a step, if any; the last one has the last word.
function heldAt(p, signal, t) {
  const mine = (h) => h.signal === signal && h.layer === p.layer && h.direction === p.direction;
  return p.held.filter((h) => mine(h) && (h.units === null || h.units.includes(p.unit)) && h.first <= t && t <= h.last).at(-1);
}

// What a name is made of, one level down.
function madeOf(p, name) {
  const part = p.parts.find((each) => each.signal === name);
  if (part) return namesIn(part.tree);
  return name.startsWith("wx_") ? ["x"] : name.startsWith("uh_") ? ["previous_hidden"] : [];
}

// [symbol, subscript] of a name; t is printed in numbers, so that symbol and picture say the same.
function symbolOf(p, name, t) {
  const before = p.direction === "backward" ? t + 1 : t - 1;
  const part = p.parts.find((each) => each.signal === name.replace("previous_", ""));
  if (part) return [[part.symbol, name.startsWith("previous_") ? before : t]];
  const [kind, letter] = name.split("_");
  if (kind === "wx") return [["W", `i${letter}`], ["x", t]];
  if (kind === "uh") return [["W", `h${letter}`], ["h", before]];
  return [["b", (kind === "bi" ? "i" : "h") + letter]];
}

function roleOf(p, name) {
  const part = p.parts.find((each) => each.signal === name.replace("previous_", ""));
  return part ? part.role : name.startsWith("wx") || name === "x" ? "input" : name.startsWith("uh") ? "hidden" : "plain";
}

// How many decimals it takes until the printed operands come to the printed result; 3 if they do at once.
function decimalsFor(tree, values, result) {
  for (let decimals = 3; decimals <= 6; decimals++) {
    const rounded = Object.fromEntries(namesIn(tree).map((name) => [name, Number(values[name].toFixed(decimals))]));
    if (Math.abs(evaluate(tree, rounded) - result) <= 0.0006) return decimals;
  }
  return 6;
}

// The tree with every number as it is printed.
function roundedTree(tree, values, decimals) {
  if (typeof tree === "string") return Number(values[tree].toFixed(decimals));
  return Array.isArray(tree) ? [tree[0], ...tree.slice(1).map((part) => roundedTree(part, values, decimals))] : Number(tree.toFixed(decimals));
}

// A tree as a list of nodes. `leaf(name, how)` prints a name, `number(value, how)` a value without one; `how` is "first" or
// "later" in a sum, where a later term's sign has become the operator before it, or "factor". `sign(part)` is the sign of a
// leaf that is printed as a number, or 1.
function written(tree, leaf, number, sign = () => 1, how = "first") {
  if (typeof tree === "string") return [leaf(tree, how)];
  if (!Array.isArray(tree)) return [number(tree, how)];
  const [head, ...parts] = tree;
  const text = (words) => document.createTextNode(words);
  if (FUNCTION_SIGNS[head]) {
    const [open, close] = head === "relu" ? ["max(0, ", ")"] : [`${FUNCTION_SIGNS[head]}(`, ")"];
    return [text(open), ...written(parts[0], leaf, number, sign), text(close)];
  }
  if (head === "*") return parts.flatMap((part, at) => [...(at ? [text(" × ")] : []), ...written(part, leaf, number, sign, "factor")]);
  const inner = parts.flatMap((part, at) => {
    const minus = at && (head === "-") !== (!Array.isArray(part) && sign(part) < 0);
    return [...(at ? [text(minus ? " − " : " + ")] : []), ...written(part, leaf, number, sign, at ? "later" : "first")];
  });
  return how === "factor" ? [text("("), ...inner, text(")")] : inner;
}
