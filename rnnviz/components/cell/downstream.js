// What the hand changed further on: this unit's states, every unit's hidden state, the next character, and how the model goes on.
function buildDownstream(parent, S, go) {
  const p = S.p;
  const d = p.downstream;
  const box = make("section", { class: "downstream" }, parent);
  make("h3", {}, box, p.words.downstream_title);
  if (!d) return void make("p", { class: "note" }, box, p.words.downstream_none);
  const lead = make("p", { class: "note" }, box, fill(p.words.changed, { changed: d.changed, all: d.changed + d.unchanged, layer: p.layer, max: d.largest.toPrecision(3) }));
  lead.dataset.changed = d.changed;
  const pictures = make("div", { class: "pictures" }, box);
  buildLines(pictures, S);
  buildChange(pictures, S, go);
  buildNext(pictures, S);
  const on = make("div", { class: "continuation" }, box);
  make("h4", {}, on, p.words.continuation);
  for (const [at, name] of [p.words.as_it_was, p.words.edited].entries()) {
    const line = make("p", { "data-continuation": at ? "edited" : "was" }, on);
    make("span", { class: "tag" }, line, name);
    make("code", {}, line, d.continuation[at]);
  }
}

// The unit's states along the text: as it was, dashed and quiet; edited, in its colour.
function buildLines(parent, S) {
  const p = S.p;
  const [wide, tall] = [360, 60];
  const states = p.parts.map((part, row) => ({ part, row })).filter(({ part }) => part.role === "cell" || part.role === "hidden");
  const box = make("div", {}, parent);
  make("h4", {}, box, fill(p.words.lines, { unit: p.unit }));
  for (const { part, row } of states) {
    const was = p.arrays.was.subarray(row * p.time, (row + 1) * p.time);
    const now = p.arrays.values.subarray(row * p.time, (row + 1) * p.time);
    const reach = part.role === "hidden" && part.high === 1 ? 1 : Math.max(1e-9, ...was.map(Math.abs), ...now.map(Math.abs));
    const svg = make("svg", { viewBox: `0 0 ${wide} ${tall}`, class: "lines", role: "img", "aria-label": fill(p.words.lines_label, { name: part.name }) }, box);
    make("line", { x1: 0, x2: wide, y1: tall / 2, y2: tall / 2, class: "zero" }, svg);
    const path = (values) => [...values].map((v, t) => `${t ? "L" : "M"}${(((t + 0.5) / p.time) * wide).toFixed(1)} ${(tall / 2 - (v / reach) * (tall / 2 - 4)).toFixed(1)}`).join("");
    make("path", { d: path(was), class: "was" }, svg);
    make("path", { d: path(now), class: "now", stroke: `var(--stroke-${part.role})` }, svg);
    const head = make("line", { y1: 0, y2: tall, class: "head" }, svg);
    const text = make("p", { class: "note lines-text" }, box);
    S.updates.push(() => {
      const x = ((S.t - 0.5) / p.time) * wide;
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
      text.replaceChildren(...fillNodes(p.words.line_says, {
        symbol: make("i", { class: `role-${part.role}` }, null, part.symbol),
        t: S.t,
        was: make("b", { "data-was": part.signal, "data-value": was[S.t - 1] }, null, fmtValue(was[S.t - 1])),
        now: make("b", { class: `role-${part.role}`, ...addressOf(p, part.signal, S.t, now[S.t - 1]) }, null, fmtValue(now[S.t - 1])),
        reach: reach.toPrecision(3),
      })); // prettier-ignore
    });
  }
}

// Hidden state of the layer, edited minus as it was: a map over units and time. What did not change at all stays empty.
function buildChange(parent, S, go) {
  const p = S.p;
  const box = make("div", {}, parent);
  make("h4", {}, box, fill(p.words.change, { layer: p.layer }));
  const same = (at) => p.arrays.same[at >> 3] & (128 >> (at & 7));
  unitMap(box, S, go, { cells: p.arrays.change, colours: S.colours.state, empty: same, label: fill(p.words.change, { layer: p.layer }), signal: "change", low: -p.downstream.reach, high: p.downstream.reach });
  const legend = make("div", { class: "ramp-row" }, box);
  const beyond = p.downstream.largest > p.downstream.reach;
  make("span", {}, legend, `${beyond ? "≤ " : ""}${MINUS}${p.downstream.reach.toPrecision(3)}`);
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.state.join(",")})` }, legend);
  make("span", {}, legend, `${beyond ? "≥ " : ""}+${p.downstream.reach.toPrecision(3)}`);
  make("span", { class: "swatch" }, legend);
  make("span", {}, legend, p.words.exactly_same);
}

// What the model expects after the step: as it was above, edited below.
function buildNext(parent, S) {
  const p = S.p;
  if (!p.given.length) return;
  const box = make("div", {}, parent);
  const title = make("h4", {}, box);
  const list = make("div", { class: "bars" }, box);
  const note = make("p", { class: "note" }, box);
  S.updates.push(() => {
    const [was, now] = [new Map(p.downstream.next[S.t - 1]), new Map(p.next[S.t - 1])];
    title.textContent = fill(p.words.expects, { t: S.t });
    const tokens = [...new Set([...now.keys(), ...was.keys()])].slice(0, 6);
    list.replaceChildren();
    for (const token of tokens) {
      const row = make("div", { class: "pair" }, list);
      make("span", { class: "token" }, row, token);
      for (const [kind, found] of [["was", was.get(token)], ["now", now.get(token)]]) {
        const track = make("span", { class: `track ${kind}` }, row);
        make("span", { style: `width: ${100 * (found ?? 0)}%` }, track);
        make("span", { class: "number", "data-next": kind, "data-token": token, "data-value": found ?? null }, row, found === undefined ? p.words.lower : fmtProb(found));
      }
    }
    const bits = p.arrays.divergence[S.t - 1];
    note.replaceChildren(...fillNodes(p.words.divergence, { bits: make("b", { "data-signal": "divergence", "data-t": S.t, "data-value": bits }, null, fmtBits(bits, p.words.bits)) }));
  });
}
