// The strips picture. State lives on the root and survives reruns; the DOM is rebuilt only when the picture changes.

export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__strips || (host.__strips = { t: 1, unit: 1, turn: -1, first: 0, speed: 1, timer: null, bytes: null });
  return whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), decode(data)));
}

function rebuild(S, root, p) {
  const hadFocus = root.contains(root.getRootNode().activeElement) && root.getRootNode().activeElement.classList.contains("stage");
  S.p = p;
  S.root = root;
  S.updates = [];
  S.texts = new Set();
  const go = startTimeline(S, p, () => {
    S.tip.hidden = true;
    reveal(S);
    update(S);
  });
  S.moveRow = (by) => go({ unit: p.order[Math.max(0, Math.min(p.units - 1, p.order.indexOf(S.unit) + by))] });
  S.resume = () => play(S, go);
  S.rows = Math.min(p.rows, p.units);
  S.first = Math.max(0, Math.min(p.units - S.rows, S.first));
  dress(S, root, p);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => asSvg(S));
  buildStage(main, S, go);
  if (p.layout !== "compact") buildSays(main, S);
  buildCards(root, S, go);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => layout(S));
  S.observer.observe(S.time);
  layout(S);
  reveal(S);
  update(S);
  if (hadFocus) S.stage.focus({ preventScroll: true });
}

function layout(S) {
  const p = S.p;
  const width = S.time.clientWidth;
  if (!width) return;
  S.column = Math.max((p.tokens.some((token) => token.length > 1) ? LEAST_WORD : LEAST_COLUMN) * typeScale(), Math.min(96 * typeScale(), width / p.time));
  S.inner.style.width = `${S.column * p.time}px`;
  S.inner.style.setProperty("--column", `${S.column}px`);
  draw(S);
  update(S);
}

function draw(S) {
  S.canvases.forEach((canvas, at) => drawStrip(canvas, S.p, at, S.first, S.rows, S.colours[S.p.strips[at].kind]));
}

function update(S) {
  if (!S.column) return;
  for (const act of S.updates) act();
}

// Bring the chosen unit and step into view.
function reveal(S) {
  const row = S.p.order.indexOf(S.unit);
  if (row < S.first || row >= S.first + S.rows) {
    S.first = Math.max(0, Math.min(S.p.units - S.rows, row - Math.floor(S.rows / 2)));
    draw(S);
  }
  if (!S.column) return;
  const [left, right] = [(S.t - 1) * S.column, S.t * S.column];
  if (left < S.time.scrollLeft) S.time.scrollLeft = Math.max(0, left - 40);
  else if (right > S.time.scrollLeft + S.time.clientWidth) S.time.scrollLeft = right - S.time.clientWidth + 40;
}
