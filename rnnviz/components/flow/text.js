// The text, each character tinted by what loss t would feel of it; behind the loss there is nothing to feel.
function buildText(parent, S, go) {
  const p = S.p;
  const box = make("div", { class: "text", role: "group", "aria-label": p.words.text_label }, parent);
  const nodes = p.tokens.map((token, i) => {
    const node = make("span", { "data-step": i + 1 }, box, token);
    if (token.length > 1 || p.tokens[i + 1]?.length > 1) box.append(" ");
    node.onclick = () => (pause(S), go({ t: Math.min(S.t, i + 1), unit: Math.min(p.units, i + 1) }));
    return node;
  });
  const says = make("p", { class: "note" }, parent);
  let shown = null;
  S.updates.push(() => {
    if (shown !== S.unit) {
      shown = S.unit;
      nodes.forEach((node, i) => {
        const k = i + 1;
        for (const name of ["data-signal", "data-value", "data-loss", "data-t", "style", "title"]) node.removeAttribute(name);
        node.className = k === S.unit + 1 ? "asked" : k > S.unit ? "later" : "";
        if (k > S.unit) return;
        const value = at(p.arrays.tint, S.unit, k);
        const colour = paint(S, value);
        node.style.background = colour.css;
        node.style.color = colour.ink;
        node.title = `k = ${k}: ${fmtSmall(value)}`;
        for (const [name, v] of Object.entries(address(S, "input_gradient", S.unit, k, value))) node.setAttribute(name, v);
      });
      says.textContent = fill(p.words[S.unit < p.time ? "text_says" : "text_says_last"], { t: S.unit, token: p.tokens[S.unit - 1], next: p.tokens[S.unit] ?? "" });
    }
    for (const node of nodes) node.classList.toggle("now", Number(node.dataset.step) === S.t);
    const now = nodes[S.t - 1];
    if (box.scrollHeight > box.clientHeight + 2) box.scrollTop = now.offsetTop - box.offsetTop - box.clientHeight / 2;
  });
}
