// The chain rule with its numbers: the gradient at the loss's own step, times one factor a step, is the gradient at step k.
const FACTORS_SHOWN = 2; // at each end; the ones between are folded into one

function buildChain(parent, S, go) {
  const p = S.p;
  const box = make("section", { class: "chain card", "aria-label": p.words.chain_title }, parent);
  const title = make("h3", {}, box);
  const formula = make("p", { class: "formula" }, box);
  const row = make("div", { class: "links" }, box);
  const says = make("p", { class: "note" }, box);
  const textbook = make("button", { type: "button", class: "see" }, box, p.words.chain_textbook);
  textbook.disabled = p.units < 3;
  textbook.onclick = () => (pause(S), go({ t: 1, unit: 3 }));
  S.updates.push(() => {
    const [t, k] = [S.unit, S.t];
    const chain = chainOf(S);
    const state = p.whole_state ? "s" : "h";
    title.textContent = fill(p.words.chain_title_at, { t, k });
    formula.hidden = Boolean(p.lower); // y does not follow from a lower layer's state alone
    if (!p.lower) formula.replaceChildren(...symbols(t, k, state));
    row.replaceChildren();
    const steps = [];
    for (let j = k; j < t; j++) steps.push(j);
    const folded = steps.length > 2 * FACTORS_SHOWN + 1 ? steps.slice(FACTORS_SHOWN, steps.length - FACTORS_SHOWN) : [];
    const node = (j, signal) => {
      const value = at(chain, t, j);
      const each = make("button", { type: "button", class: "node" + (j === k ? " result" : ""), title: fill(p.words.chain_node, { k: j }) }, row);
      make("span", {}, each, `∂L`).append(make("sub", {}, null, String(t)), `/∂${state}`, make("sub", {}, null, String(j)));
      make("b", { class: "number", ...address(S, signal, t, j, value) }, each, fmtSmall(value));
      each.onclick = () => (pause(S), go({ t: j }));
    };
    const arrow = (value, sub, attributes, title) => {
      const each = make("span", { class: "arrow", title }, row);
      make("b", { class: "number", ...attributes }, each, `× ${fmtSmall(value)}`);
      make("span", { class: "head", "aria-hidden": "true" }, each, "◀────");
      make("span", { class: "sub" }, each, sub);
    };
    const logits = p.arrays.at_logits[t - 1];
    let product = logits * (at(chain, t, t) / logits);
    const signal = p.whole_state ? "state" : "hidden";
    node(k, signal);
    for (let j = k; j < t; j++) {
      if (folded.length && j === folded[0]) {
        const value = folded.reduce((all, i) => all * factorAt(S, i), 1);
        arrow(value, fill(p.words.chain_folded, { count: folded.length }), { "data-stat": "factors", "data-first": folded[0], "data-last": folded[folded.length - 1], "data-value": value }, "");
        j = folded[folded.length - 1];
      } else {
        const bound = p.arrays.bound[j];
        arrow(factorAt(S, j), p.lower ? "" : fill(p.words.chain_most, { bound: fmtSmall(bound) }), { "data-stat": "factor", "data-t": j, "data-loss": t, "data-value": factorAt(S, j) }, p.lower ? p.words.lower_read : fill(p.words.chain_factor, { k: j, next: j + 1, bound: fmtSmall(bound) }));
      }
      if (j + 1 < t) node(j + 1, signal);
    }
    if (k < t) node(t, signal);
    for (const j of steps) product *= factorAt(S, j);
    // below the top layer, what the readout sends has come through the layers between
    arrow(at(chain, t, t) / logits, p.words[p.lower ? "chain_above" : "chain_readout"], { "data-stat": "factor-readout", "data-value": at(chain, t, t) / logits }, "");
    const y = make("span", { class: "node" }, row);
    make("span", {}, y, "∂L").append(make("sub", {}, null, String(t)), "/∂y", make("sub", {}, null, String(t)));
    make("b", { class: "number", "data-signal": "logits_gradient", "data-loss": t, "data-value": logits }, y, fmtSmall(logits));
    const loss = make("span", { class: "node loss" }, row);
    make("span", {}, loss, "L").append(make("sub", {}, null, String(t)));
    make("span", {}, loss, t < p.time ? `“${p.tokens[t]}”` : "");
    says.replaceChildren(...productSays(S, logits, steps, product, at(chain, t, k)));
  });
}

function symbols(t, k, state) {
  const part = (above, below) => {
    const node = make("span", { class: "fraction" });
    make("span", {}, node, `∂${above[0]}`).append(make("sub", {}, null, String(above[1])));
    make("span", {}, node, `∂${below[0]}`).append(make("sub", {}, null, String(below[1])));
    return node;
  };
  const out = [part(["L", t], [state, k]), document.createTextNode(" = "), part(["L", t], ["y", t]), document.createTextNode(" · "), part(["y", t], [state, t])];
  const steps = Array.from({ length: t - k }, (_, i) => t - i);
  steps.forEach((j, i) => {
    if (steps.length > 4 && i === 2) out.push(document.createTextNode(" · …"));
    if (steps.length > 4 && i >= 2 && i < steps.length - 1) return;
    out.push(document.createTextNode(" · "), part([state, j], [state, j - 1]));
  });
  return out;
}

// The product as printed, and whether the printed numbers really give the printed result.
function productSays(S, first, steps, product, result) {
  const words = S.p.words;
  if (!Number.isFinite(result) || !Number.isFinite(product)) return [document.createTextNode(words.chain_zero)];
  const number = (stat, v) => make("b", { class: "number", "data-stat": stat, "data-value": v }, null, fmtSmall(v));
  return fillNodes(words.chain_says, { first: number("chain-first", first), count: steps.length + 1, result: number("chain-result", result) });
}
