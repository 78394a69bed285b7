// One cell, opened. State lives on the host and survives reruns.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__cell || (host.__cell = { t: 1, unit: 1, turn: -1, speed: 1, timer: null, bytes: null, focus: null, motion: null, who: "unit", when: "on" });
  const leave = whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
  return () => {
    leave();
    stopMotion(S);
  };
}

function rebuild(S, root, p) {
  if (S.p) stopMotion(S);
  const active = root.getRootNode().activeElement;
  const focused = active && root.contains(active) ? active.dataset.drag || active.getAttribute("aria-label") : null;
  for (const part of p.parts) part.tree = expanded(part.formula);
  S.p = p;
  S.root = root;
  S.updates = [];
  S.over = null;
  S.hover = null;
  if (!p.parts.some((part) => part.signal === S.focus)) S.focus = p.parts[0].signal;
  if (!p.motion.length || S.motion >= p.motion.length) S.motion = null;
  S.refresh = () => {
    for (const act of S.updates) act();
    applyLight(S);
  };
  const go = startTimeline(S, p, () => {
    S.over = null;
    root.classList.toggle("waiting", S.unit !== p.unit);
    S.refresh();
  });
  S.moveRow = (by) => go({ unit: Math.max(1, Math.min(p.units, S.unit + by)) });
  S.resume = () => play(S, go);
  S.focusOn = (signal) => {
    S.focus = signal;
    S.refresh();
  };
  dress(S, root, p);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => asSvg(S));
  const strip = make("div", { class: "tokens", "aria-hidden": "true" }, main);
  p.tokens.forEach((token, at) => (make("span", { class: p.unknown.includes(at + 1) ? "unknown" : null, title: `t = ${at + 1}` }, strip, token.length > 1 ? `${token} ` : token).onclick = () => go({ t: at + 1 })));
  buildDiagram(main, S, go);
  buildLegend(main, S);
  buildMotion(main, S);
  buildEquations(main, S);
  const side = make("div", { class: "cards" }, root);
  buildWhatIf(side, S);
  buildTerms(side, S);
  buildDownstream(main, S, go);
  buildUnits(root, S, go);
  if (p.arrays.U) buildMatrices(root, S);
  if (p.words.notice) {
    const notice = make("section", { class: "card notice" }, root);
    make("h3", {}, notice, p.words.notice_title);
    explained({}, notice, p.words.notice, p.words);
  }
  S.updates.push(() => {
    [...strip.children].forEach((node, at) => node.classList.toggle("now", at + 1 === S.t));
    const now = strip.children[S.t - 1];
    if (now.offsetLeft < strip.scrollLeft || now.offsetLeft + now.offsetWidth > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = now.offsetLeft - strip.clientWidth / 2;
  });
  listenToHover(root, S);
  S.forgetKeys = listenToKeys(S, go);
  S.refresh();
  if (focused) [...root.querySelectorAll("[aria-label]")].find((node) => node.dataset.drag === focused || node.getAttribute("aria-label") === focused)?.focus({ preventScroll: true });
}

// What the strips' colours mean, from the domains in use; equal ones share a line.
function buildLegend(parent, S) {
  const p = S.p;
  const row = make("div", { class: "legend-row" }, parent);
  const lines = new Map();
  for (const part of p.parts) {
    const ends = part.kind === "gate" ? [`0 ${p.words.closed}`, `1 ${p.words.open}`] : [edge(part.low, part.beyond[0]), edge(part.high, part.beyond[1])];
    const key = [part.kind, ...ends].join("|");
    lines.set(key, { kind: part.kind, ends, symbols: [...(lines.get(key)?.symbols || []), part.symbol] });
  }
  for (const { kind, ends, symbols } of lines.values()) {
    const item = make("span", { class: "legend-item" }, row);
    make("i", {}, item, symbols.join(", "));
    make("span", {}, item, ends[0]);
    make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops[kind].join(",")})` }, item);
    make("span", {}, item, ends[1]);
  }
  make("span", {}, row, p.words.strips);
}

function edge(value, beyond) {
  const text = (value < 0 ? MINUS : "+") + String(Number(Math.abs(value).toPrecision(3)));
  return beyond ? `${value < 0 ? "≤" : "≥"} ${text}` : text;
}

function buildDiagram(parent, S, go) {
  const frame = make("div", { class: "frame" }, parent);
  const pick = (event) => {
    const strip = event.target.closest("[data-pick]");
    const box = event.target.closest("g.box");
    if (strip) {
      const area = strip.getBoundingClientRect();
      pause(S);
      go({ unit: Math.max(1, Math.min(S.p.units, Math.floor(((event.clientX - area.left) / area.width) * S.p.units) + 1)) });
    } else if (box && S.p.parts.some((part) => part.signal === box.dataset.key)) S.focusOn(box.dataset.key);
  };
  frame.addEventListener("click", pick);
  frame.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("g.box");
    if (event.key !== "Enter" || !box) return;
    S.focusOn(box.dataset.key);
    event.preventDefault();
  });
  S.updates.push(() => {
    const active = S.root.getRootNode().activeElement;
    const key = active && frame.contains(active) ? active.dataset.key : null;
    frame.replaceChildren(drawDiagram(S));
    if (key) frame.querySelector(`g.box[data-key="${key}"]`)?.focus({ preventScroll: true });
  });
}
