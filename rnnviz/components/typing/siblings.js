// What models alike but for their cell would type here.
function buildSiblings(root, S) {
  if (!S.d.siblings.length) return;
  make("h3", { class: "panel-title" }, root, S.d.words.siblings);
  S.siblings = make("div", { class: "others few", role: "list" }, root);
}

function drawSiblings(S) {
  if (!S.siblings) return;
  S.siblings.replaceChildren();
  for (const each of S.d.siblings) {
    const item = make("div", { role: "listitem", class: "other" }, S.siblings);
    const said = make("span", { class: "said" }, item);
    make("span", { class: "label" }, said, each.label);
    make("span", { class: "before" }, said, `…${S.d.answered.slice(-12)}`);
    make("b", {}, said, each.added);
    make("span", { class: "number", "data-signal": "suggestion", "data-model": each.label, "data-token": each.added, "data-value": each.probability }, item, fmtProb(each.probability));
    const track = make("span", { class: "track" }, item);
    make("span", { style: `width: ${100 * each.probability}%` }, track);
  }
}
