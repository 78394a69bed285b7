// Activation functions. The point lives here while it is dragged; Python hears of it for the link once the hand rests.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__activations || (host.__activations = { turn: -1 });
  const dark = isDark(host);
  S.setTriggerValue = setTriggerValue;
  if (S.turn !== data.point.turn) [S.turn, S.point] = [data.point.turn, { ...data.point }];
  const key = JSON.stringify([dark, data.words, data.layout, S.turn]);
  if (S.key !== key) {
    S.key = key;
    S.dark = dark;
    rebuild(S, host.querySelector("#root"), data);
  }
  return () => {
    clearTimeout(S.pending);
    S.key = null;
  };
}

function rebuild(S, root, p) {
  [S.p, S.root] = [p, root];
  root.replaceChildren();
  root.className = `${S.dark ? "dark" : "light"} ${p.layout}`;
  for (const [role, ink] of Object.entries(p.roles)) root.style.setProperty(`--role-${role}`, ink[S.dark ? "dark" : "light"]);
  const change = (part) => {
    Object.assign(S.point, part);
    refresh(S);
    clearTimeout(S.pending);
    S.pending = setTimeout(() => {
      const { turn, ...point } = S.point;
      S.setTriggerValue("moved", point);
    }, 250);
  };
  const top = make("div", { class: "bar" }, root);
  const choice = make("div", { class: "choice", role: "radiogroup", "aria-label": p.words.function }, top);
  for (const name of Object.keys(ACTIVATION)) {
    const node = make("button", { type: "button", role: "radio", "data-function": name }, choice, p.words.names[name]);
    node.onclick = () => change({ function: name });
  }
  if (p.layout !== "present") buildFiles(top, S, () => asSvg(S));
  const sliders = make("div", { class: "sliders" }, root);
  S.fields = {};
  slider(sliders, S, "x", 0.05, change);
  slider(sliders, S, "alpha", 0.01, change);
  slider(sliders, S, "weight", 0.05, change);
  slider(sliders, S, "steps", 1, change);
  const plots = make("div", { class: "plots" }, root);
  S.panes = {};
  for (const name of ["value", "slope", "product"]) {
    const pane = make("section", { class: "pane" }, plots);
    const title = make("h3", {}, pane);
    const picture = make("div", { class: "picture", "data-plot": name }, pane);
    const says = make("p", { class: "says", "aria-live": name === "value" ? "polite" : null }, pane);
    S.panes[name] = { title, picture, says };
    if (name !== "product") listenToDrag(picture, S, change);
  }
  const cards = make("div", { class: "facts" }, root);
  S.facts = make("section", { class: "card" }, cards);
  if (p.layout !== "present") {
    const wrong = make("section", { class: "card" }, cards);
    make("h3", {}, wrong, p.words.wrong_title);
    const list = make("ul", {}, wrong);
    for (const line of p.words.wrong) {
      const item = make("li", {}, list);
      make("s", {}, item, line[0]);
      item.append(` ${line[1]}`);
    }
  }
  refresh(S);
}

function slider(parent, S, name, step, change) {
  const [low, high] = S.p.limits[name];
  const label = make("label", { class: "slide", title: S.p.words.help[name] }, parent);
  make("span", {}, label, S.p.words.sliders[name]);
  const input = make("input", { type: "range", min: low, max: high, step, "aria-label": S.p.words.sliders[name], "data-slider": name }, label);
  const number = make("span", { class: "number" }, label);
  input.oninput = () => change({ [name]: Number(input.value) });
  S.fields[name] = { input, number, decimals: step >= 1 ? 0 : 2 };
}

// Drag anywhere on a plot: the point takes the place under the hand.
function listenToDrag(picture, S, change) {
  const move = (event) => {
    const area = picture.firstChild.getBoundingClientRect();
    const scale = PLOT.width / area.width;
    const [from, to] = S.p.limits.x;
    const share = ((event.clientX - area.left) * scale - PLOT.left) / (PLOT.width - PLOT.left - PLOT.right);
    change({ x: Math.round(Math.max(from, Math.min(to, from + share * (to - from))) * 100) / 100 });
  };
  picture.onpointerdown = (event) => {
    picture.setPointerCapture(event.pointerId);
    move(event);
    picture.onpointermove = move;
  };
  picture.onpointerup = () => (picture.onpointermove = null);
}

function refresh(S) {
  const { p, point } = S;
  const words = p.words;
  const chosen = ACTIVATION[point.function];
  for (const node of S.root.querySelectorAll("[data-function]")) node.setAttribute("aria-checked", node.dataset.function === point.function);
  for (const [name, field] of Object.entries(S.fields)) {
    field.input.value = point[name];
    field.number.textContent = point[name].toFixed(field.decimals).replace("-", MINUS);
  }
  const value = chosen.value(point.x, point.alpha);
  const slope = chosen.slope(point.x, point.alpha);
  const product = (point.weight * slope) ** point.steps;
  const number = (stat, v, text = fmtSmall(v)) => make("b", { class: "number", "data-stat": stat, "data-value": v }, null, text);
  const x = point.x.toFixed(2).replace("-", MINUS);
  const says = { value: fillNodes(words.value_says, { name: words.short[point.function], x, value: number("value", value, fmtInside(value)) }) };
  const corner = point.x === 0 && (point.function === "relu" || point.function === "leaky_relu" || point.function === "step");
  says.slope = [...fillNodes(words.slope_says, { name: words.short[point.function], x, slope: number("slope", slope, fmtInside(slope)), largest: fmtSmall(chosen.largest(point.alpha)) }), document.createTextNode(corner ? ` ${words.corner}` : "")];
  says.product = fillNodes(point.steps === 1 ? words.product_says_one : words.product_says, { weight: point.weight.toFixed(2), slope: fmtInside(slope), n: point.steps, product: number("product", product) });
  for (const [name, pane] of Object.entries(S.panes)) {
    pane.title.textContent = fill(words[name], { n: point.steps });
    pane.says.replaceChildren(...says[name]);
    pane.picture.replaceChildren(name === "product" ? products(S) : curves(S, name));
  }
  S.facts.replaceChildren();
  make("h3", {}, S.facts, words.names[point.function]);
  for (const line of words.about[point.function]) make("p", {}, S.facts, line);
  if (point.function === "leaky_relu" && point.alpha > 1) make("p", { class: "warn" }, S.facts, fill(words.alpha_above, { alpha: point.alpha.toFixed(2) }));
}

function asSvg(S) {
  const { words } = S.p;
  const wide = PLOT.width;
  const svg = make("svg", { xmlns: SVG_NS, viewBox: `0 0 ${wide} ${3 * (PLOT.height + 40) + 40}`, width: wide, height: 3 * (PLOT.height + 40) + 40, "font-family": "sans-serif" });
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 12, y: 24, "font-size": 16, "font-weight": "bold", fill: "#1f2328" }, svg, fill(words.titled, { title: S.p.title, name: words.names[S.point.function] }));
  ["value", "slope", "product"].forEach((name, at) => {
    const group = make("g", { transform: `translate(0 ${50 + at * (PLOT.height + 40)})` }, svg);
    make("text", { x: 12, y: 0, "font-size": 13, "font-weight": "bold", fill: "#1f2328" }, group, S.panes[name].title.textContent);
    make("text", { x: 12, y: 16, "font-size": 12, fill: "#57606a" }, group, S.panes[name].says.textContent);
    const plot = name === "product" ? products(S, false) : curves(S, name, false);
    const inner = make("g", { transform: "translate(0 16)" }, group);
    inner.append(...plot.childNodes);
  });
  return new XMLSerializer().serializeToString(svg);
}
