// The functions by their definitions. `slope` is the derivative; at a corner it is what torch takes for it.
const SIGMOID = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const ACTIVATION = {
  step: { role: "input", value: (x) => (x > 0 ? 1 : 0), slope: () => 0, largest: () => 0 },
  sigmoid: { role: "keep", value: SIGMOID, slope: (x) => SIGMOID(x) * (1 - SIGMOID(x)), largest: () => 0.25 },
  tanh: { role: "hidden", value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2, largest: () => 1 },
  relu: { role: "write", value: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0), largest: () => 1 },
  leaky_relu: { role: "candidate", value: (x, a) => (x >= 0 ? x : a * x), slope: (x, a) => (x > 0 ? 1 : a), largest: (a) => Math.max(1, a) },
};
