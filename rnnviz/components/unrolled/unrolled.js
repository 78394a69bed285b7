// The unrolled network. State lives on the host and survives reruns.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__unrolled || (host.__unrolled = { t: 1, unit: 1, turn: -1, speed: 1, timer: null, bytes: null, first: 0, fold: 0, view: "change", stage: 0 });
  const leave = whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host, host.querySelector("#root"), unpack(data)));
  return () => {
    leave();
    cancelAnimationFrame(S.frame);
  };
}

function rebuild(S, host, root, p) {
  if (S.p && (Boolean(S.p.change) !== Boolean(p.change))) S.view = "change";
  [S.p, S.root, S.updates, S.shown, S.hovered, S.painted] = [p, root, [], [], null, null];
  S.codeFont = getComputedStyle(root).getPropertyValue("--st-code-font") || "monospace";
  const go = startTimeline(S, p, () => {
    S.hovered = null;
    reveal(S);
    S.redraw();
  });
  S.resume = () => play(S, go);
  S.forgetKeys = listenToKeys(S, go);
  dress(S, root, p);
  if (p.mode === "chain") return buildChain(root, S, go);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  buildFold(bar, S);
  if (p.layout !== "present") buildFiles(bar, S, () => asSvg(S));
  S.stageNode = make("div", { class: "stage", tabindex: 0, role: "group", "aria-label": p.title, "data-signal": p.signal, "data-layer": "all", "data-min": p.low, "data-max": p.high }, main);
  S.canvas = make("canvas", { class: "boxes", "aria-hidden": "true" }, S.stageNode);
  S.layerNode = make("div", { class: "lines" }, S.stageNode);
  buildMinimap(main, S);
  buildLegend(main, S);
  const side = make("div", { class: "cards" }, root);
  buildPanel(side, S);
  buildExpects(side, S);
  buildSwap(side, S);
  if (p.words.notice) {
    const card = make("section", { class: "card notice" }, side);
    make("h3", {}, card, p.words.notice_title);
    explained({}, card, p.words.notice, p.words);
  }
  S.redraw = () => draw(S);
  listenToPointer(S, go);
  S.observer = new ResizeObserver(() => {
    if (S.stageNode.clientWidth === S.width) return;
    S.width = S.stageNode.clientWidth;
    reveal(S);
    S.redraw();
  });
  S.width = S.stageNode.clientWidth || 800;
  S.observer.observe(S.stageNode);
  reveal(S);
  S.redraw();
  if (!lettersThere(S)) document.fonts.load(`12px ${S.codeFont}`).then(() => S.p === p && S.redraw());
}

function draw(S) {
  S.g = geometry(S);
  const g = S.g;
  fillCanvas(S, g);
  const active = S.root.getRootNode().activeElement;
  const at = active && S.layerNode.contains(active) ? { ...active.dataset } : null;
  S.layerNode.replaceChildren(drawScene(S, g));
  S.stageNode.style.height = `${g.height}px`;
  if (at) S.layerNode.querySelector(`.box[data-t="${at.t}"][data-layer="${at.layer}"][data-direction="${at.direction}"]`)?.focus({ preventScroll: true });
  S.minimap();
  S.showPanel();
  for (const act of S.shown) act();
  for (const act of S.updates) act();
}

// The boxes' colours, when they are others than before: most steps move the playhead alone.
function fillCanvas(S, g) {
  const sharp = window.devicePixelRatio || 1;
  const now = [S.width, g.height, sharp, S.first, S.fold, S.fold && S.t, S.view, lettersThere(S)].join(" ");
  if (S.painted === now) return;
  S.painted = now;
  [S.canvas.width, S.canvas.height] = [S.width * sharp, g.height * sharp];
  [S.canvas.style.width, S.canvas.style.height] = [`${S.width}px`, `${g.height}px`];
  const context = S.canvas.getContext("2d");
  context.scale(sharp, sharp);
  paintBoxes(S, g, context);
}

// A canvas does not change its letters when their font arrives.
function lettersThere(S) {
  return document.fonts.check(`12px ${S.codeFont}`);
}

// Keep the playhead in the window.
function reveal(S) {
  if (S.p.mode === "chain") return;
  const { shown } = geometry(S);
  if (S.t <= S.first) S.first = Math.max(0, S.t - 2);
  if (S.t > S.first + shown) S.first = S.t - shown + 1;
  S.first = Math.max(0, Math.min(S.p.time - shown, S.first));
}

