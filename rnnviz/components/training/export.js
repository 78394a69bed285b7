// The curves as a file, on a light ground for print: title, every chart with its numbers, its axes and its levels.
function curvesSvg(S) {
  const light = Object.assign(Object.create(S), { dark: false, places: {} });
  const [wide, parts] = [860, []];
  let top = 48;
  for (const name of Object.keys(CHARTS)) {
    const [head, chart] = [make("div"), make("svg")];
    drawChart(head, chart, light, name, wide);
    chart.setAttribute("x", 20);
    chart.setAttribute("y", top + 14);
    const label = make("text", { x: 20, y: top + 6, "font-size": 13, "font-weight": "bold" });
    label.textContent = [...head.children].map((part) => part.textContent.trim()).join("   ");
    parts.push(label, chart);
    top += Number(chart.getAttribute("height")) + 40;
  }
  const svg = make("svg", { xmlns: SVG_NS, width: wide + 40, height: top, viewBox: `0 0 ${wide + 40} ${top}`, "font-family": "sans-serif", fill: "#1f2328" });
  make("title", {}, svg, S.p.title);
  const style = document.createElementNS(SVG_NS, "style");
  style.textContent = ".grid{stroke:#d8d8d6;stroke-width:.75}.quiet{fill:#57606a}.level{stroke:#57606a;stroke-width:1.25;stroke-dasharray:6 4}.level-name{font-style:italic;paint-order:stroke;stroke:#fff;stroke-width:3px}.now{stroke:#1f2328;stroke-width:1.5;stroke-dasharray:2 2}";
  svg.append(style);
  make("rect", { width: "100%", height: "100%", fill: "#ffffff" }, svg);
  make("text", { x: 20, y: 28, "font-size": 16, "font-weight": "bold" }, svg, S.p.title);
  svg.append(...parts);
  return new XMLSerializer().serializeToString(svg);
}
