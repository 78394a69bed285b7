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
  const lines = [...S.root.querySelectorAll(".steps tr")].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
  const chart = p.film ? lossChart(S, false) : null;
  const height = 60 + lines.length * 20 + (chart ? CHART.height + 20 : 0);
  const svg = make("svg", { xmlns: SVG_NS, viewBox: `0 0 860 ${height}`, width: 860, height, "font-family": "sans-serif" });
  make("rect", { width: 860, height, fill: "#ffffff" }, svg);
  make("text", { x: 12, y: 26, "font-size": 16, "font-weight": "bold", fill: "#1f2328" }, svg, p.title);
  lines.forEach((cells, row) => {
    const offset = cells.length > p.time ? 0 : 1; // a row whose label stands further up
    cells.forEach((text, at) => make("text", { x: at + offset === 0 ? 12 : 180 + (at + offset - 1) * 170, y: 54 + row * 20, "font-size": 12, "font-family": "monospace", fill: "#1f2328" }, svg, text));
  });
  if (chart) {
    const group = make("g", { transform: `translate(0 ${60 + lines.length * 20})` }, svg);
    group.append(...chart.childNodes);
  }
  return new XMLSerializer().serializeToString(svg);
}
