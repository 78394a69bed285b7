// Training as a film: the loss with memory and without, on one axis, and the network at every kept step.
const CHART = { width: 640, height: 220, left: 46, right: 150, top: 14, bottom: 30 };

function buildFilm(parent, S) {
  const p = S.p;
  const { film } = p;
  const box = make("section", { class: "film" }, parent);
  make("h3", {}, box, p.words.film_title);
  if (!film) return void make("p", { class: "note" }, box, p.words.film_none);
  const bar = make("div", { class: "player", role: "toolbar", "aria-label": p.words.film_title }, box);
  const button = make("button", { type: "button", "aria-label": p.words.film_play, title: p.words.film_play }, bar, "▶");
  const slider = make("input", { type: "range", min: 0, max: p.frames - 1, step: 1, class: "scrub", "aria-label": p.words.film_slider }, bar);
  const counter = make("output", { class: "counter film-counter" }, bar);
  const slopes = make("label", { class: "tick" }, bar);
  const tick = make("input", { type: "checkbox" }, slopes);
  slopes.append(` ${p.words.film_slopes}`);
  tick.checked = S.slopes;
  tick.onchange = () => {
    S.slopes = tick.checked;
    S.redraw();
  };
  const to = (frame) => {
    S.frame = Math.max(0, Math.min(p.frames - 1, frame));
    S.redraw();
  };
  const rest = () => {
    clearInterval(S.reel);
    S.reel = null;
    button.textContent = "▶";
  };
  slider.oninput = () => (rest(), to(Number(slider.value)));
  button.onclick = () => {
    if (S.reel) return rest();
    if (S.frame === p.frames - 1) to(0);
    button.textContent = "❚❚";
    S.reel = setInterval(() => (S.frame < p.frames - 1 ? to(S.frame + 1) : rest()), 120);
  };
  S.stopFilm = rest;
  const says = make("p", { class: "film-says", "aria-live": "polite" }, box);
  const chart = make("div", { class: "chart" }, box);
  make("p", { class: "note" }, box, fill(p.words.film_note, { floor: film.floor.toFixed(4) }));
  const steps = make("ol", { class: "four" }, box);
  for (const text of p.words.four) make("li", {}, steps, text);
  S.shown.push(() => {
    const step = p.arrays.kept[S.frame];
    slider.value = S.frame;
    counter.textContent = fill(p.words.film_step, { step, steps: film.steps });
    const word = p.tokens.map((_, at) => best(S, at + 1)).join("");
    const number = (stat, value) => make("b", { "data-stat": stat, "data-value": value }, null, value.toFixed(4));
    says.replaceChildren(...fillNodes(film.right_from === null ? p.words.film_says_never : p.words.film_says, {
      word: make("b", { "data-word": word }, null, word), loss: number("loss", p.arrays.losses[step]), control: number("control", p.arrays.control[step]),
      right: make("b", { "data-stat": "right_from", "data-value": film.right_from }, null, String(film.right_from)), control_says: film.control_says,
    })); // prettier-ignore
    chart.replaceChildren(lossChart(S));
  });
}

// Mean loss against the number of updates, on a logarithmic axis of updates + 1, so that 0 has its place.
function lossChart(S, dark = S.dark) {
  const p = S.p;
  const { film } = p;
  const ink = dark ? "#edebe8" : "#1f2328";
  const quiet = dark ? "#a9a49c" : "#57606a";
  const mode = dark ? "dark" : "light";
  const [memory, none] = [p.roles.hidden[`${mode}_stroke`], p.roles.keep[`${mode}_stroke`]];
  const top = 1.05 * Math.max(1.55, ...p.arrays.losses, ...p.arrays.control);
  const grain = top < 2.2 ? 0.5 : top < 6 ? 1 : top < 12 ? 2 : 10 ** Math.floor(Math.log10(top)) / 2;
  const x = (step) => CHART.left + (Math.log10(step + 1) / Math.log10(film.steps + 1)) * (CHART.width - CHART.left - CHART.right);
  const y = (loss) => CHART.height - CHART.bottom - (Math.min(top, loss) / top) * (CHART.height - CHART.top - CHART.bottom);
  const svg = make("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, class: "losses", role: "img", "aria-label": p.words.chart });
  for (let loss = 0; loss < top; loss += grain) {
    make("line", { x1: CHART.left, x2: CHART.width - CHART.right, y1: y(loss), y2: y(loss), stroke: quiet, "stroke-width": 0.5 }, svg);
    make("text", { x: CHART.left - 6, y: y(loss) + 4, "text-anchor": "end", "font-size": 12, fill: quiet }, svg, String(loss));
  }
  for (const step of [0, 1, 10, 100, 1000].filter((each) => each <= film.steps)) make("text", { x: x(step), y: CHART.height - 12, "text-anchor": "middle", "font-size": 12, fill: quiet }, svg, String(step));
  make("text", { x: CHART.width - CHART.right + 8, y: CHART.height - 12, "font-size": 12, fill: quiet }, svg, p.words.updates);
  make("line", { x1: CHART.left, x2: CHART.width - CHART.right, y1: y(film.floor), y2: y(film.floor), stroke: ink, "stroke-dasharray": "6 4" }, svg);
  const line = (losses, stroke, dash) => {
    let path = "";
    const points = losses.length;
    for (let at = 0; at <= 240; at++) {
      const step = Math.min(points - 1, Math.round((film.steps + 1) ** (at / 240) - 1));
      path += `${path ? "L" : "M"}${x(step).toFixed(1)} ${y(losses[step]).toFixed(1)}`;
    }
    make("path", { d: path, fill: "none", stroke, "stroke-width": 2.2, "stroke-dasharray": dash }, svg);
  };
  line(p.arrays.losses, memory, null);
  line(p.arrays.control, none, "6 3");
  const last = film.steps;
  const names = [[p.arrays.losses[last], p.words.with_memory, memory], [p.arrays.control[last], p.words.without_memory, none]];
  const labels = [...names.map(([loss, text, colour]) => ({ y: y(loss), text, colour })), { y: y(film.floor), text: p.words.floor, colour: ink }];
  // pushed apart where lines end together, upwards from the axis
  labels.sort((a, b) => b.y - a.y).forEach((label, at) => (label.y = Math.min(label.y, at ? labels[at - 1].y - 15 : CHART.height - CHART.bottom)));
  for (const label of labels) make("text", { x: CHART.width - CHART.right + 8, y: label.y + 4, "font-size": 13, fill: label.colour }, svg, label.text);
  if (film.right_from) {
    make("line", { x1: x(film.right_from), x2: x(film.right_from), y1: CHART.top, y2: CHART.height - CHART.bottom, stroke: memory, "stroke-dasharray": "2 3" }, svg);
    make("text", { x: x(film.right_from) + 4, y: CHART.top + 10, "font-size": 12, fill: ink }, svg, fill(p.words.all_right, { step: film.right_from }));
  }
  const step = p.arrays.kept[S.frame];
  make("line", { x1: x(step), x2: x(step), y1: CHART.top, y2: CHART.height - CHART.bottom, stroke: ink, "stroke-width": 1.5 }, svg);
  make("circle", { cx: x(step), cy: y(p.arrays.losses[step]), r: 5, fill: memory, stroke: ink }, svg);
  return svg;
}
