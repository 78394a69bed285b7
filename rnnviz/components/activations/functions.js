// The functions by their definitions. `slope` is the derivative; at a corner it is what torch takes for it.
const SIGMOID = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const ACTIVATION = {
  step: { role: "input", value: (x) => (x > 0 ? 1 : 0), slope: () => 0, largest: 0 },
  sigmoid: { role: "keep", value: SIGMOID, slope: (x) => SIGMOID(x) * (1 - SIGMOID(x)), largest: 0.25 },
  tanh: { role: "hidden", value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2, largest: 1 },
  relu: { role: "write", value: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0), largest: 1 },
  leaky_relu: { role: "candidate", value: (x, a) => (x >= 0 ? x : a * x), slope: (x, a) => (x > 0 ? 1 : a), largest: 1 },
};

// Three significant digits, scientific outside 1e-3 to 1e4; zero and what float32 calls nothing are said as such.
function fmtSmall(v) {
  if (!Number.isFinite(v)) return fmtOdd(v);
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1.17549435e-38) return "<1e" + MINUS + "38";
  const text = size < 1e-3 || size >= 1e4 ? size.toExponential(2) : String(Number(size.toPrecision(3)));
  return (v < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS).replace("e+", "e");
}
