// The same text answered by models that differ in their attention alone.
function buildSiblings(parent, S) {
  const { p } = S;
  const w = p.words;
  if (p.siblings.length < 2) return;
  const box = make("section", { class: "below siblings" }, parent);
  make("h3", {}, box, w.siblings_title);
  make("p", { class: "note" }, box, w.siblings_note);
  const list = make("div", { class: "others" }, box);
  p.siblings.forEach((each, at) => {
    const row = make("div", { class: "other", "data-model": each.name }, list);
    const open = make("button", { type: "button", "aria-pressed": String(each.name === p.facts.name) }, row, each.label);
    open.onclick = () => S.tell("open", each.name);
    const picture = make("canvas", { class: "mini", role: "img", "aria-label": each.label }, row);
    paintMini(picture, S, p.arrays[`sibling${at}`]);
    otherTokens(row, each);
    const mark = each.right === null ? "" : each.right ? "✓ " : "✗ ";
    make("span", { class: "number facts" }, row, `${mark}${fill(w.sibling_facts, { p: fmtWhole(Math.log(each.probability)), parameters: each.note })}`);
  });
}

function paintMini(canvas, S, weights) {
  if (!weights) {
    [canvas.width, canvas.height] = [1, 1];
    canvas.classList.add("empty");
    return;
  }
  const [rows, columns] = weights.shape;
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  weights.forEach((value, at) => {
    const index = indexOf(value, 0, 1) * 3;
    for (let c = 0; c < 3; c++) image.data[at * 4 + c] = S.colours.attention[index + c];
    image.data[at * 4 + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
