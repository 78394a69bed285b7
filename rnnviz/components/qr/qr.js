const BORDER = 4; // the standard's quiet zone

export default function ({ data, parentElement: host }) {
  const root = host.querySelector("#root");
  root.replaceChildren();
  if (data.rows.length) {
    const size = data.rows.length + 2 * BORDER;
    const svg = make("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": data.words.code, "shape-rendering": "crispEdges" }, root);
    make("rect", { width: size, height: size, fill: "#fff" }, svg); // black on white, in the dark theme too
    const runs = data.rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index + BORDER} ${y + BORDER}h${run[0].length}v1h-${run[0].length}z`));
    make("path", { d: runs.join(""), fill: "#000" }, svg);
  }
  make("p", { class: "address" }, root, data.address);
}
