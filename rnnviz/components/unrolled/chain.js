// A feed-forward chain with its own weights in every layer turns into a loop: own weights, the same weights, folded.
function buildChain(root, S, go) {
  const p = S.p;
  root.classList.add("wide");
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => new XMLSerializer().serializeToString(chainSvg(S, false)));
  const stages = make("div", { class: "choice stages", role: "radiogroup" }, main);
  for (const [at, text] of p.words.stages.entries()) {
    const node = make("button", { type: "button", role: "radio", "data-stage": at }, stages, text);
    node.onclick = () => {
      S.stage = at;
      S.redraw();
    };
    S.shown.push(() => node.setAttribute("aria-checked", S.stage === at));
  }
  const frame = make("div", { class: "chain-frame" }, main);
  const caption = make("p", { class: "caption", "aria-live": "polite" }, main);
  if (p.words.notice) explained({ class: "note notice" }, main, p.words.notice, p.words);
  S.redraw = () => {
    frame.replaceChildren(chainSvg(S, S.dark));
    const parameters = S.stage === 0 ? p.own_parameters : p.shared_parameters;
    const count = make("b", { "data-stat": "parameters", "data-value": parameters }, null, String(parameters));
    caption.replaceChildren(...fillNodes(p.words.stage_says[S.stage], { count, layers: p.time, model: p.model, difference: p.difference.toExponential(0), each: p.shared_parameters }));
    for (const act of S.shown) act();
    for (const act of S.updates) act();
  };
  S.redraw();
}

function chainSvg(S, dark) {
  const p = S.p;
  const [ink, quiet, ground] = dark ? ["#edebe8", "#a9a49c", "#171614"] : ["#1f2328", "#57606a", "#ffffff"];
  const mode = dark ? "dark" : "light";
  const stroke = (role) => p.roles[role][`${mode}_stroke`];
  const own = S.stage === 0;
  const folded = S.stage === 2;
  const hidden = p.arrays[own ? "own_hidden" : "shared_hidden"];
  const weights = p.arrays[own ? "own_weights" : "shared_weights"];
  const steps = folded ? [S.t] : p.tokens.map((_, at) => at + 1);
  const [column, wide, cell, tall] = [128, 62, 10, 20];
  const width = 90 + (folded ? 5 : p.time) * column;
  const height = 230;
  const svg = make("svg", { xmlns: SVG_NS, viewBox: `0 0 ${width} ${height}`, width, height, class: "chain", role: "img", "aria-label": p.words.stages[S.stage], "font-family": "sans-serif" });
  make("rect", { width, height, fill: ground }, svg);
  const colours = table(p.scales.weight[mode]);
  const states = table(p.scales.state[mode]);
  const reach = Math.max(...p.arrays.own_weights.map(Math.abs), ...p.arrays.shared_weights.map(Math.abs));
  make("text", { x: 4, y: 196, "font-size": 13, fill: quiet }, svg, p.words.input);
  make("text", { x: 4, y: 96, "font-size": 13, fill: quiet }, svg, p.words.chain_states);
  make("text", { x: 4, y: 28, "font-size": 13, fill: quiet }, svg, p.words.chain_weights);
  for (const t of steps) {
    const x = 90 + (folded ? 2 : t - 1) * column + 56;
    const now = t === S.t;
    for (let unit = 1; unit <= p.units; unit++) {
      const value = hidden[(t - 1) * p.units + unit - 1];
      const index = indexOf(value, -1, 1);
      make("rect", { x: x - wide / 2, y: 60 + (unit - 1) * tall, width: wide, height: tall, fill: css(states, index) }, svg);
      make("text", { x, y: 74 + (unit - 1) * tall, "text-anchor": "middle", "font-size": 12, "font-family": "monospace", fill: inkFor(states, index), "data-chain": own ? "own" : "shared", "data-t": t, "data-unit": unit, "data-value": value }, svg, fmtValue(value));
    }
    make("rect", { x: x - wide / 2, y: 60, width: wide, height: p.units * tall, fill: "none", stroke: stroke("hidden"), "stroke-width": now ? 3 : 1.2 }, svg);
    make("text", { x, y: 198, "text-anchor": "middle", "font-size": 20, "font-family": "monospace", "font-weight": now ? 700 : 400, fill: ink }, svg, p.tokens[t - 1]);
    make("text", { x, y: 216, "text-anchor": "middle", "font-size": 11, fill: quiet }, svg, folded ? `t = ${t}` : own ? fill(p.words.chain_layer, { t }) : `t = ${t}`);
    make("path", { d: `M${x} 178 V${60 + p.units * tall + 4}`, stroke: stroke("input"), "stroke-width": 1.6, fill: "none" }, svg);
    make("path", { d: `M${x - 4} ${60 + p.units * tall + 9} L${x} ${60 + p.units * tall + 2} L${x + 4} ${60 + p.units * tall + 9} Z`, fill: stroke("input") }, svg);
    const left = folded ? x + 66 : x - column / 2 - 4;
    const y = 60 + (p.units * tall) / 2;
    if (folded) {
      make("path", { d: `M${x + wide / 2} ${y} C ${x + 150} ${y}, ${x + 130} 46, ${x} 46 S ${x - 150} ${y}, ${x - wide / 2 - 4} ${y}`, fill: "none", stroke: stroke("hidden"), "stroke-width": 2 }, svg);
      make("path", { d: `M${x - wide / 2 - 10} ${y - 5} L${x - wide / 2 - 1} ${y} L${x - wide / 2 - 10} ${y + 5} Z`, fill: stroke("hidden") }, svg);
    } else if (t > 1) {
      make("path", { d: `M${x - column + wide / 2 + 2} ${y} H${x - wide / 2 - 3}`, stroke: stroke("hidden"), "stroke-width": 2, fill: "none" }, svg);
      make("path", { d: `M${x - wide / 2 - 9} ${y - 5} L${x - wide / 2} ${y} L${x - wide / 2 - 9} ${y + 5} Z`, fill: stroke("hidden") }, svg);
    }
    if (t === 1 && !folded) continue;
    for (let row = 0; row < p.units; row++)
      for (let from = 0; from < p.units; from++) {
        const value = weights[((t - 1) * p.units + row) * p.units + from];
        const glyph = make("rect", { x: left - (p.units * cell) / 2 + from * cell, y: 6 + row * cell, width: cell, height: cell, fill: css(colours, indexOf(value, -reach, reach)) }, svg);
        make("title", {}, glyph, fmtValue(value));
      }
    make("rect", { x: left - (p.units * cell) / 2, y: 6, width: p.units * cell, height: p.units * cell, fill: "none", stroke: ink, "stroke-width": 0.8 }, svg);
    make("text", { x: left + (p.units * cell) / 2 + 4, y: 16, "font-size": 12, "font-style": "italic", fill: ink, "data-weights": own ? t : "shared" }, svg, own ? `U${t}` : "U");
  }
  return svg;
}