function buildFold(bar, S) {
  const button = make("button", { type: "button", class: "fold" }, bar);
  button.onclick = () => {
    const to = S.fold < 0.5 ? 1 : 0;
    cancelAnimationFrame(S.frame);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      S.fold = to;
      return S.redraw();
    }
    const [from, start] = [S.fold, performance.now()];
    const step = (now) => {
      const done = Math.min(1, (now - start) / 450);
      S.fold = from + (to - from) * (done * done * (3 - 2 * done));
      if (done === 1) S.fold = to;
      S.redraw();
      if (done < 1) S.frame = requestAnimationFrame(step);
    };
    S.frame = requestAnimationFrame(step);
  };
  S.updates.push(() => {
    const folded = S.fold > 0.5;
    button.textContent = folded ? S.p.words.unfold : S.p.words.fold;
    button.setAttribute("aria-pressed", folded);
  });
}

function buildLegend(parent, S) {
  const p = S.p;
  const row = make("div", { class: "legend-row" }, parent);
  const ramp = make("span", { class: "ramp" });
  const [low, high] = [make("span"), make("span")];
  const what = make("span", { class: "what" }, row);
  row.append(low, ramp, high);
  make("span", { class: "shared", title: p.words.shared_help }, row, fill(p.time === 1 ? p.words.shared_one : p.words.shared, { time: p.time, parameters: String(p.parameters).replace(/\B(?=(\d{3})+$)/g, THIN) }));
  make("span", { class: "widths" }, row, p.words.widths);
  S.shown.push(() => {
    const change = showsChange(S);
    what.textContent = change ? fill(p.words.change_legend, { name: p.name }) : p.name;
    ramp.style.background = `linear-gradient(to right, ${S.stops[change ? "state" : p.kind].join(",")})`;
    const write = (v) => (change || p.kind !== "gate" ? (v > 0 ? "+" : v < 0 ? MINUS : "") + Math.abs(v).toPrecision(3).replace(/\.?0+$/, "") : String(v));
    const [from, to] = change ? [-p.change.reach, p.change.reach] : [p.low, p.high];
    low.textContent = (change || p.beyond[0] ? "≤ " : "") + write(from);
    high.textContent = (change || p.beyond[1] ? "≥ " : "") + write(to);
  });
}

function listenToPointer(S, go) {
  const node = S.stageNode;
  node.onpointerover = (event) => {
    const box = event.target.closest(".box");
    S.hovered = box ? { t: Number(box.dataset.t), layer: Number(box.dataset.layer), direction: S.p.directions.indexOf(box.dataset.direction) } : null;
    S.showPanel();
  };
  node.onpointerleave = () => {
    S.hovered = null;
    S.showPanel();
  };
  const open = (box) => {
    pause(S);
    S.tell("open", { t: Number(box.dataset.t), layer: Number(box.dataset.layer), direction: box.dataset.direction, unit: 0 });
  };
  node.onclick = (event) => {
    const box = event.target.closest(".box");
    if (box) return open(box);
    const column = event.target.closest("[data-column]");
    if (column) {
      pause(S);
      go({ t: Number(column.dataset.column) });
    }
  };
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.closest?.(".box")) return;
    event.preventDefault();
    open(event.target);
  });
  node.addEventListener("focusin", (event) => {
    const box = event.target.closest(".box");
    if (!box) return;
    S.hovered = { t: Number(box.dataset.t), layer: Number(box.dataset.layer), direction: S.p.directions.indexOf(box.dataset.direction) };
    S.showPanel();
  });
}

// The window that is on screen, as a file on a light ground.
function asSvg(S) {
  const g = S.g;
  const svg = drawScene(S, g, { dark: false });
  for (const cursor of svg.querySelectorAll(".cursor")) cursor.setAttribute("fill", "none");
  const head = 44;
  for (const [name, value] of Object.entries({ xmlns: SVG_NS, viewBox: `0 ${-head} ${S.width} ${g.height + head + 30}`, width: S.width, height: g.height + head + 30, "font-family": "sans-serif" })) svg.setAttribute(name, value);
  const canvas = make("canvas", { width: S.width * 2, height: g.height * 2 });
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  paintBoxes(S, g, context, false);
  svg.prepend(make("image", { x: 0, y: 0, width: S.width, height: g.height, href: canvas.toDataURL() }));
  svg.prepend(make("rect", { x: 0, y: -head, width: S.width, height: g.height + head + 30, fill: "#ffffff" }));
  make("text", { x: 8, y: -20, "font-size": 17, "font-weight": "bold", fill: "#1f2328" }, svg, S.p.title);
  const stops = S.p.scales[showsChange(S) ? "state" : S.p.kind].light;
  stops.forEach((stop, at) => make("rect", { x: 8 + at * 12, y: g.height + 6, width: 12.5, height: 10, fill: stop }, svg));
  const legend = [...S.root.querySelectorAll(".legend-row > span")].map((node) => node.textContent).filter(Boolean);
  make("text", { x: 16 + stops.length * 12, y: g.height + 16, "font-size": 12, fill: "#57606a" }, svg, legend.join("   "));
  return new XMLSerializer().serializeToString(svg);
}
