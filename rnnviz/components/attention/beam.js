// The tree of a beam search: what was looked at, what was kept, and the answer that won.
function buildBeam(parent, S) {
  const { p } = S;
  const tree = p.tree;
  const w = p.words;
  if (!tree) return;
  const box = make("section", { class: "below beam" }, parent);
  make("h3", {}, box, fill(w.beam_title, { width: tree.width }));
  make("p", { class: "note" }, box, w.beam_note);
  const byDepth = [];
  tree.depth.forEach((depth, at) => (byDepth[depth] ??= []).push(at));
  const longest = Math.max(...byDepth.slice(1).map((level) => Math.min(level.length, shownOf(tree) + 1)));
  const scale = S.g?.scale ?? typeScale();
  const column = Math.max(96, (widest(tree.token) + 8) * 8 + 34) * scale;
  const line = 22 * scale;
  const top = 22 * scale;
  const [width, height] = [70 + byDepth.length * column, longest * line + top + 16];
  const scroller = make("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": w.beam_label }, box);
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "tree" }, scroller);
  const winner = new Set(pathTo(tree, tree.leaves[0]));
  const place = new Map([[-1, { x: 8, y: top + line / 2 }]]);
  make("circle", { cx: 10, cy: top + line / 2, r: 4, fill: "currentColor" }, svg);
  byDepth.forEach((level, depth) => {
    const ranked = level.sort((a, b) => tree.kept[b] - tree.kept[a] || tree.score[b] - tree.score[a]);
    ranked.slice(0, shownOf(tree)).forEach((at, row) => {
      const [x, y] = [40 + (depth - 1) * column, top + (row + 0.5) * line];
      place.set(at, { x: x + column - 34, y });
      const from = place.get(tree.parent[at]) ?? { x: x - 20, y };
      const won = winner.has(at);
      make("path", { d: `M${from.x} ${from.y}C${from.x + 18} ${from.y} ${x - 22} ${y} ${x - 5} ${y}`, fill: "none", class: `edge${won ? " won" : tree.kept[at] ? "" : " dropped"}` }, svg);
      const text = make("text", { x, y: y + 4, class: `node-text${won ? " won" : tree.kept[at] ? "" : " dropped"}`, "data-node": at, "data-depth": depth, "data-token": tree.token[at], "data-score": tree.score[at] }, svg);
      make("tspan", {}, text, seen(tree.token[at]));
      make("tspan", { class: "quiet", dx: 5 }, text, fmtValue(tree.score[at], true, 2));
      make("title", {}, text, fill(w.node_tip, { token: tree.token[at], p: fmtProb(tree.probability[at]), score: fmtValue(tree.score[at], true, 3) }));
    });
    if (ranked.length > shownOf(tree)) make("text", { x: 40 + (depth - 1) * column, y: top + (shownOf(tree) + 0.5) * line + 4, class: "node-text quiet" }, svg, fill(w.more_nodes, { count: ranked.length - shownOf(tree) }));
    make("text", { x: 40 + (depth - 1) * column, y: 13 * scale, class: "node-text quiet" }, svg, `t = ${depth}`);
  });
  const list = make("ol", { class: "answers" }, box);
  if (tree.leaves.length > 8) make("p", { class: "note" }, box, fill(w.more_answers, { count: tree.leaves.length - 8 }));
  for (const leaf of tree.leaves.slice(0, 8)) {
    const tokens = pathTo(tree, leaf).map((at) => tree.token[at]);
    const row = make("li", {}, list, tokens.join(tokens.some((token) => [...token].length > 1 && token !== w.end) ? " " : ""));
    make("span", { class: "number quiet", "data-signal": "beam_score", "data-value": tree.score[leaf] }, row, `  ${fill(w.leaf, { score: fmtValue(tree.score[leaf], true, 3), p: fmtWhole(tree.score[leaf]) })}`);
  }
}

function shownOf(tree) {
  return Math.min(12, tree.width + 4);
}

function pathTo(tree, node) {
  const found = [];
  for (let at = node; at >= 0; at = tree.parent[at]) found.unshift(at);
  return found;
}
