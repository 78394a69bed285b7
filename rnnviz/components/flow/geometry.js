// All panels share one axis: step k stands in the same column everywhere, read from the right, where the loss is, to the left.
const LABELS = 100; // room on the left for the names of the lines, where they end
const TICKS = 54; // and on the right for the axis, where they start

function geometry(S) {
  const scale = typeScale();
  const [left, right] = [LABELS * scale, TICKS * scale];
  const wide = Math.max(60, S.width - left - right);
  const column = wide / S.p.time;
  return {
    left, right, wide, column, scale,
    x: (k) => left + (k - 0.5) * column,
    stepAt: (x) => Math.max(1, Math.min(S.p.time, Math.ceil((x - left) / column))),
    font: 12 * scale,
  }; // prettier-ignore
}

// One value of a triangle: loss t, step k, both from 1, k <= t.
function at(values, t, k) {
  return values[(t * (t - 1)) / 2 + k - 1];
}

function mainLine(S) {
  return S.p.arrays[`line${S.p.main}`];
}
function matrixOf(S) {
  return S.p.arrays.matrix || mainLine(S);
}
// The state that one step hands to the next: h, or h and c together.
function chainOf(S) {
  return S.p.arrays.chain || mainLine(S);
}

// Where a number comes from, so that anyone can check it from outside.
function address(S, signal, t, k, value, more = {}) {
  return { "data-signal": signal, "data-layer": S.p.layer, "data-direction": S.p.direction, "data-loss": t, "data-t": k, "data-value": value, ...more };
}

// What cannot stand on a scale of powers of ten has a colour of its own.
const ZERO = { light: "#7FB5B0", dark: "#2F6F6A" };
const ODD = "#E3001B";

function paint(S, value, dark = S.dark) {
  if (!Number.isFinite(value)) return { css: ODD, ink: "#fff" };
  if (value === 0) return { css: ZERO[dark ? "dark" : "light"], ink: dark ? "#fff" : "#000" };
  const index = indexOf(Math.log10(Math.abs(value)), S.p.low, S.p.high);
  return { css: css(S.colours.gradient, index), ink: inkFor(S.colours.gradient, index), index };
}

function power(exponent) {
  return exponent === 0 ? "1" : `1e${String(exponent).replace("-", MINUS)}`;
}

// A symbol such as ‖∂L_t/∂h_k‖, with its indices set low.
function symbolNodes(symbol) {
  return symbol.split(/(_\w)/).map((part) => (part[0] === "_" ? make("sub", {}, null, part[1]) : document.createTextNode(part)));
}
