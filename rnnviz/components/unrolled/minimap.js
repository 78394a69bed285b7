// The whole text in a strip: how large each state is at every step, the window, and the playhead. Drag it to look elsewhere.
function buildMinimap(parent, S) {
  const p = S.p;
  const box = make("div", { class: "minimap", tabindex: -1 }, parent);
  const canvas = make("canvas", { "aria-hidden": "true" }, box);
  const pane = make("div", { class: "pane" }, box);
  const head = make("div", { class: "head" }, box);
  const rows = p.layers * p.directions.length;
  [canvas.width, canvas.height] = [p.time, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(p.time, rows);
  let painted = null;
  const paint = () => {
    if (painted === S.view) return;
    painted = S.view;
    const change = showsChange(S);
    const source = change ? p.arrays.change_norms : runOf(S).norms;
    const most = Math.max(1e-12, ...source);
    for (let row = 0; row < rows; row++)
      for (let t = 0; t < p.time; t++) {
        const value = source[(rows - 1 - row) * p.time + t] / most;
        const at = (row * p.time + t) * 4;
        const index = Math.round(LAST / 2 + (value * LAST) / 2);
        for (let c = 0; c < 3; c++) image.data[at + c] = S.colours.state[index * 3 + c];
        image.data[at + 3] = 255;
      }
    context.putImageData(image, 0, 0);
    box.title = fill(change ? p.words.minimap_change : p.words.minimap, { most: most.toPrecision(3) });
  };
  const look = (event) => {
    const area = canvas.getBoundingClientRect();
    const g = S.g;
    S.first = Math.round(((event.clientX - area.left) / area.width) * p.time - g.shown / 2);
    S.first = Math.max(0, Math.min(p.time - g.shown, S.first));
    S.redraw();
  };
  box.onpointerdown = (event) => {
    box.setPointerCapture(event.pointerId);
    look(event);
    box.onpointermove = look;
  };
  box.onpointerup = () => (box.onpointermove = null);
  S.minimap = () => {
    const g = S.g;
    box.hidden = g.shown >= p.time || S.fold === 1;
    pane.style.left = `${(S.first / p.time) * 100}%`;
    pane.style.width = `${(g.shown / p.time) * 100}%`;
    head.style.left = `${((S.t - 0.5) / p.time) * 100}%`;
    paint();
  };
}
