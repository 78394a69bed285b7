// Other orders of the same words, one dot each, on a line of log₁₀ P; the sentence itself among them.
function buildOrders(parent, S) {
  const { p } = S;
  if (!p.orders) return;
  const w = p.words;
  const box = make("section", { class: "orders" }, parent);
  make("h3", { class: "panel-title" }, box, w.orders_title);
  const count = p.orders.texts.length;
  const said = count ? fill(p.orders.every ? w.orders_every : w.orders_drawn, { rank: p.orders.rank, all: count + 1, count }) : w.orders_none;
  make("p", { class: "verdict", "data-stat": "orders_rank", "data-value": p.orders.rank }, box, said);
  if (!count) return;
  S.dots = make("div", { class: "dots" }, box);
  const list = make("ol", { class: "best" }, box);
  p.orders.texts.slice(0, 5).forEach((text, at) => {
    const line = make("li", {}, list);
    make("span", { class: "number", "data-signal": "order_log10", "data-t": at + 1, "data-value": p.arrays.orders[at] }, line, fmtChance(-p.arrays.orders[at] / Math.log10(2)));
    const pick = make("button", { type: "button", class: "order", title: w.order_pick }, line, text);
    pick.onclick = () => S.tell("against", text);
  });
  make("p", { class: "note" }, box, w.orders_note);
}

function drawOrders(S) {
  const { p } = S;
  if (!S.dots) return;
  const values = [...p.arrays.orders];
  const scale = typeScale();
  const wide = S.main.clientWidth;
  const all = [...values, p.orders.own];
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const x = (value) => 16 + ((value - low) / Math.max(1, high - low)) * (wide - 32);
  const size = 3.5 * scale;
  const columns = new Map();
  const places = values.map((value) => {
    const column = Math.round(x(value) / (2 * size + 1));
    const height = columns.get(column) ?? 0;
    columns.set(column, height + 1);
    return [column * (2 * size + 1), height];
  });
  const tallest = Math.max(1, ...columns.values());
  const gap = Math.min(2 * size + 1, (120 * scale) / tallest);
  const tall = tallest * gap + 34 * scale;
  S.dots.replaceChildren();
  const svg = make("svg", { width: wide, height: tall, role: "img", "aria-label": fill(p.words.orders_label, { count: values.length, rank: p.orders.rank }) }, S.dots);
  const ground = tall - 20 * scale;
  make("line", { x1: 8, x2: wide - 8, y1: ground, y2: ground, stroke: "var(--line)" }, svg);
  for (let tick = low; tick <= high; tick += Math.max(1, Math.ceil((high - low) / 8))) {
    make("text", { x: x(tick), y: tall - 5, "text-anchor": "middle", "font-size": 11 * scale, fill: "var(--quiet)" }, svg, `1e${tick < 0 ? MINUS : ""}${Math.abs(tick)}`);
  }
  places.forEach(([at, height], k) => {
    const dot = make("circle", { cx: at, cy: ground - size - 1 - height * gap, r: size, fill: "var(--quiet)", class: "dot", "data-order": k + 1 }, svg);
    make("title", {}, dot, `${p.orders.texts[k]} — ${fmtChance(-values[k] / Math.log10(2))}`);
    dot.onclick = () => S.tell("against", p.orders.texts[k]);
  });
  const own = x(p.orders.own);
  make("line", { x1: own, x2: own, y1: 14 * scale, y2: ground, stroke: "var(--line-0)", "stroke-width": 2.5 }, svg);
  make("text", { x: own, y: 11 * scale, "text-anchor": own > wide - 120 ? "end" : own < 120 ? "start" : "middle", "font-size": 12 * scale, "font-weight": 700, fill: "currentColor" }, svg, p.words.orders_own);
}
