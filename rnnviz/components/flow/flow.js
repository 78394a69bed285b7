// Gradient flow. The shared timeline's two coordinates are here the step k that is looked at (`t`) and the step t of the
// loss (`unit`); playing goes from the loss to the left, as gradients do.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__flow || (host.__flow = { t: 1, unit: 1, turn: -1, speed: 2, timer: null, bytes: null, average: false });
  return whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
}

function rebuild(S, root, p) {
  const hadFocus = root.contains(root.getRootNode().activeElement) && root.getRootNode().activeElement.classList.contains("panel");
  [S.p, S.root, S.updates, S.means, S.meanOfFactors, S.highest] = [p, root, [], null, null, highestOf(p)];
  S.playsFrom = () => S.unit;
  const move = startTimeline(S, p, () => {
    hideTip(S);
    update(S);
  });
  S.t = Math.min(S.t, S.unit);
  // a step behind the loss is not reached by it
  const go = ({ t = S.t, unit = S.unit }) => {
    const loss = Math.max(1, Math.min(p.units, unit));
    move({ t: Math.max(1, Math.min(loss, t)), unit: loss });
  };
  S.moveRow = (by) => go({ unit: S.unit + by });
  S.resume = () => play(S, go);
  dress(S, root, p);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  buildAverage(bar, S);
  if (p.layout !== "present") buildFiles(bar, S, () => asSvg(S));
  buildText(main, S, go);
  buildMatrix(main, S, go);
  buildLegend(main, S);
  S.linesNode = make("div", { class: "panel lines-panel", role: "group", "aria-label": p.words.lines_label }, main);
  S.factorsNode = make("div", { class: "panel", role: "group", "aria-label": p.words.factors_label }, main);
  make("p", { class: "note reading" }, main, [p.words.lines_read, p.whole_state ? p.words.state_read : "", p.lower ? p.words.lower_read : p.words.bound_read].filter(Boolean).join(" "));
  for (const node of [S.linesNode, S.factorsNode]) listenToDrag(node, S, go);
  buildChain(main, S, go);
  buildCards(root, S);
  S.tip = make("div", { class: "tip", hidden: true }, root);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => {
    if (main.clientWidth !== S.width) layout(S, main);
  });
  S.observer.observe(main);
  layout(S, main);
  if (hadFocus) S.stage.focus({ preventScroll: true });
}

function hideTip(S) {
  S.tip.hidden = true;
  S.tip.replaceChildren(); // a number that nobody sees is not on screen
}

function layout(S, main) {
  S.width = main.clientWidth || 800;
  const scale = typeScale();
  S.g = geometry(S);
  const present = S.p.layout === "present";
  S.matrixHeight = Math.round(Math.max(120, Math.min(present ? 110 : 180, S.width * 0.5)) * scale);
  S.linesHeight = Math.round((present ? 118 : 152) * scale);
  S.factorsHeight = Math.round((present ? 56 : 80) * scale);
  S.drawMatrix();
  update(S);
}

function update(S) {
  if (!S.g) return;
  S.linesNode.replaceChildren(drawLines(S));
  S.factorsNode.replaceChildren(drawFactors(S));
  for (const act of S.updates) act();
}

function buildAverage(bar, S) {
  const button = make("button", { type: "button", class: "average", title: S.p.words.average_help }, bar);
  button.onclick = () => {
    S.average = !S.average;
    update(S);
  };
  S.updates.push(() => {
    button.textContent = S.average ? S.p.words.average_off : S.p.words.average_on;
    button.setAttribute("aria-pressed", S.average);
  });
}

function buildLegend(parent, S) {
  const p = S.p;
  const row = make("div", { class: "legend-row" }, parent);
  make("span", { class: "what" }, row).append(...symbolNodes(p.quantity.title));
  make("span", {}, row, `≤ ${power(p.low)}`);
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.gradient.join(",")})` }, row);
  make("span", {}, row, `≥ ${power(p.high)}`);
  const mark = (style, text) => make("span", { class: "mark" }, row, text).prepend(make("i", { style, class: style ? "" : "hatch" }));
  mark("", p.words.undefined);
  mark(`background: ${ZERO[S.dark ? "dark" : "light"]}`, p.words.zero);
  const odd = matrixOf(S).slice((p.first * (p.first - 1)) / 2, (p.units * (p.units + 1)) / 2).some((value) => !Number.isFinite(value) && !nothingLeft(S, value));
  if (odd) mark(`background: ${ODD}`, p.words.odd);
  const signed = p.quantity.name === "occlusion" || p.quantity.name === "gradient_times_input";
  make("span", { class: "note" }, row, signed ? p.words.legend_signed : p.words.legend_note);
}

// Drag over the lines or the factors: the cursor takes the column under the hand.
function listenToDrag(node, S, go) {
  const to = (event) => go({ t: S.g.stepAt(event.clientX - node.getBoundingClientRect().left) });
  node.onpointerdown = (event) => {
    if (S.average && node === S.linesNode) return;
    pause(S);
    node.setPointerCapture(event.pointerId);
    to(event);
    node.onpointermove = to;
  };
  node.onpointerup = node.onpointercancel = () => (node.onpointermove = null);
}
