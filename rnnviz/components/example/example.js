// The worked example. State lives on the host and survives reruns.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__example || (host.__example = { t: 1, unit: 1, turn: -1, speed: 1, timer: null, bytes: null, stage: 0, frame: 0, slopes: false });
  const leave = whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
  return () => {
    leave();
    S.stopFilm?.();
  };
}

function rebuild(S, root, p) {
  const active = root.getRootNode().activeElement;
  const typing = active && root.contains(active) && active.dataset.weight ? { ...active.dataset } : null;
  S.stopFilm?.();
  [S.p, S.root, S.updates, S.shown] = [p, root, [], []];
  S.frame = Math.min(S.frame, p.frames - 1);
  S.untouched = Object.entries(p.original).every(([name, values]) => values.flat().every((value, at) => p.arrays[`w_${name}`][at] === value));
  S.reach = Math.max(1, ...Object.keys(p.matrices).flatMap((name) => [...p.arrays[`w_${name}`]].map(Math.abs)));
  const go = startTimeline(S, p, () => S.redraw());
  S.resume = () => play(S, go);
  S.forgetKeys = listenToKeys(S, go);
  dress(S, root, p);
  const top = make("div", { class: "top" }, root);
  const bar = buildPlayer(top, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => asSvg(S));
  const body = make("div", { class: "body" }, root);
  buildWeights(body, S);
  buildReading(body, S, go);
  buildFilm(root, S);
  make("p", { class: "note proof" }, root, fill(p.words.proof, { difference: p.difference.toExponential(0).replace("e-", "e" + MINUS) }));
  S.redraw = () => {
    for (const act of S.shown) act();
    for (const act of S.updates) act();
  };
  S.redraw();
  if (typing) root.querySelector(`input[data-weight="${typing.weight}"][data-row="${typing.row}"][data-column="${typing.column}"]`)?.focus({ preventScroll: true });
}

// The table of the four steps, and the loss where there is a film, on a light ground.
function asSvg(S) {
  const p = S.p;
  const chart = p.film ? lossChart(S, false) : null;
  const lines = [["", ...p.tokens.map((token, at) => `${token} → ${p.targets[at]}`)]];
  const units = Array.from({ length: p.units }, (_, row) => row + 1);
  const block = (name, symbol, labels) => labels.forEach((label, row) =>
    lines.push([`${symbol} ${label}`, ...p.tokens.map((_, t) => signedSix(p.arrays[name][(S.frame * p.time + t) * labels.length + row]))])); // prettier-ignore
  block("from_x", "W_xh x", units);
  block("from_h", "W_hh h + b", units);
  block("h", "h", units);
  block("y", "y", [...p.letters]);
  block("p", "p", [...p.letters]);
  lines.push([p.words.rows.says_short, ...p.tokens.map((_, at) => best(S, at + 1))]);
  block("loss", p.words.rows.loss_short, [""]);
  const height = 60 + lines.length * 20 + (chart ? CHART.height + 20 : 0);
  const svg = make("svg", { xmlns: SVG_NS, viewBox: `0 0 860 ${height}`, width: 860, height, "font-family": "sans-serif" });
  make("rect", { width: 860, height, fill: "#ffffff" }, svg);
  make("text", { x: 12, y: 26, "font-size": 16, "font-weight": "bold", fill: "#1f2328" }, svg, p.title);
  lines.forEach((cells, row) => cells.forEach((text, at) => make("text", { x: at ? 160 + at * 160 : 12, y: 54 + row * 20, "text-anchor": at ? "end" : "start", "font-size": 13, "font-family": "monospace", fill: "#1f2328" }, svg, text)));
  if (chart) {
    const group = make("g", { transform: `translate(0 ${60 + lines.length * 20})` }, svg);
    group.append(...chart.childNodes);
  }
  return new XMLSerializer().serializeToString(svg);
}
