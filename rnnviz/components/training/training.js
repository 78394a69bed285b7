// The skeleton is built once; numbers that arrive are drawn into it, so nothing flickers and nothing in hand is dropped.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const root = host.querySelector("#root");
  const dark = isDark(host);
  const S = (host.rnnvizTraining ||= { keep: 0.9, log: true, frame: 0, following: true, run: null });
  const p = unpack(data);
  const shape = JSON.stringify([p.words, p.layout, dark]);
  S.setTriggerValue = setTriggerValue;
  if (p.run !== S.run) Object.assign(S, { run: p.run, following: true });
  S.p = p;
  if (S.shape !== shape || S.root !== root || !root.firstChild) build(S, root, p, dark, host, shape);
  if (S.following || S.frame >= S.frames()) S.frame = Math.max(0, S.frames() - 1);
  S.draw();
  S.observer.observe(root);
  root.dataset.updates = Number(root.dataset.updates || 0) + 1;
  root.dataset.step = S.lastStep();
  root.dataset.state = p.state;
  S.forgetTheme?.();
  S.forgetTheme = onTheme(host, () => {
    build(S, root, S.p, isDark(host), host, null);
    S.draw();
  });
  return () => {
    // not only when the component goes, but also when Streamlit hands it other callbacks: what stands may stay
    S.forgetTheme();
    S.rest();
    S.observer.disconnect();
  };
}

function build(S, root, p, dark, host, shape) {
  Object.assign(S, { root, dark, shape });
  S.observer?.disconnect();
  const mode = dark ? "dark" : "light";
  S.colours = Object.fromEntries(Object.entries(p.scales).map(([kind, scale]) => [kind, table(scale[mode])]));
  root.replaceChildren();
  root.className = `${mode} ${p.layout}`;
  for (const [role, ink] of Object.entries(p.roles)) root.style.setProperty(`--role-${role}`, ink[mode]);
  S.frames = () => S.p.films[0]?.steps.length || 0;
  S.shownStep = () => (S.p.films[0] ? S.p.films[0].steps[Math.min(S.frame, S.frames() - 1)] : null);
  S.lastStep = () => Math.max(0, ...S.p.curves.map((curve, at) => (curve.run ? 0 : curveOf(S.p, at).step.at(-1) || 0)));
  const left = make("div", { class: "left" }, root);
  const switches = make("div", { class: "switches" }, left);
  const updates = Object.keys(CHARTS).map((name) => buildChart(left, S, name));
  buildSwitches(switches, S);
  const right = make("div", { class: "right" }, root);
  const filmed = make("div", {}, right);
  const looks = make("div", { class: "looks" }, right);
  S.tip = make("div", { class: "tip", hidden: true }, root);
  const draw = () => {
    for (const update of updates) update();
    drawLooks(looks, S);
    followFilm();
  };
  const followFilm = buildFilm(filmed, S, draw);
  S.draw = draw;
  let width = 0;
  S.observer = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - width) < 2) return;
    width = root.clientWidth;
    draw();
  });
  S.observer.observe(root);
}

function buildSwitches(parent, S) {
  const w = S.p.words;
  const smoothing = make("label", {}, parent, `${w.smoothing} `);
  const slider = make("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: S.keep, "aria-label": w.smoothing, class: "smoothing" }, smoothing);
  slider.oninput = () => ((S.keep = Number(slider.value)), S.draw());
  const label = make("label", {}, parent);
  const log = make("input", { type: "checkbox", checked: S.log }, label);
  label.append(` ${w.log}`);
  log.onchange = () => ((S.log = log.checked), S.draw());
  if (S.p.layout !== "present") buildFiles(parent, S, () => curvesSvg(S));
}

function drawLooks(parent, S) {
  const p = S.p;
  S.left = Math.round(104 * Math.min(1.2, typeScale()));
  const room = parent.clientWidth - S.left - 50;
  // measured once a look: what is drawn below changes the page. A film of pairs has rows of its own
  const columns = new Map(p.films.filter((film) => film.asks !== "sequence").map((film) => [film, columnOf(film, room)]));
  S.column = (film) => columns.get(film);
  while (parent.children.length > p.films.length) parent.lastChild.remove();
  p.films.forEach((film, at) => {
    const frame = Math.min(S.frame, film.steps.length - 1);
    if (film.asks === "sequence") return drawPair(parent, S, film, at, frame);
    const scrolled = parent.children[at]?.scrollLeft || 0;
    const box = make("section", { class: "look", "data-look": film.key, "data-step": film.steps[frame] });
    make("h3", {}, box, film.title);
    const wide = make("div", { class: "wide" }, box);
    drawAnswers(wide, S, film, at, frame);
    drawStrips(wide, S, film, at, frame);
    drawGradient(wide, S, film, at, frame);
    drawTokens(wide, S, film);
    legend(box, S, film);
    if (film.units > film.rows) make("p", { class: "note" }, box, fill(p.words.first_units, { rows: film.rows, units: film.units }));
    if (parent.children[at]) parent.children[at].replaceWith(box);
    else parent.append(box);
    box.scrollLeft = scrolled;
  });
}

// Pixels of a column: wide enough for an answer, where there is room for it.
function columnOf(film, room) {
  const widest = Math.max(34, film.asks === "last" ? 0 : 6 + 8 * Math.max(...film.answers.map((answer) => [...answer].length), 0));
  const least = film.tokens.length > 120 ? 4 : film.answers.length && film.asks !== "last" ? 9 : 5;
  return Math.max(least, Math.min(widest, Math.floor(room / film.tokens.length)));
}

function legend(parent, S, film) {
  const p = S.p;
  const row = make("div", { class: "legend-row" }, parent);
  const kinds = [...new Set(film.strips.map((strip) => strip.kind))];
  for (const kind of kinds) {
    const strips = film.strips.filter((strip) => strip.kind === kind);
    const stops = p.scales[kind][S.dark ? "dark" : "light"];
    for (const strip of kind === "gate" ? strips.slice(0, 1) : strips.filter((s, i) => strips.findIndex((o) => o.low === s.low && o.high === s.high) === i)) {
      make("span", { class: "what" }, row, kind === "gate" ? p.words.gates : strips.filter((s) => s.low === strip.low && s.high === strip.high).map((s) => s.symbol.replace("_t", "")).join(", "));
      make("span", {}, row, fmtSmall(Number(strip.low.toPrecision(3))));
      make("span", { class: "ramp", style: `background: linear-gradient(to right, ${stops.join(", ")})` }, row);
      make("span", {}, row, fmtSmall(Number(strip.high.toPrecision(3))));
    }
  }
}
