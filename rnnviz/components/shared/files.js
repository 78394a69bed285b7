// Two buttons that save a picture; `asSvg` makes it, on a light ground for print.
function buildFiles(bar, S, asSvg) {
  const group = make("span", { class: "files" }, bar);
  const name = () => `rnnviz-${S.p.title.replace(/[^\p{L}\p{N}_]+/gu, "-").slice(0, 40)}`.replace(/-+$/, "");
  const button = (text, label, act) => {
    const node = make("button", { type: "button", title: label, "aria-label": label }, group, text);
    node.onclick = act;
  };
  button("SVG", S.p.words.svg, () => save(`${name()}.svg`, new Blob([asSvg()], { type: "image/svg+xml" })));
  button("PNG", S.p.words.png, async () => save(`${name()}.png`, await asPng(asSvg())));
}

async function asPng(svg) {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const image = new Image();
  await new Promise((done, failed) => ([image.onload, image.onerror, image.src] = [done, failed, url]));
  const scale = Math.max(2, Math.ceil(1600 / image.width));
  const canvas = make("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
