// Linking: what belongs to a name lights up everywhere, and so does all that it came from.
function listenToHover(root, S) {
  const light = (event) => {
    const found = event.target.closest?.("[data-key]");
    S.hover = found ? found.dataset.key : null;
    applyLight(S);
  };
  root.addEventListener("pointerover", light);
  root.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && light(event));
  root.addEventListener("pointerleave", () => {
    S.hover = null;
    applyLight(S);
  });
}

function applyLight(S) {
  const p = S.p;
  const lit = new Map(); // name -> how far back
  const mark = (name, far) => {
    if (lit.has(name) && lit.get(name) <= far) return;
    lit.set(name, far);
    for (const maker of madeOf(p, name)) mark(maker, far + 1);
  };
  if (S.hover) mark(S.hover, 0);
  else if (S.motion !== null) for (const name of p.motion[S.motion]) lit.set(name, 0);
  S.root.classList.toggle("linking", lit.size > 0);
  for (const node of S.root.querySelectorAll("[data-key]")) {
    const far = lit.get(node.dataset.key);
    const to = node.dataset.to;
    const there = far !== undefined && (!to || lit.has(to));
    node.classList.toggle("lit", there && far === 0);
    node.classList.toggle("lit-by", there && far > 0);
  }
}

// The diagram and its equations as one file on a light ground.
function asSvg(S) {
  const svg = drawDiagram(S, { dark: false });
  const rows = [...S.root.querySelectorAll(".equation")].flatMap((line) => [line.querySelector(".symbols"), line.querySelector(".numbers")]);
  const height = 332 + 60 + rows.length * 19 + 20;
  svg.setAttribute("viewBox", `0 -52 830 ${height}`);
  for (const [name, value] of Object.entries({ xmlns: SVG_NS, width: 830, height, "font-family": "sans-serif" })) svg.setAttribute(name, value);
  svg.prepend(make("rect", { x: 0, y: -52, width: 830, height, fill: "#ffffff" }));
  svg.prepend(make("title", {}, null, S.p.title));
  make("text", { x: 12, y: -26, "font-size": 17, "font-weight": "bold", fill: "#1f2328" }, svg, S.p.title);
  make("text", { x: 12, y: -8, "font-size": 13, fill: "#57606a", "font-family": "monospace" }, svg, `${S.p.tokens.slice(Math.max(0, S.t - 40), S.t).join("")}  t = ${S.t} / ${S.p.time}  ${fill(S.p.words.this_unit, { unit: S.p.unit })}`);
  rows.forEach((row, at) => {
    const line = make("text", { x: 12, y: 352 + at * 19 + Math.floor(at / 2) * 3, "font-size": 13, fill: at % 2 ? "#1f2328" : "#57606a", "font-family": "monospace" }, svg);
    const walk = (node) => {
      if (node.nodeType === 3) make("tspan", {}, line, node.textContent);
      else if (node.tagName === "SUB") {
        make("tspan", { "font-size": 9.5, dy: 4 }, line, node.textContent);
        make("tspan", { dy: -4 }, line, "\u200b");
      } else [...node.childNodes].forEach(walk);
    };
    walk(row);
  });
  return new XMLSerializer().serializeToString(svg);
}
