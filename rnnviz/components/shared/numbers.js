// How numbers are written on screen; rnnviz/figures/numbers.py says the same for Python, and one test holds both to it.
const MINUS = "\u2212";
const THIN = "\u202f"; // narrow, and no line breaks at it

function fmtOdd(v) {
  return Number.isNaN(v) ? "NaN" : (v > 0 ? "" : MINUS) + "∞";
}
function fmtValue(v, signed = true, decimals = 3) {
  if (!Number.isFinite(v)) return fmtOdd(v);
  const text = Math.abs(v).toFixed(decimals);
  if (!signed) return text;
  return Number(text) === 0 ? text : (v < 0 ? MINUS : "+") + text;
}
function fmtProb(p) {
  if (!Number.isFinite(p)) return fmtOdd(p);
  if (p > 0 && p < 0.001) return "<0.1 %";
  if (p >= 0.9995 && p < 1) return ">99.9 %";
  return (100 * p).toFixed(1) + " %";
}
// `words` says where the unit stands, in the reader's language.
function fmtBits(v, words = "{value} bits") {
  if (!Number.isFinite(v)) return fmtOdd(v);
  return words.replace("{value}", v > 0 && v < 0.005 ? "<0.01" : v.toFixed(2));
}
function fmtSteps(v) {
  if (!Number.isFinite(v)) return "∞";
  return v < 100 ? v.toFixed(1) : Math.round(v).toString().replace(/\B(?=(\d{3})+$)/g, THIN);
}
// A value strictly inside (-1, 1) is never printed as 1: it gets the digits that tell it apart.
function fmtInside(v) {
  const gap = 1 - Math.abs(v);
  if (gap <= 0 || gap > 5e-4) return fmtSmall(v);
  return (v < 0 ? MINUS : "") + Math.abs(v).toFixed(Math.min(15, Math.ceil(-Math.log10(gap)) + 1));
}
// Three significant digits, scientific outside 1e-3 to 1e4; zero and what float32 calls nothing are said as such.
function fmtSmall(v) {
  if (!Number.isFinite(v)) return fmtOdd(v);
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1.17549435e-38) return "<1e" + MINUS + "38";
  const text = size < 1e-3 || size >= 1e4 ? size.toExponential(2).replace(/e([-+])(\d)$/, "e$10$2") : String(Number(size.toPrecision(3)));
  return (v < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS);
}
// A probability given as its surprise in bits: also one that no double can hold, as 3.42e−58.
function fmtChance(bits) {
  const power = -bits * Math.log10(2);
  if (power > -3) return fmtProb(2 ** -bits);
  let [whole, mantissa] = [Math.floor(power), 10 ** (power - Math.floor(power))];
  if (mantissa >= 9.995) [whole, mantissa] = [whole + 1, 1];
  return `${mantissa.toFixed(2)}e${MINUS}${String(-whole).padStart(2, "0")}`;
}
function fmtPerplexity(value) {
  return value < 100 ? value.toFixed(1) : String(Number(value.toPrecision(3))).replace(/\B(?=(\d{3})+$)/g, THIN);
}
